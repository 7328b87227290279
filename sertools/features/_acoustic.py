"""AcousticExtractor: many features from one pass."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

from sklearn.base import clone

from sertools._backend import array_namespace
from sertools._validation import did_you_mean
from sertools.features._base import Extractor, Rows
from sertools.features._chroma import ChromaExtractor
from sertools.features._mel import MelExtractor
from sertools.features._mfcc import MFCCExtractor
from sertools.features._pitch import PitchExtractor
from sertools.features._rms import RMSExtractor
from sertools.features._sets import LATEST, SETS, SETS_RATE
from sertools.features._sound import Sound
from sertools.features._spectral import SpectralExtractor
from sertools.features._voice import VoiceExtractor
from sertools.features._zcr import ZCRExtractor
from sertools.kernels.cuda.batch import Batch, Stack

_FAMILIES: dict[str, type[Extractor]] = {
    "zcr": ZCRExtractor,
    "rms": RMSExtractor,
    "mel": MelExtractor,
    "mfcc": MFCCExtractor,
    "chroma": ChromaExtractor,
    "spectral": SpectralExtractor,
    "pitch": PitchExtractor,
    "voice": VoiceExtractor,
}

_OVERRIDES = ("hop_length", "center", "deltas", "stats")


class AcousticExtractor(Rows):
    """Many features from one pass: extractors that agree on their spectra share them.

    Parameters
    ----------
    features : str, or sequence of str and extractors, default="compact"
        A named set, whose columns and numbers never change: "compact", "gemaps", "speech" or
        "speech-small" for the newest, "compact-v1" and so on for this one for ever. Or a list of
        names ("zcr", "rms", "mel", "mfcc", "chroma", "spectral", "pitch", "voice") and extractors,
        or pairs of a name and an extractor, whose parameters are reachable as ``mfcc__n_mfcc``.
    sr : int, default=16000
        Sample rate of the clips in Hz; clips that carry another are refused. The named sets are
        defined at 16000 Hz.
    hop_length, center, deltas, stats : default=None
        What all the extractors of a list are set to; None leaves each its own. A named set has its
        own.
    device : {None, "cpu", "cuda", "cuda:<index>", "auto"}, default=None
        Where to compute; None is where the clips are.
    n_jobs : int or None, default=None
        Threads over clips; None means 1 unless joblib says otherwise, -1 all cores.

    Attributes
    ----------
    n_features_out_ : int or None
        Columns of the table; None for frames.
    n_features_in_ : int
        Samples per clip seen in `fit`, if it was given an array.
    feature_names_in_ : ndarray of str
        Column names seen in `fit`, if it was given a data frame.

    See Also
    --------
    MFCCExtractor : One of the extractors of single families.

    Notes
    -----
    The numbers are those of the single extractors. Columns that two of them name alike get the
    extractor's name in front. For frames give extractors with ``stats=None`` that agree on
    `hop_length` and `center`.

    Examples
    --------
    >>> import numpy as np
    >>> from sertools import AcousticExtractor, MFCCExtractor
    >>> clips = [np.sin(np.arange(16000)), np.sin(np.arange(8000) ** 1.5)]
    >>> AcousticExtractor().fit_transform(clips).shape
    (2, 212)
    >>> extractor = AcousticExtractor(["zcr", MFCCExtractor(n_mfcc=13)], stats=["median"])
    >>> extractor.fit_transform(clips).shape
    (2, 14)
    >>> extractor.set_params(mfcc__n_mfcc=20).fit_transform(clips).shape
    (2, 21)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **Rows._parameter_constraints,
        "features": [str, list, tuple],
        **{
            name: [*Extractor._parameter_constraints[name], None]
            for name in _OVERRIDES
            if name != "stats"
        },
        "stats": [list, tuple, None],
    }

    def __init__(
        self,
        features: str | Sequence[Any] = "compact",
        sr: int = 16000,
        hop_length: int | None = None,
        center: bool | None = None,
        deltas: int | None = None,
        stats: Sequence[str] | None = None,
        device: str | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.features = features
        self.sr = sr
        self.hop_length = hop_length
        self.center = center
        self.deltas = deltas
        self.stats = stats
        self.device = device
        self.n_jobs = n_jobs

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Get the parameters, those of the extractors in a list as ``name__parameter``.

        Parameters
        ----------
        deep : bool, default=True
            Whether to give those of the extractors, too.

        Returns
        -------
        dict
            Values by name.
        """
        params = super().get_params(deep=False)
        if deep:
            for name, part in _named(self.features):
                if isinstance(part, Extractor):
                    params[name] = part
                    of_part = part.get_params().items()
                    params.update({f"{name}__{key}": value for key, value in of_part})
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters, extractors in a list by ``name``, theirs by ``name__parameter``.

        Parameters
        ----------
        **params : dict
            Values by name.

        Returns
        -------
        self
            The extractor itself.
        """
        if "features" in params:  # first, for the others may be about its extractors
            self.features = params.pop("features")
        parts = dict(_named(self.features))
        of_parts = {key: value for key, value in params.items() if key.partition("__")[0] in parts}
        for key, value in of_parts.items():
            name, _, parameter = key.partition("__")
            # New ones in a new list: the old may be the caller's own, or shared by clones.
            parts[name] = (
                clone(parts[name]).set_params(**{parameter: value}) if parameter else value
            )
        if of_parts:
            self.features = list(parts.items())
        return super().set_params(**{k: v for k, v in params.items() if k not in of_parts})

    @property
    def _row_version(self) -> list[Any]:
        """What the names in `features` mean today, for RowCache."""
        if isinstance(self.features, str):
            return [LATEST.get(self.features, self.features)]
        return [part._row_version for _, part in self._parts()]

    def _check_parameters(self) -> None:
        parts = self._parts()
        for _, part in parts:
            part._validate_params()
            part._check_parameters()
        if len({part._is_table() for _, part in parts}) > 1:
            given = ", ".join(f"{name}: {part.stats}" for name, part in parts)
            raise ValueError(
                f"Some of the extractors give statistics and some frames (stats of {given}): set "
                "stats=None for all or for none."
            )

    def _advise(self) -> None:
        for _, part in self._parts():
            part._advise()

    def _parts(self) -> list[tuple[str, Rows]]:
        """The extractors, ready to work, by name."""
        overrides = {
            name: value for name in _OVERRIDES if (value := getattr(self, name)) is not None
        }
        if isinstance(self.features, str):
            return self._parts_of_a_set(self.features, overrides)
        if not self.features:
            raise ValueError(f"features is empty: name some of {', '.join(_FAMILIES)}.")
        parts: list[tuple[str, Rows]] = []
        for name, part in _named(self.features):
            if isinstance(part, str):
                is_set = part in LATEST or part in SETS
                alone = " A named set stands alone: join it to others by a FeatureUnion."
                hint = alone if is_set else did_you_mean(part, _FAMILIES)
                raise ValueError(
                    f"{part!r} names no extractor.{hint} Known are {', '.join(_FAMILIES)}."
                )
            if not isinstance(part, Extractor):
                raise TypeError(
                    f"features holds {part!r}: give names ({', '.join(_FAMILIES)}), extractors, or "
                    "pairs of a name and an extractor."
                )
            if not name or "__" in name or name in self.get_params(deep=False):
                raise ValueError(
                    f"An extractor cannot be called {name!r}: its parameters would not be "
                    'reachable as name__parameter. Give it another name, ("wide", MFCCExtractor()).'
                )
            if part.device is not None or part.n_jobs is not None:
                raise ValueError(
                    f"The extractor {name!r} has a device or n_jobs of its own: give them to the "
                    "AcousticExtractor, which works through the clips for all of them."
                )
            if name in dict(parts):
                raise ValueError(
                    f"Several extractors are called {name!r}: tell them apart by pairs, "
                    'features=[("one", ...), ("other", ...)].'
                )
            if part.sr not in (self.sr, _default_rate(part)):
                raise ValueError(
                    f"The extractor {name!r} works at {part.sr} Hz and the AcousticExtractor at "
                    f"{self.sr} Hz: give sr={part.sr} to the latter."
                )
            # A shallow copy is enough, for extractors learn nothing, and much faster than a clone.
            ready = copy.copy(part)
            ready.__dict__.update(sr=self.sr, **overrides)
            parts.append((name, ready))
        return parts

    def _parts_of_a_set(self, name: str, overrides: dict[str, Any]) -> list[tuple[str, Rows]]:
        """The extractors of a named set, which takes no parameters."""
        version = LATEST.get(name, name)
        if version not in SETS:
            known = [*LATEST, *SETS]
            if name in _FAMILIES:
                raise ValueError(
                    f"features={name!r} is no named set: for one family pass a list, "
                    f"features=[{name!r}]."
                )
            raise ValueError(
                f"features={name!r} is no named set.{did_you_mean(name, known)} Known are "
                f"{', '.join(known)}."
            )
        if overrides:
            raise ValueError(
                f"{name!r} is a named set, whose columns and numbers never change: leave "
                f"{', '.join(overrides)} out (None), or list the extractors you want instead."
            )
        if self.sr != SETS_RATE:
            raise ValueError(
                f"sr={self.sr}: the set {name!r} is defined at {SETS_RATE} Hz. Read or resample "
                f"the clips at that rate, AudioReader(sr={SETS_RATE}), or list extractors instead."
            )
        return SETS[version]()

    def _is_table(self) -> bool:
        return self._parts()[0][1]._is_table()

    def _row_maker(self) -> Callable[[Sound], Any]:
        # Looked up once, and not for each clip.
        makers = {name: part._row_maker() for name, part in self._parts()}
        return lambda sound: _joined({of: make(sound) for of, make in makers.items()}, sound.xp)

    def _rows_of(self, batch: Batch, n_jobs: int | None) -> Any:
        pieces = {name: part._rows_of(batch, n_jobs) for name, part in self._parts()}
        xp = array_namespace(batch.samples)
        if self._is_table():
            return xp.concatenate(list(pieces.values()), axis=1)
        frames = [of.of_clips() if isinstance(of, Stack) else of for of in pieces.values()]
        return [
            _joined(dict(zip(pieces, of_clip, strict=True)), xp)
            for of_clip in zip(*frames, strict=True)
        ]

    def _column_names(self) -> list[str]:
        named = [(name, column) for name, part in self._parts() for column in part._column_names()]
        times = Counter(column for _, column in named)
        return [f"{name}__{column}" if times[column] > 1 else column for name, column in named]


def _joined(pieces: dict[str, Any], xp: Any) -> Any:
    """What extractors made of one clip, by name, in one row or in one array of frames."""
    n_frames = {name: piece.shape[-1] for name, piece in pieces.items() if piece.ndim == 2}
    if len(set(n_frames.values())) > 1:
        raise ValueError(
            f"The extractors cut a clip into different numbers of frames ({n_frames}), which do "
            "not stack: give them one hop_length, and center=True."
        )
    return xp.concatenate(list(pieces.values()))


def _named(features: Any) -> list[tuple[str, Any]]:
    """The items of a list of features by name; known names become new extractors."""
    parts = []
    for item in features if isinstance(features, list | tuple) else []:
        name, part = item if isinstance(item, tuple) and len(item) == 2 else (item, item)
        if isinstance(part, str) and part in _FAMILIES:
            part = _FAMILIES[part]()
        if not isinstance(name, str):
            name = type(part).__name__.removesuffix("Extractor").lower()
        parts.append((name, part))
    return parts


def _default_rate(part: Extractor) -> int:
    """The sample rate of an extractor that nobody gave one."""
    return type(part)().sr

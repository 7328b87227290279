"""What a model gets wrong: the clips to look at first, and to listen to."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sertools import audio
from sertools._backend import to_host
from sertools._sklearn import _num_samples
from sertools._validation import as_float, is_source
from sertools.datasets import Corpus, canonical_label
from sertools.evaluation._html import Html, element
from sertools.evaluation._sureness import probability_of

if TYPE_CHECKING:
    from sertools.evaluation._evaluation import Evaluation

__all__ = ["drawn_errors"]

# Speech is in the 8 kHz that this holds, and six seconds are enough to judge: 8 clips of
# that length make 2 MB.
_HIGHEST_RATE = 16000
_SECONDS = 6.0


def drawn_errors(evaluation: Evaluation, X: Any, n_clips: int) -> Iterator[Html]:
    """Cards of so many wrong predictions, with players if `X` is what was evaluated."""
    sounds = None if X is None else _Sounds(X, evaluation)
    wrong = _wrong(evaluation).head(n_clips)
    if wrong.empty:
        return
    has_probabilities = "of_predicted" in wrong
    yield element(
        "p",
        "The clips it is surest of and wrong."
        if has_probabilities
        else "A clip of each confusion, the most frequent first.",
    )
    yield element("ol", *(_card(row, sounds) for row in wrong.to_dict("records")), class_="wrong")


def _wrong(run: Evaluation) -> pd.DataFrame:
    """Wrong predictions, the surest first; without probabilities one of each confusion."""
    is_wrong = run.predictions["label"] != run.predictions["predicted"]
    of_predicted, of_label = (probability_of(run, column) for column in ("predicted", "label"))
    if of_predicted is not None:
        told = run.predictions.assign(of_predicted=of_predicted, of_label=of_label)[is_wrong]
        return told.sort_values(["of_predicted", "of_label", "clip"], ascending=[False, True, True])
    wrong = run.predictions[is_wrong]
    times = wrong.groupby(["label", "predicted"])["clip"].transform("size")
    order = times.sort_values(ascending=False, kind="stable").index
    return wrong.loc[order].drop_duplicates(["label", "predicted"])


def _card(row: dict[Hashable, Any], sounds: _Sounds | None) -> Html:
    """A wrong prediction: what was taken for what, by whom it was said, how sure it was."""
    place, label, predicted = row["clip"], row["label"], row["predicted"]
    name = f"clip {place}" if sounds is None else sounds.name(place)
    speaker = row.get("speaker", "")
    said_by = "" if speaker == "" else f", speaker {speaker}"
    parts = [element("h3", label, " taken for ", predicted), element("p", name, said_by)]
    if "of_predicted" in row:
        sure = f"{predicted} {row['of_predicted']:.3f}, {label} {row['of_label']:.3f}"
        parts.append(element("p", "probability: ", sure))
    if sounds is not None:
        parts.append(sounds.player(place, f"{name}: {label}"))
    return element("li", *parts)


class _Sounds:
    """The clips that were evaluated: `X` as it was given, refused if it cannot be that."""

    def __init__(self, X: Any, evaluation: Evaluation) -> None:
        _refuse_others(X, evaluation)
        clips = X.X if isinstance(X, Corpus) else X
        self._sr = getattr(clips, "sr", None)
        self._clips = list(clips)

    def name(self, place: int) -> str:
        """The name of the file, or the number of the clip."""
        clip = self._clips[place]
        return Path(clip).name if isinstance(clip, str | os.PathLike) else f"clip {place}"

    def player(self, place: int, label: str) -> Html:
        """A player of the clip, or of its beginning, under a label for those who do not see it."""
        clip = self._clips[place]
        if is_source(clip):
            samples, sr = audio.read(clip, duration=_SECONDS)
        elif self._sr is None:
            raise ValueError(
                f"Clip {place} of X is an array, and nothing says its sample rate: pass a corpus, "
                "paths or sertools.preprocessing.Clips(X, sr=16000) to hear it, or no X."
            )
        else:
            samples, sr = as_float(to_host(clip), f"Clip {place} of X"), self._sr
            samples = samples[: round(_SECONDS * sr)]
        if sr > _HIGHEST_RATE:
            samples, sr = audio.resample(samples, sr, _HIGHEST_RATE), _HIGHEST_RATE
        file = io.BytesIO()
        audio.write(file, samples / max(np.abs(samples).max(), 1.0), sr)
        source = "data:audio/wav;base64," + base64.b64encode(file.getvalue()).decode("ascii")
        return element("audio", controls="", preload="metadata", src=source, aria_label=label)


def _refuse_others(X: Any, evaluation: Evaluation) -> None:
    """Refuse clips that are not those of an evaluation: a wrong sound would bear its labels."""
    tested = evaluation.predictions["clip"].to_numpy()
    n_clips, needed = _num_samples(X), tested.max() + 1
    if evaluation.left_out is None:  # or else the corpus that was trained on counts as well
        needed = len(tested) + evaluation.n_left_out
        is_other = n_clips != needed
    else:
        is_other = n_clips < needed
    if is_other:
        raise ValueError(
            f"X holds {n_clips} clips, and {needed} were evaluated: pass what `evaluate` was given."
        )
    if not isinstance(X, Corpus):
        return
    labels = [canonical_label(str(label)) for label in evaluation.predictions["label"]]
    if labels != [canonical_label(label) for label in X.y[tested]]:
        raise ValueError(
            f"{X!r} has other labels than were evaluated: pass what `evaluate` was given."
        )

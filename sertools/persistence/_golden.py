"""Golden clips: what a model made of them when it was saved, stage by stage."""

from __future__ import annotations

import io
import itertools
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sertools import audio
from sertools._backend import to_host
from sertools._sklearn import is_plain_pipeline, parts_of
from sertools.augmentation import AugmentedClassifier
from sertools.datasets import make_corpus
from sertools.preprocessing import AudioReader, RowCache

__all__ = ["Stage", "first_difference", "make_examples", "packed", "restored", "stages"]

# Of the largest number of a stage: ten times what single precision loses between two machines.
_TOLERANCE = 1e-4

_SECONDS = 1.5  # of a golden clip: speech, and little to store


class Stage(NamedTuple):
    """What a stage of a model gives for the golden clips: one array, or one for each clip."""

    name: str
    output: list[NDArray[Any]]


_NONE = Stage("nothing", [])


def make_examples(estimator: Any) -> Any:
    """Two clips, recordings or rows that a fitted model takes; None if it does not show which."""
    parts = parts_of(estimator)
    rates = [part.sr for part in parts if isinstance(getattr(part, "sr", None), int)]
    if not rates:
        width = getattr(estimator, "n_features_in_", None)
        return None if width is None else np.random.default_rng(0).normal(size=(2, width))
    corpus = make_corpus(n_speakers=2, n_per_speaker=1, emotions=("angry",), sr=rates[0])
    clips = [np.resize(clip, round(_SECONDS * rates[0])) for clip in corpus.X]
    width = getattr(estimator, "n_features_in_", None)
    if width is not None:
        return np.stack([np.resize(clip, width) for clip in clips])
    if any(isinstance(part, AudioReader) for part in parts):
        return [_as_recording(clip, rates[0]) for clip in clips]
    return clips


def stages(estimator: Any, examples: Any) -> Iterator[Stage]:
    """What each step of a fitted model gives, one after the other, and what the model says."""
    with warnings.catch_warnings():
        # What a model warns of is for who predicts.
        warnings.simplefilter("ignore")
        yield from _stages(estimator, examples, "")


def _stages(step: Any, X: Any, place: str) -> Iterator[Stage]:
    if is_plain_pipeline(step):
        for name, transformer in step.steps[:-1]:
            if transformer not in (None, "passthrough"):
                X = transformer.transform(X)
                yield _stage(f"{place}{name} ({type(_within(transformer)).__name__})", X)
        name, last = step.steps[-1]
        if last not in (None, "passthrough"):
            yield from _stages(last, X, f"{place}{name}.")
    elif isinstance(step, AugmentedClassifier) and step.n_views == 0:
        yield from _stages(step.estimator_, step._handed_on(X), place)
    else:
        methods = ("decision_function", "predict_proba", "predict", "transform")
        method = next(name for name in methods if hasattr(step, name))
        name = f"{place.rstrip('.')} ({type(step).__name__}.{method})".strip()
        yield _stage(name, getattr(step, method)(X))


def first_difference(expected: list[Stage], found: Iterator[Stage]) -> str | None:
    """The first stage at which a model gives something else than when it was saved, in words."""
    for before, now in itertools.zip_longest(expected, found, fillvalue=_NONE):
        if before.name != now.name or len(before.output) != len(now.output):
            return f"{before.name}: there is {now.name} in its place"
        for was, is_now in zip(before.output, now.output, strict=True):
            if was.shape != is_now.shape:
                return f"{before.name}: shape {is_now.shape} in place of {was.shape}"
            if was.dtype.kind not in "fc":
                if not np.array_equal(was, is_now):
                    return f"{before.name}: {is_now.tolist()} in place of {was.tolist()}"
                continue
            largest = np.abs(was, where=np.isfinite(was), out=np.zeros(was.shape)).max(initial=0)
            off = ~np.isclose(is_now, was, rtol=0, atol=_TOLERANCE * largest, equal_nan=True)
            if off.any():
                difference = np.nanmax(np.abs(is_now - was))
                return (
                    f"{before.name}: {off.sum()} of {was.size} numbers differ, by up to "
                    f"{difference:.3g} where the largest is {largest:.3g}"
                )
    return None


def packed(examples: Any, outputs: list[Stage]) -> bytes:
    """Golden clips and their outputs as an archive of arrays."""
    arrays: dict[str, NDArray[Any]] = {}
    is_table = isinstance(examples, np.ndarray)
    for i, one in enumerate([examples] if is_table else examples):
        is_recording = isinstance(one, bytes)
        kind = "table" if is_table else "recording" if is_recording else "clip"
        arrays[f"{i}.{kind}"] = np.frombuffer(one, np.uint8) if is_recording else np.asarray(one)
    for place, stage in enumerate(outputs):
        for i, output in enumerate(stage.output):
            arrays[f"stage {place}.{i}.{stage.name}"] = output
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def restored(content: bytes) -> tuple[Any, list[Stage]]:
    """The golden clips and their outputs that `packed` has packed."""
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    examples: list[Any] = []
    is_table = False
    found: dict[int, Stage] = {}
    for name, array in arrays.items():
        if not (array.dtype.kind in "fiub" or name.startswith("stage ")):
            raise ValueError("golden clips that are no numbers")
        if not name.startswith("stage "):
            kind = name.partition(".")[2]
            examples.append(array.tobytes() if kind == "recording" else array)
            is_table = is_table or kind == "table"
            continue
        place, _, words = name.removeprefix("stage ").split(".", 2)
        found.setdefault(int(place), Stage(words, [])).output.append(array)
    if not examples or not found:
        raise ValueError("there are no golden clips")
    return examples[0] if is_table else examples, [found[place] for place in sorted(found)]


def _stage(name: str, output: Any) -> Stage:
    """An output on the host, as a list of arrays."""
    if hasattr(output, "to_numpy"):  # a data frame
        output = output.to_numpy()
    output = to_host(output)
    arrays = [np.asarray(one) for one in output] if isinstance(output, list) else [output]
    arrays = [one.toarray() if hasattr(one, "toarray") else np.asarray(one) for one in arrays]
    # Labels of objects are text here: an archive of arrays holds no objects.
    return Stage(name, [one.astype(str) if one.dtype.kind == "O" else one for one in arrays])


def _within(step: Any) -> Any:
    """A step, or what it remembers the rows of."""
    return step.transformer if isinstance(step, RowCache) else step


def _as_recording(clip: NDArray[Any], sr: int) -> bytes:
    """A clip as a WAV file of 16 bits."""
    file = io.BytesIO()
    audio.write(file, clip, sr)
    return file.getvalue()

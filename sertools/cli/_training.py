"""What fits begin with: the pipeline, recordings without defects, their features, a score."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from sertools.cli._data import load_data
from sertools.cli._say import note, say, wants_bars
from sertools.cli._unfinished import Unfinished, code_at_hand, unfinished
from sertools.cli._work import each_of, in_threads

if TYPE_CHECKING:
    from sertools import Corpus, RowCache
    from sertools.evaluation import Evaluation

__all__ = ["begun", "cleaned", "evaluated", "fitted", "made", "remember", "unreadable_refused"]

# For the lists that AcousticExtractor takes: one name alone is not told from a set by a comma.
_FAMILIES = ("zcr", "rms", "mel", "mfcc", "chroma", "spectral", "pitch", "voice")


@contextmanager
def begun(
    command: str,
    data: str,
    *,
    model: str,
    features: str | None,
    cv: int | str | None,
    clean: bool,
    device: str | None,
    n_jobs: int,
    cache: str | None,
    is_scored: bool = True,
    adapt: bool | str = False,
    **how: str | None,
) -> Iterator[tuple[Any, Corpus, Unfinished]]:
    """A context with a pipeline, a corpus whose features are computed, and what is done already.

    `how` is for `load_data`, and the rest what was asked for. `is_scored` says whether there will
    be a score, and `adapt` whether of a model that knows who speaks, too.
    """
    code = code_at_hand()
    pipeline = made(model, features, device, cache)
    corpus = load_data(data, **how)
    if adapt and corpus.groups is None:
        raise click.ClickException(
            "--adapt and --self-train tell speakers apart, and they are not known: name them by "
            "--speaker or --speaker-column."
        )
    if is_scored:
        _warn_of_unknown_speakers(corpus)
    words = (command, model, features, device, is_scored, adapt, cv, clean)
    with in_threads(n_jobs), unfinished(words, corpus, code, cache) as work:
        corpus = cleaned(corpus, work) if clean else corpus
        remember(pipeline, corpus.X)
        yield pipeline, corpus, work


def made(model: str, features: str | None, device: str | None, cache: str | None) -> Any:
    """The pipeline that --model, --features, --device and --cache ask for."""
    from sertools import make_emotion_pipeline
    from sertools._backend import resolve

    resolve(device)  # refuses what is not there before any recording is read
    names: str | list[str] | None = features
    if features is not None and (features in _FAMILIES or "," in features):
        names = [name.strip() for name in features.split(",")]
    return make_emotion_pipeline(
        model, names, device=device, cache=True if cache is None else cache, random_state=0
    )


def fitted(cache: RowCache) -> RowCache:
    """A cache that is ready to work, without any recording, of which the first may be damaged."""
    import numpy as np

    return cache.fit([np.zeros(16000, dtype=np.float32)])


def cleaned(corpus: Corpus, work: Unfinished | None = None) -> Corpus:
    """A corpus without what its check would drop; of work that goes on, by the check made then."""
    import pandas as pd

    from sertools.datasets import CorpusReport

    noted = None if work is None else work.recall("report")
    if noted is None:
        report = corpus.check(verbose=wants_bars())
        if work is not None:
            work.keep("report", vars(report) | {"findings": report.findings.to_dict("list")})
    else:
        report = CorpusReport(**noted | {"findings": pd.DataFrame(noted["findings"])})
    kept = corpus.select(report)
    note(f"Left out: {len(corpus) - len(kept)} of {len(corpus)} clips.")
    return kept


def _warn_of_unknown_speakers(corpus: Corpus) -> None:
    """Tell that a score is about to be taken of voices that may be known."""
    if corpus.groups is None:
        say(
            "Warning: speakers are not known, so that the model is tested on voices it has heard. "
            "Name them by --speaker or --speaker-column for a score that holds for new ones."
        )


def _refusal(failures: Sequence[OSError], total: int) -> OSError:
    """What to say of recordings that cannot be read where all are needed."""
    from sertools.audio import AudioFileError

    advice = "Repair them, or leave them out with --clean; `sertools corpus check` tells more."
    return AudioFileError.of_many(failures, total, advice)


@contextmanager
def unreadable_refused(total: int) -> Iterator[None]:
    """A context in which all recordings are read at once, and the advice is that of a command."""
    from sertools.audio import AudioFileError

    try:
        yield
    except AudioFileError as error:
        raise _refusal(error.failures, total) from error


def remember(model: Any, paths: Sequence[str]) -> None:
    """Compute the features of all recordings that a pipeline with a cache will be fitted to.

    So the work that takes long has a bar, may be interrupted, and names all that cannot be read.
    """
    results = (result for _, result in each_of(_caches(model), paths, "Features"))
    unreadable = [result for result in results if isinstance(result, OSError)]
    if unreadable:
        raise _refusal(unreadable, len(paths))


def evaluated(
    model: Any, corpus: Corpus, cv: int | str | None, adapt: bool | str, work: Unfinished
) -> Evaluation:
    """The evaluation of a model; folds that are done of the work are not fitted again."""
    from sertools.evaluation._data import checked
    from sertools.evaluation._evaluate import evaluate_plan
    from sertools.evaluation._splits import plan_of

    data = checked(corpus)
    return evaluate_plan(
        model,
        data,
        plan_of(cv, data.y, data.groups, corpus, random_state=0),
        adapt=adapt,
        grid=None,
        random_state=0,
        n_jobs=1,
        verbose=wants_bars(),
        notes=work,
    )


def _caches(model: Any) -> Callable[[Sequence[str]], Sequence[Any]]:
    """What computes, of some recordings, all that a pipeline will look for in its cache."""
    from sklearn.base import clone

    from sertools import AugmentedClassifier

    front = fitted(clone(model[0]))
    classifier = model[-1]
    if not isinstance(classifier, AugmentedClassifier):
        return front.transform
    table = fitted(clone(classifier.estimator[0]))

    def compute(chunk: Sequence[str]) -> Sequence[Any]:
        clips = front.transform(list(chunk))
        table.transform(clips)
        for number, augmenter in enumerate(classifier.augmenter, start=1):
            table.transform(clone(augmenter).fit(clips).augment(clips, number))
        return clips

    return compute

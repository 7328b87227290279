"""Evaluation: what a model is worth, with all that a reader needs to believe it."""

from __future__ import annotations

import json
import math
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix

from sertools._files import plain, whole_file
from sertools.evaluation._anchors import Anchor, anchors
from sertools.evaluation._intervals import interval_of
from sertools.evaluation._metrics import uar_score
from sertools.evaluation._report import report_of
from sertools.evaluation._splits import Plan
from sertools.evaluation._summary import lines_of

__all__ = ["Evaluation"]


class Evaluation:
    """Scores of a model over all folds, made by :func:`evaluate` and :func:`evaluate_cross`.

    Predictions of all folds are taken together first and scored then: a speaker or a fold can lack
    classes, and a mean of scores would count those wrongly.

    Parameters
    ----------
    predictions : DataFrame
        One row for each tested clip: its position ``clip``, ``label``, ``predicted``, ``speaker``
        and ``gender`` where known, ``fold``, and the probability of each class where the model
        has them, as ``p_angry``.
    classes : ndarray of shape (n_classes,)
        The labels, and what else was predicted, sorted.
    folds : DataFrame
        One row for each fold: clips, speakers, seconds, and what `grid` chose.
    plan : Plan
        How the folds came about.
    model : str
        The model.
    sees : {"nothing", "nothing new", "unlabelled clips", "unlabelled clips, self-trained"}
        What the model is given of the speakers it is tested on, and whether it learns from them;
        to one that adapts to speakers it was trained on they are nothing new.
    versions : dict
        Versions of what computed this.
    n_labels : int
        Labels that the folds train on and test, of which a guess names one.
    n_left_out : int
        Clips that were in no test part.

    Attributes
    ----------
    adapted : Evaluation or None
        The same with a :class:`SpeakerAdaptedClassifier`, if asked for.
    self_trained : Evaluation or None
        The same when that has learnt from the unlabelled clips it is tested on, if asked for.
    protocol : Protocol or None
        The protocol, if one was named.
    speaker_independent : bool or None
        Whether no speaker was on both sides of a fold; None if not all speakers are known, or not
        all that the model was trained on.
    splits : str
        The folds in words.
    left_out : dict of str to dict, or None
        Of :func:`evaluate_cross`: for ``"train"`` and ``"test"`` the labels that only that corpus
        has, with the clips that are left out for it.
    """

    def __init__(
        self,
        predictions: pd.DataFrame,
        classes: NDArray[Any],
        folds: pd.DataFrame,
        plan: Plan,
        *,
        model: str,
        sees: str,
        versions: dict[str, str],
        n_labels: int,
        n_left_out: int,
    ) -> None:
        self.predictions = predictions
        self.classes = classes
        self.folds = folds
        self.protocol = plan.protocol
        self.speaker_independent = plan.speaker_independent
        self.model = model
        self.sees = sees
        self.versions = versions
        self.adapted: Evaluation | None = None
        self.self_trained: Evaluation | None = None
        self.splits = plan.words
        self.left_out = plan.left_out
        self.n_labels = n_labels
        self.n_left_out = n_left_out

    @property
    def runs(self) -> list[Evaluation]:
        """This evaluation and, if asked for, that of the adapted and the self-trained model."""
        return [run for run in (self, self.adapted, self.self_trained) if run is not None]

    @property
    def uar(self) -> float:
        """Unweighted average recall: the mean of the recalls of the classes."""
        return float(self.per_class["recall"].mean())

    @property
    def accuracy(self) -> float:
        """Share of clips that are predicted right."""
        return float((self.predictions["label"] == self.predictions["predicted"]).mean())

    @property
    def precision(self) -> float:
        """Mean of the precisions of the classes; 0 for one that is never predicted."""
        return float(self.per_class["precision"].mean())

    @property
    def f1(self) -> float:
        """Mean of the F1 scores of the classes."""
        return float(self.per_class["f1"].mean())

    @property
    def chance(self) -> float:
        """UAR of guessing among the labels that the folds train on and test."""
        return 1 / self.n_labels

    @cached_property
    def interval(self) -> tuple[float, float]:
        """Interval of 95 % for the UAR, from draws of speakers, or of clips if none are known.

        It is of other speakers and the same models. Of fewer than ten speakers it is too narrow.
        Clips whose speaker is not known are drawn one by one.
        """
        return interval_of(self.predictions)

    @cached_property
    def confusion(self) -> pd.DataFrame:
        """Clips of each label (rows) by what was predicted (columns)."""
        counts = confusion_matrix(
            self.predictions["label"], self.predictions["predicted"], labels=self.classes
        )
        return pd.DataFrame(
            counts,
            index=pd.Index(self.classes, name="label"),
            columns=pd.Index(self.classes, name="predicted"),
        )

    @cached_property
    def per_class(self) -> pd.DataFrame:
        """Recall, precision, F1 and clips of each class that is tested."""
        counts = self.confusion.to_numpy()
        right, given, said = counts.diagonal(), counts.sum(axis=1), counts.sum(axis=0)
        tested = given > 0
        right, given, said = right[tested], given[tested], said[tested]
        return pd.DataFrame(
            {
                "recall": right / given,
                "precision": right / np.maximum(said, 1),
                "f1": 2 * right / (given + said),
                "clips": given,
            },
            index=self.confusion.index[tested],
        )

    @cached_property
    def per_speaker(self) -> pd.DataFrame | None:
        """UAR, accuracy and clips of each known speaker, the worst first; None if none are."""
        if "speaker" not in self.predictions:
            return None
        known = self.predictions[self.predictions["speaker"].astype(object) != ""]
        if known.empty:
            return None
        rows = {
            speaker: {
                **({"gender": part["gender"].iloc[0]} if "gender" in part else {}),
                "uar": uar_score(part["label"], part["predicted"]),
                "accuracy": float((part["label"] == part["predicted"]).mean()),
                "clips": len(part),
            }
            for speaker, part in known.groupby("speaker")
        }
        table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("speaker")
        return table.sort_values("uar", kind="stable")

    @property
    def gender_gap(self) -> float | None:
        """UAR of women less UAR of men; None where there are not both."""
        if "gender" not in self.predictions:
            return None
        uar = {
            gender: uar_score(part["label"], part["predicted"])
            for gender, part in self.predictions.groupby("gender")
        }
        both = "female" in uar and "male" in uar
        return uar["female"] - uar["male"] if both else None

    @property
    def fit_seconds(self) -> float:
        """Seconds of all fits, with the search if there was one."""
        return float(self.folds["fit_seconds"].sum())

    @property
    def predict_seconds(self) -> float:
        """Seconds of all predictions."""
        return float(self.folds["predict_seconds"].sum())

    def anchors(self) -> tuple[Anchor, ...]:
        """Published results under the same protocol, on the same emotions and number of clips.

        Returns
        -------
        tuple of Anchor
            The results, the best first; none for a part of the corpus, or for other labels.
        """
        if self.protocol is None:
            return ()
        clips = {str(label): int(n) for label, n in self.per_class["clips"].items()}
        found = anchors(self.protocol.name, clips=clips)
        return tuple(sorted(found, key=lambda anchor: -anchor.uar))

    def to_frame(self) -> pd.DataFrame:
        """The scores as a table of a row for each run.

        Returns
        -------
        DataFrame
            Indexed by what the model sees of the speakers it is tested on.
        """
        return pd.DataFrame(
            [run._scores() for run in self.runs],
            index=pd.Index([run.sees for run in self.runs], name="sees"),
        )

    def to_json(self, path: str | PathLike[str] | None = None) -> str:
        """All of it as JSON: scores, tables, predictions, model and versions.

        Parameters
        ----------
        path : path-like or None, default=None
            A file to write it to.

        Returns
        -------
        str
            The JSON.
        """
        text = json.dumps(self._described(), indent=1, default=plain, allow_nan=False)
        if path is not None:
            with whole_file(path) as file:
                file.write(f"{text}\n".encode())
        return text

    def to_html(
        self, path: str | PathLike[str] | None, X: Any = None, n_clips: int = 8
    ) -> Path | str:
        """All of it as one HTML page that needs nothing else: scores, drawings and sounds.

        Parameters
        ----------
        path : path-like or None
            The file to write; an old one stays until the new one is whole. None gives the page.
        X : Corpus, or sequence of clips or recordings, default=None
            What was given to :func:`evaluate`, or as `test` to :func:`evaluate_cross`, to hear
            what went wrong: the page then holds up to six seconds of each clip, at no more than
            16 kHz. Waveforms must carry their rate, as a corpus and ``Clips(X, sr=16000)`` do.
        n_clips : int, default=8
            How many wrong predictions to show: those the model is surest of, or one of each
            confusion where it has no probabilities.

        Returns
        -------
        Path or str
            The file, or the page if `path` is None.

        Raises
        ------
        ValueError
            If `X` cannot be what was evaluated, or says no rate.
        OSError
            If a recording cannot be read, or the file cannot be written.

        Notes
        -----
        The page fetches nothing and runs nothing, whatever the labels may say, and two pages of one
        evaluation differ in their date only. Curves of how sure the model is are left out where it
        has no probabilities.

        Examples
        --------
        >>> from sertools import evaluate, make_corpus, make_emotion_pipeline
        >>> corpus = make_corpus(n_speakers=4, n_per_speaker=12, emotions=("angry", "sad"))
        >>> result = evaluate(make_emotion_pipeline("svm"), corpus, cv="loso")
        >>> result.to_html(None, corpus)[:15]  # to_html("report.html", corpus) writes it
        '<!DOCTYPE html>'
        """
        page = report_of(self, X, n_clips)
        if path is None:
            return page
        with whole_file(path) as file:
            # The name of a file, which may be shown, may hold bytes that are no text.
            file.write(page.encode("utf-8", errors="replace"))
        return Path(path)

    def plot_confusion(
        self, ax: Any = None, *, normalize: str | None = "true", **options: Any
    ) -> ConfusionMatrixDisplay:
        """Draw the confusion matrix, by scikit-learn's display.

        Parameters
        ----------
        ax : matplotlib Axes or None, default=None
            Where to draw; None makes a figure.
        normalize : {"true", "pred", "all"} or None, default="true"
            Shares of the clips of a label, of a prediction or of all; None gives numbers of clips.
        **options : dict
            What else :meth:`sklearn.metrics.ConfusionMatrixDisplay.from_predictions` takes.

        Returns
        -------
        ConfusionMatrixDisplay
            The display, with its ``ax_`` and ``figure_``.

        Raises
        ------
        ImportError
            If matplotlib is not there: ``pip install "sertools[plot]"``.
        """
        try:
            import matplotlib.pyplot as plt
        except ImportError as error:
            raise ImportError(
                "plot_confusion draws with matplotlib, which cannot be imported: "
                'pip install "sertools[plot]"'
            ) from error
        if ax is None:
            # In which the words at the axes have room.
            _, ax = plt.subplots(layout="constrained")
        usual = {"cmap": "Blues", "colorbar": False, "xticks_rotation": 45}
        if normalize is not None:
            usual["values_format"] = ".2f"
        display = ConfusionMatrixDisplay.from_predictions(
            self.predictions["label"],
            self.predictions["predicted"],
            labels=self.classes,
            normalize=normalize,
            ax=ax,
            **usual | options,
        )
        for name in (*display.ax_.get_xticklabels(), *display.ax_.get_yticklabels()):
            name.set_parse_math(False)  # two dollars in a label are no mathematics
        return display

    def summary(self) -> str:
        """What to print: the score with its interval, its conditions and what is published.

        Returns
        -------
        str
            Some lines of text.
        """
        return "\n".join(lines_of(self))

    def __repr__(self) -> str:
        low, high = self.interval
        splits = self.splits if self.protocol is None else self.protocol.name
        return f"Evaluation(uar={self.uar:.3f}, interval=({low:.3f}, {high:.3f}), {splits!r})"

    def __str__(self) -> str:
        return self.summary()

    def _scores(self) -> dict[str, Any]:
        """The scores of one row."""
        low, high = self.interval
        worst = None if self.per_speaker is None else float(self.per_speaker["uar"].iloc[0])
        return {
            "uar": self.uar,
            "low": low,
            "high": high,
            "accuracy": self.accuracy,
            "f1": self.f1,
            "precision": self.precision,
            "worst_speaker": worst,
            "gender_gap": self.gender_gap,
            "fit_seconds": self.fit_seconds,
            "predict_seconds": self.predict_seconds,
        }

    def _described(self) -> dict[str, Any]:
        """All of it as what JSON knows."""
        speakers = self.per_speaker
        return {
            "model": self.model,
            "protocol": None if self.protocol is None else self.protocol.name,
            "splits": self.splits,
            "speaker_independent": self.speaker_independent,
            "left_out": self.left_out,
            "sees": self.sees,
            "chance": self.chance,
            "scores": self._scores(),
            "per_class": _records(self.per_class.reset_index()),
            "per_speaker": None if speakers is None else _records(speakers.reset_index()),
            "confusion": {"classes": self.classes, "counts": self.confusion.to_numpy()},
            "folds": _records(self.folds),
            "predictions": _records(self.predictions),
            "anchors": [anchor._asdict() for anchor in self.anchors()],
            "versions": self.versions,
            "adapted": None if self.adapted is None else self.adapted._described(),
            "self_trained": None if self.self_trained is None else self.self_trained._described(),
        }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table, with None for what is missing."""
    return [
        {str(key): _tidy(value) for key, value in row.items()} for row in frame.to_dict("records")
    ]


def _tidy(value: Any) -> Any:
    """None for what is missing, and text for numbers that JSON does not have."""
    if isinstance(value, dict):
        return {key: _tidy(one) for key, one in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    return value

"""PerSpeakerDisplay: what a model is worth to each speaker."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from sertools.evaluation import Evaluation
from sertools.plotting._figure import BLUE, GREY, ORANGE, axes_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import BarContainer
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

__all__ = ["PerSpeakerDisplay"]

_COLORS = {"female": ORANGE, "male": BLUE}

# Inches of a new figure: of a bar with the name of its speaker, and of what is above and below.
_BAR, _FRAME = 0.2, 1.2

# The height of letters, as a share of the room of a name, at which names do not touch; and in
# points the smallest that can be read.
_LETTERS, _SMALLEST = 0.8, 5


class PerSpeakerDisplay:
    """Unweighted average recall of each speaker, beside that of all and that of guessing.

    Made by :meth:`from_evaluation`.

    Parameters
    ----------
    per_speaker : DataFrame
        Indexed by speaker, in the order in which they are drawn from the top: ``uar``, and
        ``gender`` where it is known.
    uar : float
        That of all clips.
    chance : float
        That of guessing.

    Attributes
    ----------
    bars_ : BarContainer
        A bar for each speaker.
    lines_ : dict of str to Line2D
        The lines, ``"all clips"`` and ``"chance"``.
    ax_ : Axes
        Where it is drawn.
    figure_ : Figure
        The figure of these axes.

    See Also
    --------
    sertools.Evaluation : Has the numbers.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sertools import evaluate, make_corpus, make_emotion_pipeline
    >>> from sertools.plotting import PerSpeakerDisplay
    >>> corpus = make_corpus(n_speakers=4, n_per_speaker=6)
    >>> result = evaluate(make_emotion_pipeline("kernel"), corpus, cv=2)
    >>> display = PerSpeakerDisplay.from_evaluation(result)
    >>> len(display.bars_)
    4
    >>> plt.close(display.figure_)
    """

    ax_: Axes
    figure_: Figure | SubFigure
    bars_: BarContainer
    lines_: dict[str, Line2D]

    def __init__(self, per_speaker: pd.DataFrame, *, uar: float, chance: float) -> None:
        self.per_speaker = per_speaker
        self.uar = uar
        self.chance = chance

    @classmethod
    def from_evaluation(
        cls, evaluation: Evaluation, *, ax: Axes | None = None, **kwargs: Any
    ) -> Self:
        """Draw the speakers of an evaluation, the worst on top.

        Parameters
        ----------
        evaluation : Evaluation
            What :func:`evaluate` gives.
        ax : Axes or None, default=None
            Where to draw; None is a new figure, as high as there are speakers.
        **kwargs : dict
            More for the bars, such as ``height``.

        Returns
        -------
        PerSpeakerDisplay
            The display, drawn.
        """
        if not isinstance(evaluation, Evaluation):
            raise TypeError(
                f"evaluation is a {type(evaluation).__name__}: give what evaluate returns."
            )
        if evaluation.per_speaker is None:
            raise ValueError(
                "The speakers of this evaluation are not known: evaluate a corpus that knows them, "
                "or give evaluate groups."
            )
        return cls(evaluation.per_speaker, uar=evaluation.uar, chance=evaluation.chance).plot(
            ax, **kwargs
        )

    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw the bars.

        Parameters
        ----------
        ax : Axes or None, default=None
            Where to draw; None is a new figure, as high as there are speakers.
        **kwargs : dict
            More for the bars, such as ``height``.

        Returns
        -------
        PerSpeakerDisplay
            The display itself.
        """
        n_speakers = len(self.per_speaker)
        self.ax_ = axes_for("PerSpeakerDisplay", ax, height=_FRAME + _BAR * n_speakers)
        self.figure_ = self.ax_.figure
        genders = self._genders()
        style = {"color": [_COLORS.get(gender, GREY) for gender in genders], **kwargs}
        self.bars_ = self.ax_.barh(range(n_speakers), self.per_speaker["uar"], **style)
        self.lines_ = {
            "all clips": self.ax_.axvline(self.uar, color="black"),
            "chance": self.ax_.axvline(self.chance, color="black", linestyle="--"),
        }
        self.ax_.set(xlabel="UAR", xlim=(0, 1), ylim=(n_speakers - 0.5, -0.5))
        self._name_speakers()
        self._explain(genders)
        return self

    def _genders(self) -> list[str]:
        """The gender of each speaker; empty where it is not known."""
        if "gender" not in self.per_speaker:
            return [""] * len(self.per_speaker)
        return [gender if gender in _COLORS else "" for gender in self.per_speaker["gender"]]

    def _name_speakers(self) -> None:
        """Name the bars, in letters that fit them; if these were too small, only some bars."""
        names = [str(speaker) for speaker in self.per_speaker.index]
        room = 72 * self.ax_.get_window_extent().height / self.figure_.dpi / len(names)
        usual = float(self.ax_.get_yticklabels()[0].get_fontsize())
        size = max(_SMALLEST, min(usual, _LETTERS * room))
        step = math.ceil(size / (_LETTERS * room))
        self.ax_.set_yticks(
            range(0, len(names), step),
            names[::step],
            fontsize=size,
            parse_math=False,  # two dollars in a name are no mathematics
        )

    def _explain(self, genders: list[str]) -> None:
        """Say above the axes what colours and lines are."""
        handles: dict[str, Any] = {}
        if any(genders):
            for gender in (*_COLORS, ""):
                if gender in genders:
                    handles[gender or "gender unknown"] = self.bars_[genders.index(gender)]
        for (name, line), uar in zip(self.lines_.items(), (self.uar, self.chance), strict=True):
            handles[f"{name}: {uar:.3f}"] = line
        self.ax_.legend(
            handles.values(),
            handles,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=2,
            frameon=False,
        )

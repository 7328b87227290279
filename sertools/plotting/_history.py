"""HistoryDisplay: what a network has written down of its training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sertools.plotting._figure import BLUE, GREY, VERMILION, line_style, rows_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

__all__ = ["HistoryDisplay"]

# What is drawn of a history: the label and the colour of each curve.
_CURVES = {
    "train_loss": ("training", BLUE),
    "valid_loss": ("validation", VERMILION),
    "valid_uar": ("validation", VERMILION),
}


class HistoryDisplay:
    """Loss and score of a network over the epochs of its training.

    Made by :meth:`from_estimator`.

    Parameters
    ----------
    history : DataFrame
        One row for each epoch of each network: ``network``, ``epoch``, ``train_loss``, and if rows
        were held out ``valid_loss`` and ``valid_uar``.
    chance : float
        UAR of guessing.

    Attributes
    ----------
    lines_ : dict of str to list of Line2D
        For each column of the history its curves, one for each network.
    dots_ : list of Line2D
        What marks the lowest validation losses, on loss and score; empty if no rows were held out.
    axes_ : ndarray of Axes of shape (1,) or (2,)
        Where the loss is drawn, and the score if rows were held out.
    figure_ : Figure
        The figure of these axes.

    Notes
    -----
    A dot marks the lowest validation loss of each network. With `early_stopping` the weights of
    that epoch are kept.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from sklearn.datasets import load_iris
    >>> from sertools import MLPClassifier
    >>> from sertools.plotting import HistoryDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier(max_epochs=3, validation_fraction=0.2, random_state=0).fit(X, y)
    >>> display = HistoryDisplay.from_estimator(model)
    >>> display.history[["network", "epoch"]].to_numpy().tolist()
    [[1, 1], [1, 2], [1, 3]]
    >>> plt.close(display.figure_)
    """

    axes_: NDArray[Any]
    figure_: Figure | SubFigure
    lines_: dict[str, list[Line2D]]
    dots_: list[Line2D]

    def __init__(self, history: pd.DataFrame, *, chance: float) -> None:
        self.history = history
        self.chance = chance

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, ax: Axes | Sequence[Axes] | None = None, **kwargs: Any
    ) -> Self:
        """Draw the training of a network.

        Parameters
        ----------
        estimator : estimator
            A fitted MLPClassifier, CNNClassifier, RNNClassifier or CRNNClassifier, or a pipeline,
            search or wrapper that ends in one.
        ax : Axes, sequence of Axes or None, default=None
            Where to draw: axes to divide, or those of loss and score; None is a new figure.
        **kwargs : dict
            More for the lines, such as ``linewidth``.

        Returns
        -------
        HistoryDisplay
            The display, drawn.
        """
        network = _network_of(estimator)
        rows = [
            {"network": place, "epoch": epoch["epoch"]}
            | {name: epoch[name] for name in _CURVES if name in epoch}
            for place, net in enumerate(network.engines_, start=1)
            for epoch in net.history
        ]
        if not rows:
            raise ValueError(
                f"{type(network).__name__} has no history: its weights were loaded, and nothing "
                "was written down of their training. Draw it where fit was called."
            )
        return cls(pd.DataFrame(rows), chance=1 / len(network.classes_)).plot(ax, **kwargs)

    def plot(self, ax: Axes | Sequence[Axes] | None = None, **kwargs: Any) -> Self:
        """Draw the curves.

        Parameters
        ----------
        ax : Axes, sequence of Axes or None, default=None
            Where to draw: axes to divide, or those of loss and score; None is a new figure.
        **kwargs : dict
            More for the lines, such as ``linewidth``.

        Returns
        -------
        HistoryDisplay
            The display itself.
        """
        is_scored = "valid_uar" in self.history
        self.axes_ = rows_for("HistoryDisplay", ax, [2.6] * (1 + is_scored))
        from matplotlib.ticker import MaxNLocator

        self.figure_ = self.axes_[0].figure
        loss, score = self.axes_[0], self.axes_[-1]
        places = {"train_loss": loss, "valid_loss": loss, "valid_uar": score}
        self.lines_ = {
            name: self._draw(name, places[name], kwargs) for name in _CURVES if name in self.history
        }
        self.dots_ = []
        loss.set(ylabel="cross-entropy", ylim=(0, None))
        if is_scored:
            score.axhline(self.chance, color=GREY, linestyle="--", label="chance")
            score.set(ylabel="UAR", ylim=(0, 1))
            best = self.history.loc[self.history.groupby("network")["valid_loss"].idxmin()]
            for name in ("valid_loss", "valid_uar"):
                self.dots_ += places[name].plot(
                    best["epoch"], best[name], "o", color=VERMILION, label="lowest validation loss"
                )
        score.set(xlabel="epoch")
        score.xaxis.set_major_locator(MaxNLocator("auto", integer=True, min_n_ticks=1))
        for row in self.axes_:
            row.legend()
        return self

    def _draw(self, name: str, row: Axes, style: dict[str, Any]) -> list[Line2D]:
        """Draw a column of the history, a curve for each network."""
        label, color = _CURVES[name]
        lines: list[Line2D] = []
        for _, network in self.history.groupby("network"):
            own: dict[str, Any] = {"color": color, "label": "_" if lines else label}
            if len(network) == 1:  # a line through one point is not seen
                own["marker"] = "."
            lines += row.plot(network["epoch"], network[name], **line_style(own, style))
        return lines


def _network_of(estimator: Any) -> Any:
    """The fitted network classifier at the end of pipelines, searches and wrappers."""
    check_is_fitted(estimator)
    found = estimator
    while found is not None and not hasattr(found, "engines_"):
        if isinstance(found, Pipeline):
            found = found[-1]
        else:
            found = getattr(found, "best_estimator_", getattr(found, "estimator_", None))
    if found is None:
        raise TypeError(
            f"{estimator!r:.200} ends in no network, and only networks write down their training: "
            "give a fitted MLPClassifier, CNNClassifier, RNNClassifier or CRNNClassifier, or a "
            "pipeline that ends in one."
        )
    return found

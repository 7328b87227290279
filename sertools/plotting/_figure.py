"""What all displays draw with: matplotlib, axes and colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "BLUE",
    "CLASS_COLORS",
    "GREY",
    "ORANGE",
    "VERMILION",
    "axes_for",
    "line_style",
    "pyplot",
    "rows_for",
]

# Okabe & Ito (2008): told apart by all eyes. Their black is left to axes and text, with a grey in
# its place, and the yellow comes late, for it is faint on white.
BLUE, ORANGE, GREEN, VERMILION = "#0072b2", "#e69f00", "#009e73", "#d55e00"
SKY, PURPLE, YELLOW, GREY = "#56b4e9", "#cc79a7", "#f0e442", "#999999"
CLASS_COLORS = (BLUE, ORANGE, GREEN, VERMILION, SKY, PURPLE, YELLOW, GREY)

_WIDTH = 6.4  # inches of a new figure, as matplotlib has it


def pyplot(name: str) -> Any:
    """matplotlib's pyplot; without matplotlib an error that says how the display gets it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            f'{name} draws with matplotlib, which cannot be imported: pip install "sertools[plot]"'
        ) from error
    return plt


def axes_for(name: str, ax: Axes | None, height: float) -> Axes:
    """The axes to draw on: those given, or those of a new figure so many inches high."""
    plt = pyplot(name)
    if ax is not None:
        return ax
    return plt.subplots(figsize=(_WIDTH, height), layout="constrained")[1]


def rows_for(name: str, ax: Axes | Sequence[Axes] | None, heights: Sequence[float]) -> NDArray[Any]:
    """Axes ``(n_rows,)`` below each other, as many inches high in a new figure.

    They share their horizontal axis, and divide the place of axes that are given. A sequence of
    as many is taken as it is.
    """
    plt = pyplot(name)
    shared: dict[str, Any] = {"sharex": True, "squeeze": False}
    if ax is None:
        _, axes = plt.subplots(
            len(heights),
            figsize=(_WIDTH, sum(heights)),
            height_ratios=heights,
            layout="constrained",
            **shared,
        )
        return axes[:, 0]
    if isinstance(ax, plt.Axes):
        place = ax.get_subplotspec()
        if place is None:
            raise ValueError(
                f"ax has no place in a grid that could be divided: give {name} one of "
                f"plt.subplots(), or {len(heights)} axes."
            )
        ax.set_axis_off()
        grid = place.subgridspec(len(heights), 1, height_ratios=heights)
        return grid.subplots(**shared)[:, 0]
    axes = np.ravel(np.array(ax, dtype=object))
    if len(axes) != len(heights):
        raise ValueError(
            f"ax holds {len(axes)} axes, and {name} draws {len(heights)} below each other: give as "
            "many, or one to divide, or None for a new figure."
        )
    return axes


def line_style(own: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The style of a line: the display's own, and on top what is given, by short names as well."""
    from matplotlib.cbook import normalize_kwargs
    from matplotlib.lines import Line2D

    return {**own, **normalize_kwargs(given, Line2D)}

"""Drawings in SVG: values from 0 to 1, placed in per cent, so that they fill the width they get."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sertools.evaluation._html import Html, element

__all__ = ["axis", "bar", "chart", "curve", "legend", "mark", "segment", "track"]

_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)

# A shape for each run beside its colour, so that neither has to be seen; the last, of published
# results, is hollow.
_SHAPES = {
    "run0": "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0Z",
    "run1": "M-4.2-4.2H4.2V4.2H-4.2Z",
    "run2": "M0-5.4L5.2 4H-5.2Z",
    "published": "M0-5.2L5.2 0L0 5.2L-5.2 0Z",
}

# Of the plot in a chart, and of what is around it: no wider than a phone, so that it is not shrunk.
_WIDTH, _HEIGHT = 290, 240
_LEFT, _TOP, _RIGHT, _BOTTOM = 56, 10, 14, 46


def _share(value: float) -> str:
    """A place from 0 to 1 in per cent."""
    return f"{100 * value:.2f}%"


def segment(x: tuple[float, float], y: tuple[float, float], kind: str) -> Html:
    """A line from one place to another."""
    (x1, x2), (y1, y2) = map(_share, x), map(_share, (1 - y[0], 1 - y[1]))
    return element("line", x1=x1, x2=x2, y1=y1, y2=y2, class_=kind)


def bar(value: float) -> Html:
    """A bar from 0 to the value."""
    return element("rect", x=0, y="22%", width=_share(value), height="56%", class_="bar")


def mark(kind: str, x: float, y: float = 0.5, title: str | None = None) -> Html:
    """The mark of a run or of a published result; the title is shown under a pointer."""
    told = () if title is None else (element("title", title),)
    shape = element("path", *told, d=_SHAPES[kind], class_=f"mark {kind}")
    # A path knows no per cent, but what it is drawn in does.
    return element("svg", shape, x=_share(x), y=_share(1 - y), overflow="visible")


def track(title: str, *parts: Html) -> Html:
    """A cell of a table in which the values of its row are drawn."""
    grid = (segment((tick, tick), (0, 1), "grid") for tick in _TICKS)
    drawn = element("svg", element("title", title), *grid, *parts, role="img")
    return element("td", drawn, class_="track")


def axis(label: str) -> Html:
    """The head of a column of tracks."""
    places = {0: "start", 0.5: "middle", 1: "end"}
    ticks = (
        element("text", tick, x=_share(tick), y="90%", text_anchor=anchor)
        for tick, anchor in places.items()
    )
    # Those who have the rows read aloud hear the numbers, and need no ticks.
    drawn = element("svg", *ticks, aria_hidden="true")
    return element(
        "th", element("span", label, class_="unseen"), drawn, scope="col", class_="track"
    )


def legend(names: Sequence[str]) -> Html:
    """What the marks of the runs mean; nothing for one run."""
    if len(names) < 2:
        return Html()
    entries = (
        element(
            "span", element("svg", mark(f"run{place}", 0.5), class_="key", aria_hidden="true"), name
        )
        for place, name in enumerate(names)
    )
    return element("p", *entries, class_="legend")


def curve(kind: str, points: Iterable[tuple[float, float]]) -> Html:
    """A line through points of a chart."""
    places = " ".join(f"{_WIDTH * x:.1f},{_HEIGHT * (1 - y):.1f}" for x, y in points)
    return element("polyline", points=places, class_=f"curve {kind}")


def chart(title: str, x_label: str, y_label: str, *parts: Html) -> Html:
    """A square of values from 0 to 1 along both axes."""
    grid = [
        line
        for tick in _TICKS
        for line in (
            segment((tick, tick), (0, 1), "grid"),
            segment((0, 1), (tick, tick), "grid"),
            element("text", f"{tick:g}", x=_share(tick), y=_HEIGHT + 16, text_anchor="middle"),
            element("text", f"{tick:g}", x=-8, y=_share(1 - tick), dy=4, text_anchor="end"),
        )
    ]
    middle = f"rotate(-90) translate({-_HEIGHT / 2} -43)"
    labels = (
        element("text", x_label, x="50%", y=_HEIGHT + 36, text_anchor="middle"),
        element("text", y_label, transform=middle, text_anchor="middle"),
    )
    place = {"x": _LEFT, "y": _TOP, "width": _WIDTH, "height": _HEIGHT, "overflow": "visible"}
    plot = element("svg", *grid, *labels, *parts, **place)
    view = f"0 0 {_LEFT + _WIDTH + _RIGHT} {_TOP + _HEIGHT + _BOTTOM}"
    return element("svg", element("title", title), plot, viewBox=view, role="img", class_="chart")

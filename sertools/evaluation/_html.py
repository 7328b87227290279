"""HTML by construction: what is not `Html` already is escaped, so that no text becomes markup."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping

__all__ = ["Html", "columns", "element", "joined", "table", "text"]


class Html(str):
    """Markup, which is shown as it is."""

    __slots__ = ()


def joined(parts: Iterable[object]) -> Html:
    """Parts one after the other, those escaped that are no markup."""
    return Html(
        "".join(part if isinstance(part, Html) else html.escape(str(part)) for part in parts)
    )


def element(name: str, *children: object, **attributes: object) -> Html:
    """An element around its children; None leaves an attribute out.

    ``class_`` is the attribute class, and ``aria_label`` is written with a hyphen.
    """
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{said}>{joined(children)}</{name}>")


def table(
    caption: object,
    header: Iterable[object],
    rows: Iterable[Iterable[object]],
    **attributes: object,
) -> Html:
    """A table whose rows begin with their heading; a cell may be a whole ``<td>`` or ``<th>``."""
    body = []
    for heading, *cells in rows:
        row = [element("th", heading, scope="row"), *(_cell("td", cell) for cell in cells)]
        body.append(element("tr", *row))
    head = element("tr", *(_cell("th", cell, scope="col") for cell in header))
    parts = (element("caption", caption), element("thead", head), element("tbody", *body))
    # So that a table that is too wide is scrolled by itself, and not the page.
    return element("div", element("table", *parts, **attributes), class_="scroll")


def columns(caption: object, of: Mapping[str, Mapping[str, object]]) -> Html:
    """A table with a column for each name, of which all have the same rows."""
    rows = ((row, *(column[row] for column in of.values())) for row in next(iter(of.values())))
    return table(caption, ("", *of), rows)


def text(content: object, *, head: bool = False) -> Html:
    """A cell of words, which begin at the left as numbers end at the right."""
    if head:
        return element("th", content, scope="col", class_="text")
    return element("td", content, class_="text")


def _cell(name: str, content: object, **attributes: object) -> Html:
    """The content as a cell, if it is none yet."""
    is_cell = isinstance(content, Html) and content.startswith(f"<{name}")
    return Html(content) if is_cell else element(name, content, **attributes)

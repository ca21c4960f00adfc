"""Draw what comes from what: a column a kind, a box a thing, a line where one was made from the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from fourstroke_report.words import visible

if TYPE_CHECKING:
    from fourstroke import Lineage, LineageNode

# Columns: what a model does stands behind it, each beside the others.
_COLUMNS: Final = (("source",), ("data",), ("model",), ("deployment", "predictions"))
_HEADINGS: Final = {"deployment": "at work", "predictions": "at work"}
_BOX, _TALL, _GAP, _AIR = 190, 44, 60, 14
# More of one kind are counted and not drawn.
_MOST: Final = 12
_LETTERS: Final = 27
# Of a file that stands alone; in a page the page's own colours are in force.
_STYLE: Final = Markup(
    "<style>text{font:11px system-ui,sans-serif;fill:#1b1f24}.t{fill:#5b6470}"
    "rect{fill:#f6f8fa;stroke:#d9dee4}.here rect{stroke:#2563eb;stroke-width:2}"
    "path{fill:none;stroke:#9aa5b1;stroke-width:1.5}"
    "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.t{fill:#9aa5b1}"
    "rect{fill:#161b22;stroke:#30363d}}</style>"
)


def svg_of_lineage(lineage: Lineage, style: Markup | None = None) -> Markup:
    """Draw a lineage; the same lineage gives the same bytes."""
    columns = [[node for node in lineage.nodes if node.kind in kinds] for kinds in _COLUMNS]
    used = [column for column in columns if column]
    places: dict[str, tuple[int, int]] = {}
    for across, column in enumerate(used):
        for down, node in enumerate(column[:_MOST]):
            places[node.id] = (across * (_BOX + _GAP), 20 + down * (_TALL + _AIR))
    tallest = max((min(len(column), _MOST + 1) for column in used), default=0)
    width = max(len(used) * (_BOX + _GAP) - _GAP, 1)
    height = 20 + tallest * (_TALL + _AIR)
    body = Markup().join(
        [
            *(_line(places[edge.source], places[edge.target]) for edge in lineage.edges
              if edge.source in places and edge.target in places),
            *(_box(node, *places[node.id], is_here=node.id == lineage.about)
              for column in used for node in column[:_MOST]),
            *(_heading(column, across) for across, column in enumerate(used)),
        ]
    )  # fmt: skip
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 0 {} {}" width="{}" class="lineage"'
        ' role="img">{}{}</svg>'
    ).format(width + 4, height, width + 4, style or Markup(), body)


def svg_file(lineage: Lineage) -> str:
    """Draw a lineage as a file that stands alone."""
    return f"{svg_of_lineage(lineage, _STYLE)}\n"


def _heading(column: list[LineageNode], across: int) -> Markup:
    left = across * (_BOX + _GAP)
    made = Markup('<text class="t" x="{}" y="12">{}</text>').format(
        left, _HEADINGS.get(column[0].kind, column[0].kind)
    )
    if len(column) > _MOST:
        down = 20 + _MOST * (_TALL + _AIR) + 14
        made += Markup('<text class="t" x="{}" y="{}">and {:,} more</text>').format(
            left, down, len(column) - _MOST
        )
    return made


def _box(node: LineageNode, left: int, top: int, *, is_here: bool) -> Markup:
    return Markup(
        '<g{}><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="4"/>'
        '<text x="{}" y="{}">{}</text><text class="t" x="{}" y="{}">{}</text></g>'
    ).format(
        Markup(' class="here"') if is_here else "",
        visible(f"{node.id} {node.about}"),
        *(left, top, _BOX, _TALL),
        *(left + 9, top + 18, _short(node.name)),
        *(left + 9, top + 34, _short(node.about)),
    )


def _line(start: tuple[int, int], end: tuple[int, int]) -> Markup:
    x1, y1 = start[0] + _BOX, start[1] + _TALL // 2
    x2, y2 = end[0], end[1] + _TALL // 2
    middle = (x1 + x2) // 2
    return Markup('<path d="M{} {}C{} {} {} {} {} {}"/>').format(
        x1, y1, middle, y1, middle, y2, x2, y2
    )


def _short(text: str) -> str:
    shown = visible(text)
    return shown if len(shown) <= _LETTERS else f"{shown[: _LETTERS - 1]}\u2026"

"""The HTML page: a template that escapes everything, filled with the facts of a run."""

from __future__ import annotations

from pathlib import Path

import jinja2

from fourstroke import RunReport
from fourstroke_report import words
from fourstroke_report.drawing import svg_of
from fourstroke_report.kept import shown

# Control characters have signs in Unicode; the later ones, and those of direction, have none.
_SIGNS = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\r"}
_SIGNS |= {0x7F: 0x2421}
_SIGNS |= dict.fromkeys(
    [*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)], 0xFFFD
)


def html_of(report: RunReport) -> str:
    """Render a report; the same facts give the same bytes."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"number": words.number, "interval": words.interval, "svg": svg_of}
    return environment.get_template("report.html").render(
        report=report,
        headline=words.headline(report),
        sentences=words.sentences(report),
        chosen=words.chosen(report),
        kept=shown(report.kept),
        marks=words.MARKS,
        strokes=words.strokes(report),
        good=report.state == "succeeded",
    )


def _visible(value: object) -> object:
    """Show characters that a page must not hold, or that would turn the order of its words."""
    return value.translate(_SIGNS) if isinstance(value, str) else value

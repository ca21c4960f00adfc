"""The HTML page: a template that escapes everything, filled with the facts of a run."""

from __future__ import annotations

import functools
from pathlib import Path

import jinja2

from fourstroke import RunReport
from fourstroke_report import words
from fourstroke_report.drawing import svg_of
from fourstroke_report.kept import shown
from fourstroke_report.lineage_drawing import svg_of_lineage

_CALM = ("pass", "skipped")


def html_of(report: RunReport) -> str:
    """Render a report; the same facts give the same bytes."""
    return template_of("report.html").render(
        report=report,
        headline=words.headline(report),
        sentences=words.sentences(report),
        chosen=words.chosen(report),
        kept=shown(report.kept),
        marks=words.MARKS,
        calm=[check for check in report.checks if check.status in _CALM],
        loud=[check for check in report.checks if check.status not in _CALM],
        strokes=words.strokes(report),
        good=report.state == "succeeded",
    )


# Compiling it takes longer than filling it in.
@functools.cache
def template_of(name: str) -> jinja2.Template:
    """Give a template of this plugin; whatever is filled in is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {
        "number": words.number,
        "interval": words.interval,
        "bytes": words.size,
        "named": words.named,
        "svg": svg_of,
        "lineage": svg_of_lineage,
    }
    return environment.get_template(name)


def _visible(value: object) -> object:
    return words.visible(value) if isinstance(value, str) else value

"""The HTML page: a template that escapes everything, filled with the facts of a run."""

from __future__ import annotations

from pathlib import Path

import jinja2

from fourstroke import RunReport
from fourstroke_report import words
from fourstroke_report.drawing import svg_of


def html_of(report: RunReport) -> str:
    """Render a report; the same facts give the same bytes."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
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
        marks=words.MARKS,
        strokes=words.strokes(report),
        good=report.state == "succeeded",
    )

"""The report as Markdown, for the page of a job and for a pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fourstroke.errors import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from fourstroke.ci.results import CiReport, Judged, Quality, Status
    from fourstroke.entities.facts import Metric

_MARKS: dict[Status, str] = {"passed": "✅", "warned": "⚠️", "failed": "❌", "skipped": "⏭️"}
_WORDS: dict[Status, str] = {
    "passed": "all is well",
    "warned": "with warnings",
    "failed": "failed",
    "skipped": "skipped",
}
# Marks of Markdown and HTML, an underscore that is not within a word, and what makes a link of a text.
_SPECIAL = re.compile(r"[\\`*{}\[\]<>#|~@!]|(?<!\w)_|_(?!\w)|(?<=:)/(?=/)|(?<=www)\.")
_MOST_FINDINGS = 50
_LONGEST = 400


def as_summary(report: CiReport) -> str:
    """Write the report; texts from outside cannot become markup, links or mentions."""
    environment = f" ({_cell(report.environment)})" if report.environment else ""
    about = f"fourstroke: {_cell(report.project)}{environment}, {_WORDS[report.status]}"
    lines = [
        f"## {_MARKS[report.status]} {about}",
        "",
        *_table(
            ("", "step", "what", "seconds"),
            [
                (_MARKS[step.status], _cell(step.name), _cell(step.summary), f"{step.seconds:.1f}")
                for step in report.steps
            ],
        ),
    ]
    if report.checks:
        lines += ["", f"### Verdict{_basis(report)}", "", *_checks(report.checks)]
    if report.quality is not None and report.quality.metrics:
        lines += ["", "### Figures", "", *_figures(report.quality, is_sample=report.is_sample)]
    found = list(_findings(report))
    if found:
        lines += ["", "### What to look at", "", *found]
    return "\n".join([*lines, ""])


def _basis(report: CiReport) -> str:
    if report.rows is None:
        return ""
    if not report.is_sample:
        return f" on all {report.rows:,} rows"
    return f" on a sample of {report.rows:,} rows (`--full` judges all of them)"


def _checks(checks: Sequence[Judged]) -> list[str]:
    rows = [
        (
            _MARKS[each.status],
            _cell(each.check.name),
            _number(each.check.observed),
            _interval(*(each.check.interval or (None, None))),
            _cell(each.check.required),
            _cell(each.check.why),
        )
        for each in checks
    ]
    return _table(("", "check", "observed", "95 % interval", "required", "why"), rows)


def _figures(quality: Quality, *, is_sample: bool) -> list[str]:
    known = {metric.name: metric for metric in quality.champion_metrics}
    head: tuple[str, ...] = ("metric", _cell(quality.candidate), "interval", "rows")
    rows: list[tuple[str, ...]] = [
        (_cell(each.name), _number(each.value), _interval(each.low, each.high), f"{each.rows:,}")
        for each in quality.metrics
    ]
    if quality.champion is None:
        return [*_table(head, rows), "", f"No champion beside it: {_cell(quality.note)}."]
    head = (*head, f"champion v{quality.champion}", "difference")
    rows = [
        (
            *row,
            _number(known[each.name].value),
            _change(each, known[each.name], judges=not is_sample),
        )
        if each.name in known
        else (*row, "", "")
        for row, each in zip(rows, quality.metrics, strict=True)
    ]
    note = "The champion's figures are those of its own run, on the rows of that run."
    if is_sample:
        note += " The candidate has learnt from a sample: it may be worse for that alone."
    return [*_table(head, rows), "", note]


def _change(now: Metric, before: Metric, *, judges: bool) -> str:
    if now.value is None or before.value is None:
        return ""
    change = now.value - before.value
    if not judges or change == 0:
        return f"{change:+.4g}"
    return f"{change:+.4g} {'better' if (change > 0) is now.higher_is_better else 'worse'}"


def _findings(report: CiReport) -> Iterator[str]:
    told = [(step.name, each) for step in report.steps for each in step.findings]
    told.sort(key=lambda pair: pair[1].level)
    for name, each in told[:_MOST_FINDINGS]:
        mark = "❌" if each.level == "error" else "⚠️"
        line = f":{each.line}" if each.line else ""
        place = f" {_cell(each.file)}{line}:" if each.file and each.file not in each.text else ""
        yield f"- {mark} **{_cell(name)}**:{place} {_cell(each.text)}"
    if len(told) > _MOST_FINDINGS:
        yield f"- and {len(told) - _MOST_FINDINGS} more"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def _number(value: object) -> str:
    return (
        f"{value:.4g}" if isinstance(value, float) else "" if value is None else _cell(str(value))
    )


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.4g} to {high:.4g}"


def _cell(text: str) -> str:
    """Make text that shows as it is: every character with a meaning as a reference of HTML."""
    shown = printable(" ".join(text.split()))
    if len(shown) > _LONGEST:
        shown = f"{shown[:_LONGEST]} …"
    return _SPECIAL.sub(lambda match: f"&#{ord(match.group())};", shown.replace("&", "&amp;"))

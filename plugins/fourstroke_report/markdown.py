"""Markdown of a report: what a reviewer needs in a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fourstroke import Check, RunReport
from fourstroke_report import words


def markdown_of(report: RunReport) -> str:
    """Write a report as Markdown."""
    lines = [f"# {_cell(report.project)}: {_cell(words.headline(report))}", ""]
    lines += [f"- {_cell(sentence)}" for sentence in words.sentences(report)]
    lines += ["", *_candidates(report)]
    if report.verdict is not None:
        lines += ["## Verdict", "", *_checks(report.verdict.checks), ""]
    if report.checks:
        lines += ["## Data checks", "", *_checks(report.checks), ""]
    if report.monitoring is not None:
        rows = [
            (words.MARKS[item.status], item.name, item.column, words.number(item.value), item.why)
            for item in report.monitoring.observations
        ]
        lines += ["## Monitors", "", *_table(("", "what", "column", "value", "why"), rows), ""]
    if report.kept:
        rows = [
            (item.name, item.step, item.kind, item.file, words.number(item.size_bytes))
            for item in report.kept
        ]
        lines += [
            "## Kept by steps",
            "",
            *_table(("name", "step", "kind", "file", "bytes"), rows),
            "",
        ]
    steps = [
        (step.name, step.state, f"{step.seconds:.2f} s", step.summary) for step in report.steps
    ]
    lines += ["## Steps", "", *_table(("step", "state", "time", "what"), steps), ""]
    commit = f", commit {_cell(report.commit[:12])}" if report.commit else ""
    lines.append(f"Run {report.run} by {_cell(report.user)}, seed {report.seed}{commit}.")
    return "\n".join(lines) + "\n"


def _candidates(report: RunReport) -> list[str]:
    if not report.candidates:
        return []
    names = [metric.name for metric in report.candidates[0].evaluation.metrics]
    rows = []
    for item in report.candidates:
        by_name = {metric.name: metric for metric in item.evaluation.metrics}
        figures = [words.number(by_name[name].value) if name in by_name else "" for name in names]
        rows.append((f"{item.name}{' (chosen)' if item.name == report.chosen else ''}", *figures))
    return ["## Candidates", "", *_table(("candidate", *names), rows), ""]


def _checks(checks: Iterable[Check]) -> list[str]:
    rows = [
        (
            words.MARKS[check.status],
            check.name,
            words.number(check.observed),
            check.required,
            check.why,
        )
        for check in checks
    ]
    return _table(("", "check", "observed", "required", "why"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(map(_cell, head))} |", f"|{' --- |' * len(head)}"]
    return [*lines, *(f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows)]


def _cell(text: object) -> str:
    """Keep a cell in its cell: names of columns may hold bars, line ends and markup."""
    # First the line ends, of which Unicode has more than Markdown, then what no reader may get.
    plain = words.visible(" ".join(str(text).split()))
    for character in "\\|<>`*_[]":
        plain = plain.replace(character, f"\\{character}")
    return plain

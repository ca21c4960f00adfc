"""Markdown of a report: what a reviewer needs in a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fourstroke import Check, RunReport
from fourstroke_report import words


def markdown_of(report: RunReport) -> str:
    """Write a report as Markdown."""
    lines = [f"# {cell(report.project)}: {cell(words.headline(report))}", ""]
    lines += [f"- {cell(sentence)}" for sentence in words.sentences(report)]
    lines += ["", *_candidates(report)]
    if report.verdict is not None:
        lines += ["## Verdict", "", *check_table(report.verdict.checks), ""]
    if report.checks:
        lines += ["## Data checks", "", *check_table(report.checks), ""]
    if report.monitoring is not None:
        rows = [
            (words.MARKS[item.status], item.name, item.column, words.number(item.value), item.why)
            for item in report.monitoring.observations
        ]
        lines += ["## Monitors", "", *table(("", "what", "column", "value", "why"), rows), ""]
    if report.kept:
        rows = [
            (item.name, item.step, item.kind, item.file, words.number(item.size_bytes))
            for item in report.kept
        ]
        lines += [
            "## Kept by steps",
            "",
            *table(("name", "step", "kind", "file", "bytes"), rows),
            "",
        ]
    steps = [
        (step.name, step.state, f"{step.seconds:.2f} s", step.summary) for step in report.steps
    ]
    lines += ["## Steps", "", *table(("step", "state", "time", "what"), steps), ""]
    commit = f", commit {cell(report.commit[:12])}" if report.commit else ""
    lines.append(f"Run {report.run} by {cell(report.user)}, seed {report.seed}{commit}.")
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
    return ["## Candidates", "", *table(("candidate", *names), rows), ""]


def check_table(checks: Iterable[Check]) -> list[str]:
    """Write checks as a table."""
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
    return table(("", "check", "observed", "required", "why"), rows)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Write a table, each of its cells kept in its cell."""
    lines = [f"| {' | '.join(map(cell, head))} |", f"|{' --- |' * len(head)}"]
    return [*lines, *(f"| {' | '.join(map(cell, row))} |" for row in rows)]


def cell(text: object) -> str:
    """Keep a cell in its cell: names of columns may hold bars, line ends and markup."""
    # First the line ends, of which Unicode has more than Markdown, then what no reader may get.
    plain = words.visible(" ".join(str(text).split()))
    for character in "\\|<>`*_[]":
        plain = plain.replace(character, f"\\{character}")
    return plain

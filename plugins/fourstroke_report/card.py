"""A model card in Markdown: what was measured beside what people say of the model.

Its parts are those of Mitchell et al. 2019 (Model Cards for Model Reporting); its header is the one
that model hubs read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from fourstroke import Candidate, RunReport, Slice
from fourstroke_report import words
from fourstroke_report.markdown import cell, check_table, table

_MOST_SLICES = 12


def card_of(report: RunReport) -> str:
    """Write the card of the model that a run chose."""
    chosen = words.chosen(report)
    name = f"{report.version.model} version {report.version.version}" if report.version else None
    lines = [*_header(report, chosen), f"# {cell(name or report.chosen or report.project)}", ""]
    lines += [f"- {cell(sentence)}" for sentence in words.sentences(report)]
    lines += ["", *_left_to_write(report), *_people(report), "## Details", "", *_details(report)]
    if chosen is not None:
        lines += _metrics(chosen)
        lines += _slices(chosen.evaluation.slices[:_MOST_SLICES])
    if report.verdict is not None:
        lines += ["## Verdict", "", *check_table(report.verdict.checks), ""]
    return "\n".join(lines).rstrip() + "\n"


def _header(report: RunReport, chosen: Candidate | None) -> list[str]:
    """Write the header that hubs read, in YAML."""
    lines = ["---", "tags:", '- "fourstroke"', f"- {_yaml(report.task.kind)}"]
    if "scikit-learn" in report.versions:
        lines.append('library_name: "scikit-learn"')
    if chosen is not None:
        lines.append("metrics:")
        lines += [
            f"  {_yaml(metric.name)}: {_yaml(metric.value)}"
            for metric in chosen.evaluation.metrics
            if metric.value is not None
        ]
    return [*lines, "---", ""]


def _yaml(value: object) -> str:
    """Write one value as JSON, which is YAML; nothing in it can become markup of the page below."""
    return json.dumps(value).replace("<", r"\u003c").replace("[", r"\u005b")


def _left_to_write(report: RunReport) -> list[str]:
    if report.card is None:
        return ["**Nobody has written about this model yet.**", ""]
    if not report.card.todo:
        return []
    parts = [
        f"{part.title or 'the beginning'} ({part.todo})"
        for part in report.card.sections
        if part.todo
    ]
    return [
        f"**{report.card.todo} left to write** in {cell(report.card.file)}: {cell(', '.join(parts))}.",
        "",
    ]


def _people(report: RunReport) -> list[str]:
    """Give what people wrote; below the card's own headings, and its markup as they meant it."""
    lines: list[str] = []
    for part in report.card.sections if report.card else ():
        lines += [f"## {cell(part.title)}", ""] if part.title else []
        lines += [words.visible(part.text).replace("<", "&lt;"), ""] if part.text else []
    return lines


def _details(report: RunReport) -> list[str]:
    data, version = report.dataset, report.version
    rows = [
        ("predicts", f"{report.task.target} ({report.task.kind})"),
        ("model", version.digest if version else ""),
        ("data", f"{data.name}@v{data.version}, {data.digest}" if data else ""),
        (
            "run",
            f"{report.run} ({report.state}), {report.started:%Y-%m-%d %H:%M} UTC, by {report.user}",
        ),
        ("code", report.commit),
        ("seed", str(report.seed)),
        ("made with", ", ".join(f"{name} {number}" for name, number in report.versions.items())),
    ]
    return [*table(("", ""), [row for row in rows if row[1]]), ""]


def _metrics(chosen: Candidate) -> list[str]:
    baseline = {metric.name: metric for metric in chosen.evaluation.baseline}
    rows = [
        (
            metric.name,
            words.number(metric.value),
            words.interval(metric) or metric.why,
            words.number(baseline[metric.name].value) if metric.name in baseline else "",
        )
        for metric in chosen.evaluation.metrics
    ]
    return ["## Metrics", "", *table(("metric", "value", "interval", "without features"), rows), ""]


def _slices(slices: Iterable[Slice]) -> list[str]:
    rows = [
        (
            f"{item.column} = {item.value}",
            f"{words.number(item.metric.value)} {item.metric.name}",
            words.interval(item.metric) or item.metric.why,
            f"{item.metric.rows:,}",
        )
        for item in slices
    ]
    return (
        ["## By group", "", *table(("group", "value", "interval", "rows"), rows), ""]
        if rows
        else []
    )

"""Markdown of a monitoring report: what a chat or a pull request needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from fourstroke import MonitoringHistory, Observation
from fourstroke_report import words
from fourstroke_report.markdown import cell, table
from fourstroke_report.monitoring_parts import PARTS, ColumnRow, of_part
from fourstroke_report.monitoring_words import clip, interval, name_of, read

MOST_ROWS: Final = 30


def monitoring_markdown(history: MonitoringHistory) -> str:
    """Write a monitoring report as Markdown."""
    reading, latest = read(history), history.latest
    lines = [f"# {cell(reading.headline)}", ""]
    lines += [f"- {cell(sentence)}" for sentence in reading.sentences]
    lines += ["", *_columns(reading.columns, history)]
    for part, title in PARTS:
        found = of_part(latest.observations, part)
        lines += _figures(title, found) if found else []
    told = [("told", each.title, each.text) for each in latest.alerts]
    told += [("not told", each.title, each.why) for each in latest.held]
    told += [("over", key, "") for key in latest.resolved]
    if told:
        rows = [tuple(map(clip, row)) for row in told[:MOST_ROWS]]
        lines += ["## Alerts", "", *table(("people", "what", "why"), rows), *_more(told, "alerts")]
    if history.incidents:
        incidents = [
            (str(each.number), each.state, each.severity, clip(each.title), each.runbook)
            for each in history.incidents[:MOST_ROWS]
        ]
        head = ("incident", "state", "severity", "what", "what to do")
        lines += [
            "## Incidents",
            "",
            *table(head, incidents),
            *_more(history.incidents, "incidents"),
        ]
    lines += ["## What this rests on", "", *table(("", ""), _provenance(history))]
    return "\n".join(lines).rstrip() + "\n"


def _columns(columns: tuple[ColumnRow, ...], history: MonitoringHistory) -> list[str]:
    """Write the columns that are not well; how many others there are in a line."""
    loud = [row for row in columns if row.status != "ok"]
    calm = len(columns) - len(loud)
    if not columns:
        return []
    rows = [
        (
            words.MARKS[row.status],
            name_of(row.name),
            "" if row.importance is None else f"{words.number(row.importance)} (no. {row.rank})",
            "" if row.drift is None else _against(row.drift),
            f"{row.since} ({row.running})" if row.running else "",
            clip(row.why),
        )
        for row in loud[:MOST_ROWS]
    ]
    head = ("", "column", "importance", "drift", "since (windows)", "what was seen")
    lines = ["## Columns", "", *(table(head, rows) if rows else []), *_more(loud, "columns")]
    if calm:
        lines += [f"{calm} {'column is' if calm == 1 else 'columns are'} as before.", ""]
    if not history.importances:
        lines += ["How important columns are to this version is not known.", ""]
    return lines


def _figures(title: str, found: list[Observation]) -> list[str]:
    rows = [
        (
            words.MARKS[each.status],
            each.name,
            name_of(each.column or each.statistic),
            "" if each.value is None else words.number(each.value),
            interval(each),
            "" if each.threshold is None else words.number(each.threshold),
            clip(each.why),
        )
        for each in found[:MOST_ROWS]
    ]
    head = ("", "what", "of", "value", "interval", "limit", "why")
    return [f"## {title}", "", *table(head, rows), *_more(found, "figures")]


def _provenance(history: MonitoringHistory) -> Iterable[tuple[str, str]]:
    latest, decision = history.latest, history.decision
    yield "model", f"{history.model}@v{history.version}, trained in run {history.trained_in}"
    yield "data", history.dataset or "its record is not kept any more"
    yield (
        "compared with",
        f"the window {history.season} before" if history.season else "the held-out rows",
    )
    yield (
        "window",
        f"{history.windows[-1].name}, {latest.rows:,} rows, looked at in run {history.run}",
    )
    if latest.traffic is not None:
        asked, failed, refused = (
            f"{getattr(latest.traffic, name):,}" for name in ("asked", "failed", "refused")
        )
        yield "requests", f"{asked}, of which {failed} failed and {refused} were refused"
    if history.unreadable:
        yield "damaged or gone", clip(", ".join(history.unreadable))
    yield (
        "turn again",
        "nothing decides on it" if decision is None else f"{decision.answer}: {decision.why}",
    )


def _against(seen: Observation) -> str:
    if seen.value is None:
        return ""
    limit = "" if seen.threshold is None else f", limit {words.number(seen.threshold)}"
    return f"{words.number(seen.value)}{limit}"


def _more(found: Sequence[object], what: str) -> list[str]:
    """Say how many more there are, and leave a line free."""
    count = len(found) - MOST_ROWS
    return ["", f"And {count:,} more {what} in monitoring.json.", ""] if count > 0 else [""]

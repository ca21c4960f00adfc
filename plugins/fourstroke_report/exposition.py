"""Figures in the text format of Prometheus.

The format: "Exposition formats", text-based format 0.0.4, in the documentation of Prometheus. Files of
the node exporter's textfile collector may not hold moments of their own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from fourstroke import MonitoringHistory, Observation, RunReport, Traffic
from fourstroke_report import words
from fourstroke_report.monitoring_parts import URGENCY

# Each is at most three series, and a server counts series.
MOST_OBSERVATIONS: Final = 2000
_STATUSES: Final = {"ok": 0.0, "alert": 1.0, "unknown": -1.0}

_Labels = Mapping[str, str]


@attrs.frozen
class _Figure:
    """One figure with all its series."""

    name: str
    told: str
    series: Sequence[tuple[_Labels, float]]

    def lines(self) -> Iterator[str]:
        if not self.series:
            return
        yield f"# HELP {self.name} {_escaped(self.told)}"
        yield f"# TYPE {self.name} gauge"
        for labels, value in self.series:
            inner = ",".join(f'{name}="{_quoted(text)}"' for name, text in labels.items())
            yield f"{self.name}{{{inner}}} {_number(value)}"


def monitoring_figures(history: MonitoringHistory) -> str:
    """Write the latest window: each value, limit and status, and how many alerts are open.

    Of more than 2,000 observations those in alert come first, then those of the most important columns;
    how many are left out is a figure, too.
    """
    model = {"model": history.model, "version": str(history.version)}
    latest, chosen = history.latest, _chosen(history)
    seen = [(model | _labels(each), each) for each in chosen]
    ends = latest.ends or history.looked_at
    counts = {
        status: sum(each.status == status for each in latest.observations) for status in _STATUSES
    }
    open_ = {
        severity: sum(
            each.severity == severity for each in history.incidents if each.state != "resolved"
        )
        for severity in ("error", "warning")
    }
    return _text(
        _Figure(
            "fourstroke_monitor_value",
            "What a monitor measured in the latest window.",
            [(labels, each.value) for labels, each in seen if isinstance(each.value, int | float)],
        ),
        _Figure(
            "fourstroke_monitor_limit",
            "The limit that the value is held to.",
            [(labels, each.threshold) for labels, each in seen if each.threshold is not None],
        ),
        _Figure(
            "fourstroke_monitor_status",
            "0 for ok, 1 for an alert, -1 if it could not be judged.",
            [(labels, _STATUSES[each.status]) for labels, each in seen],
        ),
        _Figure(
            "fourstroke_monitor_observations",
            "How many observations of the latest window have a status.",
            [(model | {"status": status}, count) for status, count in counts.items()],
        ),
        _Figure(
            "fourstroke_monitor_left_out",
            "How many observations are not among these series.",
            [(model, len(latest.observations) - len(chosen))],
        ),
        _Figure(
            "fourstroke_monitor_window_rows",
            "Rows that were scored in the latest window.",
            [(model, latest.rows)],
        ),
        _Figure(
            "fourstroke_monitor_window_requests",
            "Requests of the latest window, by what became of them.",
            [(model | {"result": result}, many) for result, many in _results(latest.traffic)],
        ),
        _Figure(
            "fourstroke_monitor_window_end_seconds",
            "When the latest window ended, or was looked at if rows alone bound it.",
            [(model, ends.timestamp())],
        ),
        _Figure(
            "fourstroke_alerts_open",
            "Matters that people were told of and that are not over.",
            [({"model": history.model, "severity": name}, count) for name, count in open_.items()],
        ),
    )


def run_figures(report: RunReport) -> str:
    """Write how a run ended, when, and what the chosen candidate is worth."""
    project = {"project": report.project}
    chosen = next((each for each in report.candidates if each.name == report.chosen), None)
    metrics = () if chosen is None else chosen.evaluation.metrics
    return _text(
        _Figure(
            "fourstroke_run_succeeded",
            "1 if the latest run succeeded, else 0.",
            [(project, float(report.state == "succeeded"))],
        ),
        _Figure(
            "fourstroke_run_started_seconds",
            "When the latest run began.",
            [(project, report.started.timestamp())],
        ),
        _Figure(
            "fourstroke_run_duration_seconds",
            "How long the latest run took.",
            [(project, report.seconds)],
        ),
        _Figure(
            "fourstroke_run_metric",
            "What the candidate is worth that the latest run chose.",
            [
                (project | {"candidate": report.chosen, "metric": each.name}, each.value)
                for each in metrics
                if each.value is not None
            ],
        ),
    )


def _chosen(history: MonitoringHistory) -> list[Observation]:
    """Give one observation a name: two series of the same labels are an error to those who read them."""
    found: dict[tuple[str, ...], Observation] = {}
    for each in history.latest.observations:
        found.setdefault(tuple(map(_quoted, _labels(each).values())), each)
    ordered = sorted(
        found.values(),
        key=lambda each: (URGENCY[each.status] > 0, -history.importances.get(each.column, 0.0)),
    )
    return ordered[:MOST_OBSERVATIONS]


def _labels(seen: Observation) -> dict[str, str]:
    return {
        "monitor": seen.monitor,
        "name": seen.name,
        "column": seen.column,
        "statistic": seen.statistic,
    }


def _results(traffic: Traffic | None) -> Sequence[tuple[str, int]]:
    if traffic is None:
        return ()
    return (
        ("answered", traffic.answered),
        ("failed", traffic.failed),
        ("refused", traffic.refused),
    )


def _text(*figures: _Figure) -> str:
    return "".join(f"{line}\n" for figure in figures for line in figure.lines())


def _number(value: float) -> str:
    if math.isfinite(value):
        return repr(float(value))
    return "NaN" if math.isnan(value) else f"{'+' if value > 0 else '-'}Inf"


def _escaped(text: str) -> str:
    return words.visible(text).replace("\\", r"\\").replace("\n", r"\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', r"\"")

"""Monitor what the champion scored, alert, and decide whether the engine turns again."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from fourstroke.cycles.shape import counted
from fourstroke.cycles.windows import window_of
from fourstroke.engine.step_facts import without_step
from fourstroke.entities.operations import Alert, MonitoringReport, Observation
from fourstroke.errors import FourstrokeError
from fourstroke.plan import Inputs, Outputs, Step
from fourstroke.records.operation_rows import WindowFacts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fourstroke.engine.session import Session
    from fourstroke.engine.work import Bench
    from fourstroke.entities.model import Decision
    from fourstroke.records.rows import VersionRow

# As many columns as one line of an alert holds.
_SHOWN = 5


# Work, done in a worker


def monitor(bench: Bench) -> Outputs:
    """Compare the window with the reference."""
    window = window_of(bench)
    observations = tuple(
        bench.caller.monitor(
            bench.step, window=window, reference=bench.load("reference"), context=bench.context
        )
    )
    alerting = len([item for item in observations if item.status == "alert"])
    return {
        "value": observations,
        "summary": f"{counted(len(observations), 'observation')}, {alerting} alerting",
    }


def send_alert(bench: Bench) -> Outputs:
    """Hand one alert to one channel."""
    sent = bench.caller.alert(bench.step, alert=bench.load("alert"), context=bench.context)
    return {"value": sent}


def ask_retrain(bench: Bench) -> Outputs:
    """Ask whether to turn again."""
    decision = bench.caller.retrain(bench.step, report=bench.load("report"), context=bench.context)
    return {"value": decision}


# Acts, done in the main process


def nothing_seen(row: VersionRow) -> MonitoringReport:
    """Give the report of a window without batches."""
    return MonitoringReport(model=row.model, version=row.version, rows=0, observations=())


def raise_alerts(session: Session, step: Step, inputs: Inputs) -> Outputs:
    """Record what the monitors saw, and tell every channel what crossed its limits."""
    window = session.load(inputs["window"])
    seen = {
        name.removeprefix("operations.monitor."): tuple(session.load(artifact))
        for name, artifact in inputs.items()
        if name != "window"
    }
    alerts = tuple(
        alert
        for name, found in seen.items()
        if (alert := alert_of(name, found, window)) is not None
    )
    report = _report(window, tuple(item for found in seen.values() for item in found), alerts)
    facts = WindowFacts(
        name=report.window,
        starts=report.starts,
        ends=report.ends,
        rows=report.rows,
        labelled=window["labelled"],
        report=session.put(report),
    )
    ids = [batch["id"] for batch in window["batches"]]
    session.writer.record_observations(
        report.model, report.version, ids, report.observations, facts
    )
    for alert in alerts:
        _raise(session, step, alert)
    return {"value": report, "summary": counted(len(alerts), "alert") if alerts else "no alert"}


def _report(
    window: Mapping[str, Any], observations: tuple[Observation, ...], alerts: tuple[Alert, ...]
) -> MonitoringReport:
    rows = sum(batch["rows"] for batch in window["batches"])
    moments = (window["starts"], window["ends"])
    starts, ends = (dt.datetime.fromisoformat(text) if text else None for text in moments)
    return MonitoringReport(
        model=window["model"],
        version=window["version"],
        rows=rows,
        observations=observations,
        alerts=alerts,
        window=window["name"],
        starts=starts,
        ends=ends,
        labelled=window["labelled"] / rows if window["labels"] and rows else None,
        is_mature=window["mature"],
    )


def alert_of(
    monitor_name: str, observations: Sequence[Observation], window: Mapping[str, Any]
) -> Alert | None:
    """Make one alert of all observations of a monitor that crossed limits, if any did."""
    crossed = tuple(item for item in observations if item.status == "alert")
    if not crossed:
        return None
    names = [item.column or item.name for item in crossed]
    others = len(names) - _SHOWN
    shown = ", ".join(names[:_SHOWN]) + (f" and {others} more" if others > 0 else "")
    return Alert(
        key=f"{window['model']}/{monitor_name}",
        severity="error" if any(item.severity == "error" for item in crossed) else "warning",
        title=f"{monitor_name}: {shown}",
        text="; ".join(item.why for item in crossed[:_SHOWN] if item.why),
        at=dt.datetime.now(dt.UTC),
        model=window["model"],
        version=window["version"],
        observations=crossed,
        window=window["name"],
    )


def decide_retraining(session: Session, step: Step, inputs: Inputs) -> Outputs:
    """Ask whether the engine turns again, and record the answer."""
    tables = tuple(plugin.table for plugin in step.plugins)
    done = session.perform(step.name, ask_retrain, tables, inputs)
    decision: Decision = session.load(done.outputs["value"])
    report: MonitoringReport = session.load(inputs["report"])
    session.writer.record_decision(report.model, report.version, "retrain", decision)
    return {"value": decision, "summary": f"{decision.answer}: {decision.why}"}


def failed_monitor(step: Step, error: FourstrokeError) -> Outputs:
    """Make a monitor that raised an alert of its own: nothing bad is silent."""
    why = f"the monitor failed: {without_step(step.name, error)}"
    return {"value": (Observation(name=step.name, status="alert", why=why),)}


def _raise(session: Session, step: Step, alert: Alert) -> None:
    session.writer.record_alert(alert)
    session.told(session.events.alert_raised(session.writer.run, alert))
    stored = session.put(alert)
    for channel in step.plugins:
        name = channel.table.name
        try:
            done = session.perform(step.name, send_alert, (channel.table,), {"alert": stored})
        except FourstrokeError as error:
            session.say(f"alert channel {name} failed: {without_step(step.name, error)}")
            continue
        if not session.load(done.outputs["value"]):
            session.say(f"alert channel {name} did not deliver {alert.title!r}")

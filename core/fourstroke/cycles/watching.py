"""Monitor what the champion scored, alert, and decide whether the engine turns again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke.cycles import turning
from fourstroke.cycles.shape import counted
from fourstroke.cycles.windows import window_of
from fourstroke.engine.step_facts import without_step
from fourstroke.entities.operations import MonitoringReport, Observation
from fourstroke.errors import FourstrokeError
from fourstroke.plan import Inputs, Outputs, Step

if TYPE_CHECKING:
    from fourstroke.engine.session import Session
    from fourstroke.engine.work import Bench
    from fourstroke.records.rows import VersionRow


# Work, done in a worker


def monitor(bench: Bench) -> Outputs:
    """Compare the window with the reference."""
    window = window_of(bench)
    found = bench.caller.monitor(
        bench.step, window=window, reference=bench.load("reference"), context=bench.context
    )
    observations = tuple(attrs.evolve(each, monitor=_monitor_of(bench.step)) for each in found)
    alerting = len([item for item in observations if item.status == "alert"])
    return {
        "value": observations,
        "summary": f"{counted(len(observations), 'observation')}, {alerting} alerting",
    }


# Acts, done in the main process


def nothing_seen(row: VersionRow) -> MonitoringReport:
    """Give the report of a window without batches."""
    return MonitoringReport(model=row.model, version=row.version, rows=0, observations=())


def decide_retraining(session: Session, step: Step, inputs: Inputs) -> Outputs:
    """Ask whether the engine turns again after a window, and record the answer.

    What crossed its limits there counts while its alert is open, also if people were not told again.
    """
    report: MonitoringReport = session.load(inputs["report"])
    row = session.records.model_version(report.model, report.version)
    open_ = turning.open_alerts(session.records, row)
    alerts = tuple(alert for alert in open_ if alert.key in report.crossed)
    decision = turning.decide(session, step, attrs.evolve(report, alerts=alerts), row)
    session.writer.record_decision(report.model, report.version, "retrain", decision)
    return {"value": decision, "summary": f"{decision.answer}: {decision.why}"}


def failed_season(step: Step, error: FourstrokeError) -> Outputs:
    """Make a season that could not be profiled an alert; its monitor has nothing to compare with."""
    why = f"the window of the season before could not be profiled: {without_step(step.name, error)}"
    return {"failure": (Observation(name=step.name, status="alert", why=why),)}


def failed_monitor(step: Step, error: FourstrokeError) -> Outputs:
    """Make a monitor that raised an alert of its own: nothing bad is silent."""
    why = f"the monitor failed: {without_step(step.name, error)}"
    told = Observation(name=step.name, status="alert", why=why, monitor=_monitor_of(step.name))
    return {"value": (told,)}


def _monitor_of(step: str) -> str:
    """Give the name of the monitor whose step this is."""
    return step.removeprefix("operations.monitor.")

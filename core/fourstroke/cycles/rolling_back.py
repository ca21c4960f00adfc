"""Go back to the version before by itself, when outcomes say that it would do better."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.alerting.matters import matters, muted
from fourstroke.cycles import backtesting, release_by_hand
from fourstroke.cycles.acting import Person
from fourstroke.cycles.alerting import raise_alert
from fourstroke.cycles.shape import counted
from fourstroke.cycles.standing import PERSON
from fourstroke.entities.model import Decision
from fourstroke.entities.operations import Alert, MonitoringReport
from fourstroke.errors import FourstrokeError
from fourstroke.plan import Inputs, Outputs, Ref, Step
from fourstroke.windows.cutting import CutWindow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fourstroke.config import Config
    from fourstroke.engine.session import Session
    from fourstroke.entities.backtest import Backtest, MetricOnBoth
    from fourstroke.plugins.build import BuiltPlugin
    from fourstroke.records import Records
    from fourstroke.records.rows import VersionRow

CAUSE: Final = "operations.rollback.cause"
REPLAY: Final = "operations.rollback.replay"
ROLLBACK: Final = "operations.rollback"
# The kind of the decision, and the last word of the alert's key.
KIND: Final = "rollback"
_BY: Final = "the rule [operations.rollback]"


@attrs.frozen(kw_only=True)
class Versions:
    """The champion that was watched, and the version that a roll-back would bring back."""

    champion: VersionRow
    before: VersionRow | None


def steps(
    config: Config,
    plugins: Mapping[tuple[str, str], BuiltPlugin],
    records: Records,
    *,
    window: CutWindow,
    report: Ref,
) -> list[Step]:
    """Give the steps that come after a window was monitored; none if the project does not ask for it.

    Parameters
    ----------
    window : CutWindow
        The rows that were monitored.
    report : Ref
        What the monitors saw.
    """
    champion, monitor = records.champion(config.model), config.rollback.monitor
    if not monitor or champion is None:
        return []
    versions = Versions(champion=champion, before=release_by_hand.before(records, champion))
    cause = Step(
        name=CAUSE,
        cycle="operations",
        stage="rollback",
        inputs={"report": report, "seen": Ref(f"operations.monitor.{monitor}")},
        act=partial(_find_cause, versions=versions, window=window),
        is_volatile=True,
    )
    if versions.before is None:
        return [cause]
    replay = backtesting.replay_step(config, plugins, versions.before, champion, CAUSE, REPLAY)
    return [
        cause,
        attrs.evolve(replay, on_failure=_failed_replay),
        Step(
            name=ROLLBACK,
            cycle="operations",
            stage="rollback",
            inputs={
                "report": report,
                "cause": Ref(CAUSE, "cause"),
                "backtest": Ref(REPLAY, is_optional=True),
            },
            plugins=tuple(plugins["alert", table.name] for table in config.tables.get("alert", ())),
            act=partial(_decide, versions=versions),
            is_volatile=True,
        ),
    ]


def _find_cause(
    session: Session,
    step: Step,  # noqa: ARG001 - an act
    inputs: Inputs,
    *,
    versions: Versions,
    window: CutWindow,
) -> Outputs:
    """Say whether the monitor's alert is a reason to think of going back, and what to replay then."""
    report: MonitoringReport = session.load(inputs["report"])
    why = _cause(session, report, inputs)
    if not why:
        return {"summary": "no reason to go back"}
    against, before = versions.champion, versions.before
    if before is None:
        session.say(f"{why}; there is no version before v{against.version} to go back to")
        return {"summary": "there is nothing to go back to"}
    return {
        **backtesting.told(session, before, against, window),
        "cause": why,
        "summary": f"{why}; would v{before.version} have done better?",
    }


def _cause(session: Session, report: MonitoringReport, inputs: Inputs) -> str:
    """Give the reason: what the monitor saw in mature rows, and people were told of; empty if there is none."""
    records, name = session.records, session.config.rollback.monitor
    crossed = [
        each
        for each in session.load(inputs["seen"])
        # A monitor that failed says so under the name of its step.
        if each.status == "alert"
        and each.severity == "error"
        and not each.name.startswith("operat")
    ]
    if not crossed or not report.is_mature:
        return ""
    key = f"{report.model}/{name}"
    words = records.alert_words(report.model)
    open_ = {each.key for each in matters(records.alerts(report.model), words) if not each.resolved}
    if key not in open_ or muted(words, report.model, key, dt.datetime.now(dt.UTC)):
        return ""
    if _was_left(session, report):
        session.say(f"v{report.version} was rolled back for {report.window} before: not again")
        return ""
    return f"{crossed[0].name} fell in {report.window}"


def _was_left(session: Session, report: MonitoringReport) -> bool:
    """Say whether the version was rolled back for this window before: by the word recorded with it."""
    known = session.records.decisions(report.model, report.version, kind=PERSON)
    return any(
        each.decision.by == _BY and each.decision.evidence == report.window for each in known
    )


def _failed_replay(step: Step, error: FourstrokeError) -> Outputs:  # noqa: ARG001 - as the engine calls it
    """Leave everything as it is; the error stands in the run."""
    return {}


def _decide(session: Session, step: Step, inputs: Inputs, *, versions: Versions) -> Outputs:
    """Go back if the version before is better beyond doubt on the rows of the window; tell of it."""
    report: MonitoringReport = session.load(inputs["report"])
    cause, before = session.load(inputs["cause"]), versions.before
    assert before is not None  # noqa: S101 - without it there is no cause
    replayed: Backtest | None = session.load(inputs.get("backtest"))
    is_better, found = _judged(session.config, before, replayed)
    why = f"{cause}; {found}"
    decision = Decision(answer="no", why=why, by=_BY, evidence=report.window)
    if not is_better:
        session.writer.record_decision(report.model, report.version, KIND, decision)
        session.say(f"not rolled back: {why}")
        return {"value": decision, "summary": f"no: {why}"}
    try:
        release_by_hand.roll_back(
            session,
            report.model,
            Person(name=_BY),
            why=f"by [operations.rollback]: {why}",
            evidence=report.window,
            expecting=(report.version, before.version),
        )
    except FourstrokeError as error:
        decision = attrs.evolve(decision, answer="waiting", why=f"{error.message}; {why}")
        title = f"v{report.version} has to be rolled back by hand"
    else:
        decision = attrs.evolve(decision, answer="yes")
        title = f"rolled back from v{report.version} to v{before.version}"
    session.writer.record_decision(report.model, report.version, KIND, decision)
    _tell(session, step, report, title, decision)
    return {"value": decision, "summary": f"{title}: {decision.why}"}


def _judged(config: Config, before: VersionRow, replayed: Backtest | None) -> tuple[bool, str]:
    """Say whether the version before is better on these rows, and by what that is known."""
    name = f"v{before.version}"
    if replayed is None:
        return False, f"these rows could not be replayed through {name}"
    if replayed.known < config.rollback.minimum_rows:
        least = config.rollback.minimum_rows
        known = counted(replayed.known, "replayed row")
        left_out = "".join(
            f"; {counted(each.rows, 'row')} could not be replayed: {each.why}"
            for each in replayed.left_out
        )
        return False, f"{known} have a known outcome, and {least:,} are asked for{left_out}"
    metric = _metric(config, replayed)
    if metric is None:
        wanted = config.rollback.metric or "a primary metric"
        return False, f"no evaluator has measured {wanted} of {name}"
    return metric.judgement == "better", _in_words(metric, name, replayed.known)


def _metric(config: Config, replayed: Backtest) -> MetricOnBoth | None:
    wanted = config.rollback.metric
    found = (each for each in replayed.metrics if each.name == wanted or not wanted)
    return next(found, None)


def _in_words(metric: MetricOnBoth, name: str, rows: int) -> str:
    found = metric.difference
    if found is None or found.value is None or found.low is None or found.high is None:
        return f"nothing compares {metric.name} of {name} row by row"
    told = {
        "better": "better",
        "worse": "worse",
        "equal": "the same",
        "unclear": "not clearly better",
    }
    return (
        f"on {counted(rows, 'row')} with a known outcome {name} is {told[metric.judgement]} in "
        f"{metric.name}, by {found.value:+.4g} [{found.low:+.4g}, {found.high:+.4g}]"
    )


def _tell(
    session: Session, step: Step, report: MonitoringReport, title: str, decision: Decision
) -> None:
    alert = Alert(
        key=f"{report.model}/{KIND}",
        severity="error",
        title=f"{KIND}: {title}",
        text=decision.why,
        at=dt.datetime.now(dt.UTC),
        model=report.model,
        version=report.version,
        window=report.window,
        runbook=session.config.alerting.runbooks.get(KIND, ""),
    )
    raise_alert(session, step, alert)


def decision_of(session: Session, outputs: Mapping[str, Mapping[str, Any]]) -> Decision | None:
    """Give what came of it in a run; ``None`` if there was no reason."""
    found: Decision | None = session.load(outputs.get(ROLLBACK, {}).get("value"))
    return found

"""Decide whether the engine turns again: what a rule says, and what budget and cool-down leave of it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.alerting.matters import is_of_turn, matters, muted
from fourstroke.cycles.standing import APPROVER, last_word
from fourstroke.entities.model import Decision
from fourstroke.entities.occasion import Occasion
from fourstroke.entities.operations import Alert, MonitoringReport
from fourstroke.records import search
from fourstroke.turning.rails import Turn, refusal

if TYPE_CHECKING:
    from fourstroke.engine.session import Session
    from fourstroke.engine.work import Bench
    from fourstroke.plan import Outputs, Step
    from fourstroke.records import Records
    from fourstroke.records.rows import DecisionRow, RunRow, VersionRow
    from fourstroke.turning.settings import LoopSettings

# The kind of a decision of the loop, and the tag by which its run names the one that decided.
TURN: Final = "turn"
RULE: Final = "operations.loop"
# What goes on with a version that waits, and trains nothing.
APPROVAL: Final = "approval"
# How the ledger tells it.
_TOLD: Final = {"yes": "turn begun", "no": "turn refused", "waiting": "turn waits"}
_TRAINED: Final = frozenset({"running", "succeeded", "failed", "cancelled"})


# Work, done in a worker


def ask(bench: Bench) -> Outputs:
    """Ask the project's rule."""
    context = attrs.evolve(bench.context, occasion=bench.load("occasion"))
    return {"value": bench.caller.retrain(bench.step, report=bench.load("report"), context=context)}


# Acts, done in the main process


def decide(
    session: Session, step: Step, report: MonitoringReport, row: VersionRow, new_data: str = ""
) -> Decision:
    """Ask the project's rule, and hold its answer to budget and cool-down."""
    now = dt.datetime.now(dt.UTC)
    made = turns(session, row.model, now)
    learnt = max([row.created, *(turn.at for turn in made)])
    inputs = {
        "report": session.put(report),
        "occasion": session.put(Occasion(at=now, learnt=learnt, new_data=new_data)),
    }
    tables = tuple(plugin.table for plugin in step.plugins)
    done = session.perform(step.name, ask, tables, inputs)
    decision: Decision = session.load(done.outputs["value"])
    return _railed(session.config.loop, decision, made, now)


def within_rails(session: Session, decision: Decision, *, is_asked: bool = False) -> Decision:
    """Hold a yes that no rule gave to budget and cool-down; who asks need not wait for the latter."""
    now, model = dt.datetime.now(dt.UTC), session.config.model
    made = turns(session, model, now)
    return _railed(session.config.loop, decision, made, now, is_asked=is_asked)


def _railed(
    settings: LoopSettings,
    decision: Decision,
    made: tuple[Turn, ...],
    now: dt.datetime,
    *,
    is_asked: bool = False,
) -> Decision:
    """Give the decision, or a no that says when the next turn may be."""
    if decision.answer != "yes":
        return decision
    why = refusal(settings, made, now, is_asked=is_asked)
    if not why:
        return decision
    return attrs.evolve(decision, answer="no", why=f"{why}; the reason: {decision.why}", by=RULE)


def record(session: Session, row: VersionRow, decision: Decision) -> None:
    """Record what the loop decided; the ledger tells it, unless it is what it told the last time.

    That there is no reason to turn is no matter of governance, and what is asked again no new one.
    """
    known = session.records.decisions(row.model, kind=TURN)
    is_same = decision.answer != "yes" and bool(known) and known[-1].decision == decision
    is_none = decision.answer == "no" and decision.by != RULE
    is_told = not (is_same or is_none or decision.trigger == APPROVAL)
    told = _TOLD[decision.answer] if is_told else ""
    facts = {"trigger": decision.trigger} if is_told else None
    session.writer.record_decision(row.model, row.version, TURN, decision, told=told, facts=facts)


# What the records tell


def turns(session: Session, model: str, now: dt.datetime) -> tuple[Turn, ...]:
    """Give the turns of the loop that trained something: those that still matter, and the last one.

    One that ended at its data, or found all results known, has cost nothing and does not count.
    """
    records, since = session.records, now - session.config.loop.memory
    found: list[Turn] = []
    for row in reversed(records.decisions(model, kind=TURN)):
        if row.at < since and found:
            break
        run = run_of(records, row) if row.decision.answer == "yes" else None
        if run is not None and _has_trained(records, run.run):
            is_over = run.state not in {"lost", "cancelled", "running"}
            found.append(Turn(at=row.at, is_over=is_over))
    return tuple(found)


def cut_short(records: Records, model: str) -> Decision | None:
    """Give the decision whose turn was killed before its end, if that was the last one."""
    known = records.decisions(model, kind=TURN)
    if not known or known[-1].decision.answer != "yes":
        return None
    run = run_of(records, known[-1])
    return known[-1].decision if run is None or run.state == "lost" else None


def run_of(records: Records, row: DecisionRow) -> RunRow | None:
    """Give the run that a decision led to; ``None`` if it never began."""
    term = search.Comparison(
        search.Field("tags", TURN), "=", (search.Value(row.run, is_quoted=True),)
    )
    return next(iter(records.search(term, limit=1)), None)


def pending(records: Records, champion: VersionRow) -> tuple[VersionRow, str] | None:
    """Give the version that waits for people, newer than the champion, and what for."""
    row = records.model_versions(champion.model)[-1]
    if row.version <= champion.version or row.version in records.champion_history(row.model):
        return None
    if any(
        label.kind == "retired"
        for label in records.model_labels(row.model)
        if label.version == row.version
    ):
        return None
    said = last_word(records, row)
    if said is None or said.decision.answer == "no":
        return None
    if said.decision.answer == "waiting":
        return row, f"waits for approval: {said.decision.why}"
    return None if said.kind == APPROVER else (row, "is approved, and waits for its promotion")


def open_alerts(records: Records, row: VersionRow) -> tuple[Alert, ...]:
    """Give the latest alert of each matter of a version that is not over, and not muted."""
    words, now = records.alert_words(row.model), dt.datetime.now(dt.UTC)
    return tuple(
        matter.last.alert
        for matter in matters(records.alerts(row.model), words)
        if matter.resolved is None
        and not is_of_turn(matter.key)
        and matter.last.alert.version == row.version
        and muted(words, row.model, matter.key, now) is None
    )


def standing_report(session: Session, row: VersionRow) -> MonitoringReport:
    """Give what stands of a version: the window of its first open alert, with all alerts that are open.

    Without any it is the window that was looked at last.
    """
    alerts = open_alerts(session.records, row)
    seen = {
        each.facts.name: each.facts.report
        for each in session.records.seen_windows(row.model, row.version)
        if each.facts.report is not None
    }
    known = [seen[alert.window] for alert in alerts if alert.window in seen] or [*seen.values()][
        -1:
    ]
    if not known:
        return MonitoringReport(
            model=row.model, version=row.version, rows=0, observations=(), alerts=alerts
        )
    report: MonitoringReport = session.load(known[0])
    return attrs.evolve(report, alerts=alerts)


def _has_trained(records: Records, run: str) -> bool:
    return any(
        step.fact.stage == "train" and step.fact.state in _TRAINED for step in records.steps(run)
    )

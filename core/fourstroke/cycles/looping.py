"""The steps of the loop that no other cycle has: decide on a turn, and raise or end its incidents."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.alerting.judging import Standing
from fourstroke.alerting.matters import is_of_turn, matters
from fourstroke.cycles import alerting, turning
from fourstroke.cycles.acting import acting
from fourstroke.entities.model import Decision
from fourstroke.entities.operations import Alert
from fourstroke.plan import Inputs, Outputs, Step
from fourstroke.records.alert_words import AlertWord

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fourstroke.config import Config
    from fourstroke.engine.session import Session
    from fourstroke.plugins.build import BuiltPlugin
    from fourstroke.records import Records
    from fourstroke.records.rows import VersionRow

    Plugins = Mapping[tuple[str, str], BuiltPlugin]

DECIDE: Final = "operations.turn"
INCIDENT: Final = "operations.incident"


@attrs.frozen(kw_only=True)
class Question:
    """What the loop asks: whether the engine turns again now.

    Parameters
    ----------
    champion : VersionRow
        What is in production.
    is_asked : bool
        Whether somebody asks for a turn.
    new_data : str
        Which source has changed since a run read it; empty if none has.
    is_known : bool
        Whether a turn would train nothing, because all that it would train is there.
    """

    champion: VersionRow
    is_asked: bool
    new_data: str = ""
    is_known: bool = False


def deciding_step(config: Config, plugins: Plugins, question: Question) -> Step:
    """Give the step that decides on a turn, and records it."""
    rules = config.tables.get("retrain", ())[:1]
    return Step(
        name=DECIDE,
        cycle="operations",
        stage="retrain",
        plugins=tuple(plugins["retrain", table.name] for table in rules),
        act=partial(_decide, question=question),
        is_volatile=True,
    )


def raising_step(config: Config, plugins: Plugins, alert: Alert) -> Step:
    """Give the step that raises an alert of a turn."""
    return _telling(config, plugins, partial(_raise, alert=alert))


def ending_step(
    config: Config, plugins: Plugins, row: VersionRow, keys: Sequence[str], run: str
) -> Step:
    """Give the step that ends incidents of earlier turns, after one that went past them."""
    return _telling(config, plugins, partial(_end, row=row, keys=keys, run=run))


def open_incidents(records: Records, model: str) -> list[str]:
    """Give the keys of incidents of turns that are not over."""
    found = matters(records.alerts(model), records.alert_words(model))
    return [each.key for each in found if each.resolved is None and is_of_turn(each.key)]


def _telling(config: Config, plugins: Plugins, act: partial[Outputs]) -> Step:
    channels = tuple(plugins["alert", table.name] for table in config.tables.get("alert", ()))
    return Step(
        name=INCIDENT,
        cycle="operations",
        stage="alert",
        plugins=channels,
        act=act,
        is_volatile=True,
    )


def _decide(session: Session, step: Step, inputs: Inputs, *, question: Question) -> Outputs:  # noqa: ARG001
    decision = _answer(session, step, question)
    turning.record(session, question.champion, decision)
    return {"value": decision, "summary": f"{decision.answer}: {decision.why}"}


def _answer(session: Session, step: Step, question: Question) -> Decision:
    row = question.champion
    if question.is_asked:
        who = acting(session).name
        asked = Decision(answer="yes", why=f"{who} asked for it", by=who, trigger="on demand")
        return turning.within_rails(session, asked, is_asked=True)
    waits = turning.pending(session.records, row)
    if waits is not None:
        return _go_on(waits, is_known=question.is_known)
    left = turning.cut_short(session.records, row.model)
    if left is not None:
        why = left.why.removesuffix(_CUT_SHORT) + _CUT_SHORT
        return turning.within_rails(session, attrs.evolve(left, why=why))
    if not step.plugins:
        return Decision(answer="no", why="no rule decides on it: [operations.retrain]")
    report = turning.standing_report(session, row)
    return turning.decide(session, step, report, row, question.new_data)


def _go_on(waits: tuple[VersionRow, str], *, is_known: bool) -> Decision:
    """Ask again about a version that waits, if nothing else would come of a turn: else leave it to people."""
    version, what = waits
    why = f"{version.model}@v{version.version} {what}"
    if not is_known:
        return Decision(answer="waiting", why=why, by=turning.RULE)
    return Decision(answer="yes", why=why, by=turning.RULE, trigger=turning.APPROVAL)


_CUT_SHORT: Final = "; its turn was cut short"


def _raise(session: Session, step: Step, inputs: Inputs, *, alert: Alert) -> Outputs:  # noqa: ARG001
    records = session.records
    with records.alone(f"alerts {alert.model}"):
        standing = Standing(
            # A turn is no window of many: one is enough.
            settings=attrs.evolve(session.config.alerting, windows="1 of 1"),
            alerts=records.alerts(alert.model),
            words=records.alert_words(alert.model),
            earlier=(),
            now=dt.datetime.now(dt.UTC),
        )
        held = standing.why_held(alert)
        if not held:
            session.writer.record_alert(standing.told(alert))
    alerting.tell_untold(session, step, alert.model)
    return {"value": alert, "summary": f"{alert.title}{f' ({held})' if held else ''}"}


def _end(
    session: Session,
    step: Step,
    inputs: Inputs,  # noqa: ARG001 - as all acts
    *,
    row: VersionRow,
    keys: Sequence[str],
    run: str,
) -> Outputs:
    for key in keys:
        why = f"run {run} went past it"
        word = AlertWord(model=row.model, key=key, kind="resolved", why=why)
        session.writer.record_alert_word(word)
        alerting.tell(session, step, [_over(row, key, why)])
    return {"value": list(keys), "summary": f"over: {', '.join(keys)}"}


def _over(row: VersionRow, key: str, why: str) -> Alert:
    return Alert(
        key=key,
        severity="warning",
        title=f"{key.rpartition('/')[2]}: over",
        text=why,
        at=dt.datetime.now(dt.UTC),
        model=row.model,
        version=row.version,
        status="resolved",
    )

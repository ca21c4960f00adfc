"""Record what monitors saw in a window, and tell people what they have to know."""

from __future__ import annotations

import datetime as dt
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.alerting.judging import Standing
from fourstroke.alerting.matters import is_of_turn, matters, raised_by
from fourstroke.cycles.shape import counted
from fourstroke.engine.step_facts import without_step
from fourstroke.entities.operations import Alert, Held, MonitoringReport, Observation
from fourstroke.errors import FourstrokeError
from fourstroke.records.alert_words import AlertWord
from fourstroke.records.operation_rows import WindowFacts
from fourstroke.windows.silence import is_silence, silences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fourstroke.engine.session import Session
    from fourstroke.engine.work import Bench
    from fourstroke.plan import Inputs, Outputs, Step
    from fourstroke.records import Records
    from fourstroke.records.alert_words import WordKind
    from fourstroke.records.operation_rows import SeenWindow

# As many columns as one line of an alert holds.
_SHOWN = 5


def send_alert(bench: Bench) -> Outputs:
    """Hand one alert to one channel, in a worker."""
    sent = bench.caller.alert(bench.step, alert=bench.load("alert"), context=bench.context)
    return {"value": sent}


def raise_alerts(session: Session, step: Step, inputs: Inputs) -> Outputs:
    """Record what the monitors saw, and tell every channel what people have to know.

    An alert is recorded before anybody is told, and that they were told after: a run that is killed
    between leaves it to the next one to tell them.
    """
    window = session.load(inputs["window"])
    seen = {
        name.removeprefix("operations.").removeprefix("monitor."): tuple(session.load(artifact))
        for name, artifact in inputs.items()
        if name != "window"
    }
    # Another process may look at the same window: then one of them raises it, and the other sees that.
    with session.records.alone(f"alerts {window['model']}"):
        report, over = _judged(session, window, seen)
        # Nobody asks for each moment in which no rows came.
        if not is_silence(window["name"]) or report.alerts:
            _record(session, window, report)
        for alert in report.alerts:
            session.writer.record_alert(alert)
        _end_overtaken(session, report)
    tell_untold(session, step, report.model)
    for key, why in over.items():
        _tell(session, step, _ended(report, key, why))
    count = len(report.alerts)
    return {"value": report, "summary": counted(count, "alert") if count else "no alert"}


def raise_alert(session: Session, step: Step, alert: Alert) -> None:
    """Record an alert that no monitor raised, and tell every channel of a step."""
    session.writer.record_alert(alert)
    _tell(session, step, alert)


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
        # A figure of all columns together may be called as its monitor is.
        title=monitor_name if shown == monitor_name else f"{monitor_name}: {shown}",
        text="; ".join(item.why for item in crossed[:_SHOWN] if item.why),
        at=dt.datetime.now(dt.UTC),
        model=window["model"],
        version=window["version"],
        observations=crossed,
        window=window["name"],
    )


def _judged(
    session: Session, window: Mapping[str, Any], seen: Mapping[str, tuple[Observation, ...]]
) -> tuple[MonitoringReport, dict[str, str]]:
    """Give what a window shows, and why what is over is over, by its key."""
    looks = session.records.seen_windows(window["model"], window["version"])
    standing = _standing(session, window, looks)
    found = [alert_of(name, items, window) for name, items in seen.items()]
    crossed = [alert for alert in found if alert is not None]
    held = {alert.key: why for alert in crossed if (why := standing.why_held(alert))}
    over = _over(
        standing, [alert.key for alert in crossed], window, silences(looks), frozenset(seen)
    )
    for key, why in over.items():
        session.writer.record_alert_word(_word(window["model"], key, "resolved", why))
    rows = sum(batch["rows"] for batch in window["batches"])
    moments = (window["starts"], window["ends"])
    starts, ends = (dt.datetime.fromisoformat(text) if text else None for text in moments)
    report = MonitoringReport(
        model=window["model"],
        version=window["version"],
        rows=rows,
        observations=tuple(item for items in seen.values() for item in items),
        alerts=tuple(standing.told(alert) for alert in crossed if alert.key not in held),
        window=window["name"],
        starts=starts,
        ends=ends,
        labelled=window["labelled"] / rows if window["labels"] and rows else None,
        is_mature=window["mature"],
        crossed=tuple(alert.key for alert in crossed),
        held=tuple(
            Held(key=alert.key, title=alert.title, why=held[alert.key])
            for alert in crossed
            if alert.key in held
        ),
        resolved=tuple(over),
        traffic=window.get("traffic"),
    )
    return report, over


def _over(
    standing: Standing,
    crossed: Sequence[str],
    window: Mapping[str, Any],
    silent_since: Mapping[str, dt.datetime],
    asked: frozenset[str],
) -> dict[str, str]:
    """Say what is over, and why: that no rows came is when some do, all else when it is not seen."""
    batches, is_silent = window["batches"], is_silence(window["name"])
    # Where all requests failed no row came either.
    moments = [batch["at"] for batch in batches] or [window["starts"]] * is_silent
    latest = max((dt.datetime.fromisoformat(text) for text in moments), default=None)
    over = {}
    for key, matter in standing.open_matters().items():
        since = silent_since.get(matter.last.alert.window)
        is_back = since is not None and latest is not None and since < latest
        if is_back and key not in crossed:
            over[key] = "rows came again"
    quiet = counted(standing.settings.quiet, "window")
    for matter in () if is_silent else standing.over(crossed, None if batches else asked):
        if matter.last.alert.window not in silent_since:
            over[matter.key] = f"not seen in {quiet}, the last one {window['name']}"
    return over


def _standing(session: Session, window: Mapping[str, Any], looks: Sequence[SeenWindow]) -> Standing:
    records, settings = session.records, session.config.alerting
    if is_silence(window["name"]):
        # How long no rows may come is the monitor's own patience.
        settings = attrs.evolve(settings, windows="1 of 1")
    silent = silences(looks)
    with_rows = [look for look in looks if look.facts.name not in silent]
    before, after = beside(with_rows, window)
    wanted = max(settings.among, settings.quiet) - 1
    return Standing(
        settings=settings,
        alerts=records.alerts(window["model"]),
        words=records.alert_words(window["model"]),
        earlier=_reports(session, before, wanted),
        later=_reports(session, after, settings.quiet),
        now=dt.datetime.now(dt.UTC),
    )


def beside(
    looks: Iterable[SeenWindow], window: Mapping[str, Any]
) -> tuple[list[SeenWindow], list[SeenWindow]]:
    """Give the latest looks at the windows before and after one, each in the order of the windows.

    Those that rows alone bound are in the order in which they were looked at first.
    """
    latest = {look.facts.name: look for look in looks}
    if window["starts"]:
        starts = dt.datetime.fromisoformat(window["starts"])
        dated = [(look.facts.starts, look) for look in latest.values()]
        known = sorted(((at, look) for at, look in dated if at), key=itemgetter(0))
        return (
            [look for at, look in known if at < starts],
            [look for at, look in known if at > starts],
        )
    names, found = list(latest), list(latest.values())
    place = names.index(window["name"]) if window["name"] in latest else len(names)
    return found[:place], found[place + 1 :]


def _reports(session: Session, looks: Sequence[SeenWindow], most: int) -> list[MonitoringReport]:
    # Those without rows were not looked at by all monitors: of each kind as many as are asked for.
    kinds = [[look for look in looks if bool(look.facts.rows) is has] for has in (True, False)]
    chosen = {look.id for kind in kinds for look in kind[max(0, len(kind) - most) :]}
    return [
        session.load(look.facts.report)
        for look in looks
        if look.id in chosen and look.facts.report is not None
    ]


def _end_overtaken(session: Session, report: MonitoringReport) -> None:
    """End what was raised about a version that others replaced while monitors looked at it."""
    now = session.records.champion(report.model)
    if now is not None and now.version != report.version:
        for alert in report.alerts:
            session.writer.record_alert_word(_replaced(report.model, alert.key, now.version))


def _record(session: Session, window: Mapping[str, Any], report: MonitoringReport) -> None:
    facts = WindowFacts(
        name=report.window,
        starts=report.starts,
        ends=report.ends,
        rows=report.rows,
        labelled=window["labelled"],
        report=session.put(report),
        traffic=report.traffic,
    )
    session.writer.record_observations(
        report.model,
        report.version,
        [batch["id"] for batch in window["batches"]],
        report.observations,
        facts,
        window.get("segments", ()),
    )


def untold(records: Records, model: str) -> list[Alert]:
    """Give what channels have to be told: what was just raised, and what a killed run left untold."""
    found = matters(records.alerts(model), records.alert_words(model))
    return [each.last.alert for each in found if each.resolved is None and not each.is_told]


def replaced(records: Records, model: str, version: int) -> tuple[AlertWord, ...]:
    """Say of open alerts about other versions that they are over, now that this one takes over.

    What a window of the new champion shows again is another matter. What turns of the loop raised is
    about no version, and over when a turn gets past it.
    """
    found = matters(records.alerts(model), records.alert_words(model))
    return tuple(
        _replaced(model, each.key, version)
        for each in found
        if each.resolved is None and not is_of_turn(each.key) and each.last.alert.version != version
    )


def tell_untold(session: Session, step: Step, model: str) -> None:
    """Tell every channel what was just raised, and what a killed run left untold.

    One process after the other: what one is telling, the next one does not tell again. The lock is not that
    of alerts, since who hears of one may answer at once, by going back to another version for instance.
    """
    with session.records.alone(f"telling {model}"):
        tell(session, step, untold(session.records, model))


def tell(session: Session, step: Step, alerts: Sequence[Alert]) -> None:
    """Tell every channel of a step of alerts; one that fails keeps no other from it."""
    for alert in alerts:
        _tell(session, step, alert)


def _tell(session: Session, step: Step, alert: Alert) -> None:
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
    if alert.status == "raised":
        session.writer.record_alert_word(_word(alert.model, alert.key, "told", alert.title))


def _ended(report: MonitoringReport, key: str, why: str) -> Alert:
    return Alert(
        key=key,
        severity="warning",
        title=f"{raised_by(key)}: over",
        text=why,
        at=dt.datetime.now(dt.UTC),
        model=report.model,
        version=report.version,
        window=report.window,
        status="resolved",
    )


def _replaced(model: str, key: str, version: int) -> AlertWord:
    return _word(model, key, "resolved", f"replaced by version {version}")


def _word(model: str, key: str, kind: WordKind, why: str) -> AlertWord:
    return AlertWord(model=model, key=key, kind=kind, why=why)

"""The commands about alerts, and incidents: what belongs to one, and what people say of it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import click

from fourstroke.cli.groups import group
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.output import moment
from fourstroke.cli.times import time_of

if TYPE_CHECKING:
    from fourstroke.alerting.keeping import Alerts, Incident
    from fourstroke.alerting.matters import Matter
    from fourstroke.cli.output import Output

_alert = click.argument("alert")
_why = click.option("--why", default="", help="The reason; the ledger keeps it.")
_COLUMNS = ("number", "alert", "state", "severity", "since (UTC)", "times", "what")


@group()
def alerts() -> None:
    """Show what people were told of, see to it, mute it, say that it is over."""


@alerts.command("list")
@click.option("--all", "show_all", is_flag=True, help="Those that are over, too.")
@pass_invocation
def list_alerts(invocation: Invocation, *, show_all: bool) -> None:
    """List alerts that are not over, the latest first."""
    nothing = "there was no alert" if show_all else "no alert is open"
    if _list(invocation, "alerts", nothing, open_only=not show_all):
        next_ = invocation.fourstroke("incidents show NUMBER")
        invocation.output.line(("next     ", "strong"), next_)


@alerts.command("ack")
@_alert
@_why
@pass_invocation
def ack(invocation: Invocation, *, alert: str, why: str) -> None:
    """Say that you see to ALERT: people are not told of it again, unless it gets worse."""
    with invocation.project() as project:
        _done(invocation, project.alerts.acknowledge(alert, why=why), "acknowledged")


@alerts.command("mute")
@_alert
@click.option("--until", default="", metavar="WHEN", help="A day to its end, or a time (UTC).")
@_why
@pass_invocation
def mute(invocation: Invocation, *, alert: str, until: str, why: str) -> None:
    """Tell nobody of ALERT until then, or for good; reports show it still."""
    end = time_of(until, "--until", to_its_end=True) if until else None
    with invocation.project() as project:
        found = project.alerts.mute(alert, until=end, why=why)
    _done(invocation, found, f"muted {f'until {moment(end)} UTC' if end else 'for good'}")


@alerts.command("unmute")
@_alert
@_why
@pass_invocation
def unmute(invocation: Invocation, *, alert: str, why: str) -> None:
    """Tell people of ALERT again."""
    with invocation.project() as project:
        _done(invocation, project.alerts.unmute(alert, why=why), "not muted any more")


@alerts.command("resolve")
@_alert
@_why
@pass_invocation
def resolve(invocation: Invocation, *, alert: str, why: str) -> None:
    """Say that ALERT is over; seen again, it is another one."""
    with invocation.project() as project:
        _done(invocation, project.alerts.resolve(alert, why=why), "resolved")


@group()
def incidents() -> None:
    """Show what belongs together: alerts, model, data, verdict, promotion, deployment, words."""


@incidents.command("list")
@click.option("--limit", type=click.IntRange(1), default=30, show_default=True)
@pass_invocation
def list_incidents(invocation: Invocation, *, limit: int) -> None:
    """List incidents, the latest first, whether they are over or not."""
    _list(invocation, "incidents", "there was no incident", limit=limit)


@incidents.command("show")
@click.argument("incident")
@pass_invocation
def show(invocation: Invocation, *, incident: str) -> None:
    """Show INCIDENT, by its number or its key: what was seen, on which model and data, and who did what."""
    with invocation.project() as project:
        found = project.alerts.incident(incident)
        facts = _facts(project.alerts, found.matter)
    if invocation.as_json:
        invocation.output.json(_incident_facts(found, facts))
        return
    _show(invocation.output, found)


def _show(to: Output, found: Incident) -> None:
    matter, first = found.matter, found.matter.alerts[0].alert
    over = matter.resolved
    ended = f"until {moment(over.at)} UTC: {over.why}" if over is not None else "it is not over"
    verdict = "none is recorded" if found.verdict is None else found.verdict.verdict.outcome
    to.facts(
        {
            "incident": f"{matter.number}, {matter.key}",
            "state": matter.state,
            "since": f"{moment(matter.began)} UTC, {ended}",
            "model": f"{first.model}@v{found.version.version}, trained in run {found.version.run}",
            "data": found.data,
            "verdict": verdict,
        }
        | ({"muted": f"by {found.mute.who}: {found.mute.why}"} if found.mute else {})
        | ({"runbook": matter.last.alert.runbook} if matter.last.alert.runbook else {})
    )
    to.line()
    to.table(
        ("told at (UTC)", "window", "severity", "what", "why"),
        [
            (moment(row.at), row.alert.window, row.alert.severity, row.alert.title, row.alert.text)
            for row in matter.alerts
        ],
    )
    to.line()
    to.table(
        ("at (UTC)", "who", "what", "subject", "why"),
        [
            (moment(each.at), each.shown_who, each.what, each.subject, each.why)
            for each in found.timeline
        ],
    )


def _list(
    invocation: Invocation,
    name: str,
    nothing: str,
    *,
    open_only: bool = False,
    limit: int | None = None,
) -> bool:
    """Print matters, the latest first; says whether a table of them was printed."""
    with invocation.project() as project:
        found = project.alerts.matters(open_only=open_only)[::-1][:limit]
        rows = [_row(project.alerts, each) for each in found]
        facts = [_facts(project.alerts, each) for each in found]
    if invocation.as_json:
        invocation.output.json({name: facts})
    elif found:
        invocation.output.table(_COLUMNS, rows)
    else:
        invocation.output.line(nothing)
    return bool(found) and not invocation.as_json


def _row(alerts_: Alerts, matter: Matter) -> tuple[object, ...]:
    last = matter.last.alert
    mute_ = alerts_.mute_of(matter)
    state = f"{matter.state}, muted" if mute_ is not None else matter.state
    return (
        matter.number,
        matter.key,
        state,
        last.severity,
        moment(matter.began),
        len(matter.alerts),
        last.title,
    )


def _facts(alerts_: Alerts, matter: Matter) -> dict[str, Any]:
    mute_, over, seen_to = alerts_.mute_of(matter), matter.resolved, matter.acknowledged
    last = matter.last.alert
    return {
        "number": matter.number,
        "model": matter.model,
        "key": matter.key,
        "state": matter.state,
        "severity": last.severity,
        "title": last.title,
        "text": last.text,
        "since": matter.began,
        "times": len(matter.alerts),
        "window": last.window,
        "runbook": last.runbook,
        "muted_by": mute_ and mute_.who,
        "muted_until": mute_ and mute_.until,
        "acknowledged_by": seen_to and seen_to.who,
        "resolved_at": over and over.at,
        "resolved_why": over and over.why,
    }


def _incident_facts(found: Incident, facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "incident": facts,
        "alerts": [
            {"at": row.at, "run": row.run, "alert": row.alert} for row in found.matter.alerts
        ],
        "version": found.version.version,
        "trained_in": found.version.run,
        "data": found.data,
        "verdict": found.verdict and found.verdict.verdict.outcome,
        "timeline": found.timeline,
    }


def _done(invocation: Invocation, matter: Matter, what: str) -> None:
    if invocation.as_json:
        at = dt.datetime.now(dt.UTC)
        invocation.output.json({"key": matter.key, "number": matter.number, "told": what, "at": at})
        return
    invocation.output.line((f"{matter.key}  ", "strong"), what)

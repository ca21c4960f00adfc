"""The commands about schedules, and the watcher that does what they say."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
import time
from itertools import islice
from typing import TYPE_CHECKING

import click

from fourstroke.cli.groups import command, group
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.output import moment
from fourstroke.cli.parsing import try_out
from fourstroke.errors import UsageError, nearest

if TYPE_CHECKING:
    from fourstroke.schedules.schedule import CatchUp, Firing, Schedule

_why = click.option("--why", default="", help="The reason; the ledger keeps it.")
_name = click.argument("name")
_NEXT = 5
_FORMS = ("cron", "systemd", "airflow", "kubernetes")


@group()
def schedule() -> None:
    """Say what is done at which times; `fourstroke watch` does it."""


@schedule.command("add")
@click.argument("cron", required=False, default="")
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.option("--tz", "timezone", default="UTC", show_default=True, help="Whose clock.")
@click.option("--on-new-data", is_flag=True, help="When the data changed, instead of a time.")
@click.option(
    "--every",
    "every_minutes",
    type=click.IntRange(1, 10_080),
    default=5,
    show_default=True,
    metavar="MINUTES",
    help="How often new data is looked for.",
)
@click.option(
    "--catch-up",
    type=click.Choice(["latest", "all", "none"]),
    default="latest",
    show_default=True,
    help="What becomes of moments at which nobody watched.",
)
@click.option("--name", default="", help="Names it; after its command without one.")
@_why
@pass_invocation
def add(  # noqa: PLR0913 - one a option
    invocation: Invocation,
    *,
    cron: str,
    words: tuple[str, ...],
    timezone: str,
    on_new_data: bool,
    every_minutes: int,
    catch_up: CatchUp,
    name: str,
    why: str,
) -> None:
    r"""Do a command at the times of CRON: minute, hour, day of the month, month, day of the week.

    \b
      fourstroke schedule add "0 6 * * *" --tz Europe/Zurich -- monitor
      fourstroke schedule add --on-new-data -- loop
    """
    if on_new_data and cron:
        words, cron = (cron, *words), ""
    if not on_new_data and not cron:
        raise UsageError("no time is given", hint="such as '0 6 * * *', or --on-new-data")
    _refuse_wrong(words)
    with invocation.project() as project:
        found = project.schedules.add(
            words,
            cron=cron,
            timezone=timezone,
            every_minutes=every_minutes,
            catch_up=catch_up,
            name=name,
            why=why,
        )
    if invocation.as_json:
        invocation.output.json({"schedule": _facts(found)})
        return
    to = invocation.output
    to.line(("added    ", "strong"), f"{found.name}: fourstroke {found.command}, {found.when}")
    for number, text in enumerate(_next_moments(found, _NEXT)):
        to.line(("comes    " if not number else "         ", "strong"), text)
    to.line(("next     ", "strong"), invocation.fourstroke("watch"))


@schedule.command("list")
@pass_invocation
def list_schedules(invocation: Invocation) -> None:
    """List the schedules, when each comes next, and what became of it the last time."""
    with invocation.project() as project:
        found = list(project.schedules)
        last = {
            each.name: next(iter(project.schedules.history(each.name, 1)), None) for each in found
        }
    if invocation.as_json:
        told = [{**_facts(each), "last": last[each.name]} for each in found]
        invocation.output.json({"schedules": told})
        return
    if not found:
        invocation.output.line("there is no schedule")
        hint = invocation.fourstroke("schedule add '0 6 * * *' -- monitor")
        invocation.output.line(("next     ", "strong"), hint)
        return
    invocation.output.table(
        ("name", "command", "when", "next", "last"),
        [
            (
                each.name,
                each.command,
                each.when,
                "rests" if each.is_paused else next(iter(_next_moments(each, 1)), ""),
                _last(last[each.name]),
            )
            for each in found
        ],
    )


@schedule.command("history")
@click.argument("name", required=False)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@pass_invocation
def history(invocation: Invocation, *, name: str | None, limit: int) -> None:
    """Show when schedules came due and what became of it, the latest first."""
    with invocation.project() as project:
        if name is not None and not project.schedules.history(name, 1):
            _ = project.schedules[name]
        found = project.schedules.history(name, limit)
    if invocation.as_json:
        invocation.output.json({"firings": found})
        return
    if not found:
        invocation.output.line("nothing came due yet")
        return
    invocation.output.table(
        ("schedule", "due (UTC)", "state", "seconds", "what it said"),
        [
            (
                each.schedule,
                moment(each.due),
                each.state,
                "" if each.ended is None else f"{(each.ended - each.began).total_seconds():.1f}",
                each.message,
            )
            for each in found
        ],
    )


@schedule.command("pause")
@_name
@_why
@pass_invocation
def pause(invocation: Invocation, *, name: str, why: str) -> None:
    """Let NAME rest; what comes due meanwhile is not made good."""
    with invocation.project() as project:
        project.schedules.pause(name, why=why)
    _done(invocation, name, "paused")


@schedule.command("resume")
@_name
@_why
@pass_invocation
def resume(invocation: Invocation, *, name: str, why: str) -> None:
    """Take NAME up again, from now on."""
    with invocation.project() as project:
        project.schedules.resume(name, why=why)
    _done(invocation, name, "resumed")


@schedule.command("remove")
@_name
@_why
@pass_invocation
def remove(invocation: Invocation, *, name: str, why: str) -> None:
    """Remove NAME; its history stays."""
    with invocation.project() as project:
        project.schedules.remove(name, why=why)
    _done(invocation, name, "removed")


@schedule.command("export")
@click.argument("form", type=click.Choice(_FORMS))
@_name
@pass_invocation
def export(invocation: Invocation, *, form: str, name: str) -> None:
    """Print NAME for another program: a crontab, a systemd timer, an Airflow DAG, a CronJob."""
    from fourstroke.schedules.texts import written  # noqa: PLC0415 - --help does not need it

    with invocation.project() as project:
        found = project.schedules[name]
        words = ["--env", project.config.environment] if project.config.environment else []
        text = written(found, form, [_program(), *words], project.root)
    if invocation.as_json:
        invocation.output.json({"format": form, "text": text})
        return
    click.echo(text, nl=False)


@command()
@click.option("--once", is_flag=True, help="Look once, wait for what that begins, and end.")
@click.option(
    "--poll",
    type=click.FloatRange(0.1, 3600),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="How often to look.",
)
@pass_invocation
def watch(invocation: Invocation, *, once: bool, poll: float) -> None:
    """Do what schedules say, until it is ended: one of several watchers of a project leads."""
    from fourstroke.schedules.watching import Watcher  # noqa: PLC0415 - --help does not need it

    def say(text: str) -> None:
        invocation.output.note(f"{time.strftime('%H:%M:%S')}  {text}")

    with invocation.project() as project:
        count = sum(not each.is_paused for each in project.schedules)
        say(f"watching {count} {'schedule' if count == 1 else 'schedules'} of {project.name}")
        watcher = Watcher(project=project, say=say)
        if not once:
            watcher.go_on(poll)
        try:
            watcher.look()
            watcher.finish()
        finally:
            watcher.stop()


def _refuse_wrong(words: tuple[str, ...]) -> None:
    if not words:
        raise UsageError("no command is given", hint="after two dashes, such as: -- monitor")
    root = click.get_current_context().find_root()
    known = root.command.list_commands(root) if isinstance(root.command, click.Group) else []
    if words[0] not in known:
        hint = nearest(words[0], known)
        raise UsageError(f"fourstroke has no command {words[0]!r}", hint=hint)
    if words[0] in {"watch", "schedule"}:
        raise UsageError(f"{words[0]} cannot be scheduled", hint="such as: -- monitor")
    try_out(root.command, words)


def _next_moments(found: Schedule, count: int) -> list[str]:
    if found.on_new_data:
        return []
    now = dt.datetime.now(dt.UTC)
    return [f"{moment(each)} UTC" for each in islice(found.times.moments(now), count)]


def _last(firing: Firing | None) -> str:
    return "" if firing is None else f"{firing.state} {moment(firing.due)}"


def _facts(found: Schedule) -> dict[str, object]:
    return {
        "name": found.name,
        "command": found.command,
        "cron": found.cron,
        "timezone": found.timezone,
        "catch_up": found.catch_up,
        "paused": found.is_paused,
        "when": found.when,
        "next": _next_moments(found, 1),
    }


def _done(invocation: Invocation, name: str, what: str) -> None:
    if invocation.as_json:
        invocation.output.json({"schedule": name, "state": what})
        return
    invocation.output.line((f"{name}  ", "strong"), what)


def _program() -> str:
    return shutil.which("fourstroke") or f"{sys.prefix}/bin/fourstroke"

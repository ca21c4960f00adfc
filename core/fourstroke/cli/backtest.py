"""The command that replays logged traffic through another version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import click

from fourstroke.cli.ages import since_of
from fourstroke.cli.groups import command
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.output import moment
from fourstroke.cli.version_reference import version_reference
from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from fourstroke.backtesting import BacktestOutcome
    from fourstroke.cli.output import Output
    from fourstroke.entities.backtest import Backtest, MetricOnBoth

_NUMBER: Final = re.compile(r"v?[0-9]+")
_COLOURS: Final = {"better": "good", "equal": "good", "worse": "bad"}
_SHOWN_SHIFTS: Final = 5


@command()
@click.argument("model", metavar="MODEL[@VERSION]")
@click.option("--since", metavar="WHEN", help="From a day, a time or an age on: 2026-11-01, 7d.")
@click.option("--until", metavar="WHEN", help="Until before a day, a time or an age.")
@click.option(
    "--against",
    metavar="VERSION",
    default="champion",
    show_default=True,
    callback=version_reference,
    help="The version that answered then: its number, or an alias.",
)
@pass_invocation
def backtest(
    invocation: Invocation,
    *,
    model: str,
    since: str | None,
    until: str | None,
    against: int | str,
) -> None:
    """Replay what the champion answered through another version, the latest one if none is named.

    Says how often the two differ, and which is better where outcomes are known. Nothing is deployed, and
    the exit code is 0 whatever it finds.
    """
    from fourstroke.cli.progress import progress  # noqa: PLC0415 - --help does not need it

    name, version = _named(model)
    begun = None if since is None else since_of(since, "--since")
    ended = None if until is None else since_of(until, "--until")
    with (
        invocation.project() as project,
        progress(invocation.output, is_quiet=invocation.as_json) as listener,
    ):
        outcome = project.backtest(
            version,
            model=name,
            against=against,
            since=begun,
            until=ended,
            listener=listener,
            command=invocation.command,
        )
    if invocation.as_json:
        found = outcome.backtest
        told = {"words": found.words, "judgement": found.judgement}
        invocation.output.json({"run": outcome.run, **told, "backtest": found})
        return
    invocation.output.line()
    show(invocation.output, outcome)
    next_ = f"runs show {outcome.run}"
    invocation.output.line(("next     ", "strong"), invocation.fourstroke(next_))


def show(output: Output, outcome: BacktestOutcome) -> None:
    """Print what came of a backtest: the sentence first, then what it rests on."""
    found = outcome.backtest
    output.line(("verdict  ", "strong"), (found.words, _COLOURS.get(found.judgement, "doubt")))
    output.line()
    output.facts(_facts(found))
    if found.metrics:
        output.line()
        output.table(
            ("METRIC", f"V{found.against}", f"V{found.version}", "DIFFERENCE", "IT IS", "BY"),
            [_metric(each) for each in found.metrics],
        )
    if found.shifts:
        output.line()
        shown = found.shifts[:_SHOWN_SHIFTS]
        heads = (
            "SCORE",
            f"MEAN OF V{found.against}",
            f"OF V{found.version}",
            "CHANGE",
            "MOST",
            "DISTANCE",
        )
        output.table(
            heads,
            [
                (s.score, s.before, s.after, s.mean_change, s.largest_change, s.distance)
                for s in shown
            ],
        )
    output.line()
    for each in found.left_out:
        output.line(("left out ", "strong"), (f"{each.rows:,} rows: {each.why}", "doubt"))
    for note in found.notes:
        output.line(("note     ", "strong"), note)


def _named(text: str) -> tuple[str, int | str | None]:
    """Take the model and its version apart; without a version it is the latest one."""
    name, at, version = text.partition("@")
    if at and not version:
        raise UsageError(f"no version after @ in {text!r}", hint=f"{name}@3, or {name} alone")
    if not version:
        return name, None
    return name, int(version.removeprefix("v")) if _NUMBER.fullmatch(version) else version


def _facts(found: Backtest) -> dict[str, Any]:
    latency = found.latency
    speed = service = again = ""
    if latency.before is not None and latency.after is not None:
        speed = (
            f"{latency.after:.3g} ms a thousand rows, v{found.against} {latency.before:.3g} ms, "
            f"both timed on {latency.rows:,}"
        )
    if latency.median is not None and latency.late is not None:
        service = f"{latency.median:.3g} ms a request at the median, {latency.late:.3g} ms at 95 %"
    if found.repeated:
        is_so = "all as they were" if not found.strayed else f"{found.strayed:,} not as they were"
        again = f"{found.repeated:,} rows, {is_so}"
    return {
        "from": "" if found.since is None else moment(found.since),
        "until": "" if found.until is None else moment(found.until),
        "replayed": f"{found.rows:,} rows in {found.batches:,} batches",
        "outcome known": f"{found.known:,} rows",
        "not logged": f"{found.unlogged:,} rows, sampled away or lost" if found.unlogged else "",
        "speed": speed,
        "service": service,
        f"v{found.against} again": again,
    }


def _metric(each: MetricOnBoth) -> tuple[object, ...]:
    found, told = each.difference, ""
    if found is not None and found.value is not None:
        told = f"{found.value:+.4g}"
        if found.low is not None and found.high is not None:
            told = f"{told} [{found.low:+.4g}, {found.high:+.4g}]"
    by = "" if found is None else found.method
    return each.name, each.before.value, each.after.value, told, each.judgement, by

"""The commands for those who ask who did what, and whether the answer can be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fourstroke.cli.groups import group
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.output import moment
from fourstroke.cli.times import time_of
from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from fourstroke.anchors import Anchor

_REFUSED = 3
_FILE = click.Path(dir_okay=False, path_type=Path)


@group()
def audit() -> None:
    """Show who did what, and prove that nobody changed it."""


@audit.command("list")
@click.option("--subject", default="", help="Of this: income@v3, or income for all its versions.")
@click.option("--what", default="", help="Of this kind, such as promoted.")
@click.option("--who", default="", help="By this person; a part of the name is enough.")
@click.option("--since", default="", metavar="DATE", help="From this day or time on (UTC).")
@click.option(
    "--limit", type=click.IntRange(1), default=30, show_default=True, help="How many at most."
)
@pass_invocation
def list_events(
    invocation: Invocation, *, subject: str, what: str, who: str, since: str, limit: int
) -> None:
    """List events, the latest first. Names are those of the operating system, and prove nothing."""
    earliest = time_of(since, "--since") if since else None
    with invocation.project() as project:
        found = project.audit.events(subject=subject, what=what, who=who, since=earliest)
    latest = found[::-1][:limit]
    if invocation.as_json:
        invocation.output.json({"events": latest, "found": len(found)})
        return
    if not latest:
        invocation.output.line("no such event")
        return
    invocation.output.table(
        ("event", "at (UTC)", "who", "what", "subject", "why"),
        [
            (each.sequence, moment(each.at), each.who, each.what, each.subject, each.why)
            for each in latest
        ],
    )
    if len(found) > limit:
        invocation.output.line((f"{len(found) - limit:,} more: --limit {len(found)}", "dim"))


@audit.command("verify")
@click.option("--file", type=_FILE, help="An exported ledger instead of the project's own.")
@click.option("--anchor", "anchor_file", type=_FILE, help="What the end of the ledger once was.")
@click.option("--public-key", type=_FILE, help="Whose signature the anchor must have, in PEM.")
@pass_invocation
def verify(
    invocation: Invocation,
    *,
    file: Path | None,
    anchor_file: Path | None,
    public_key: Path | None,
) -> int:
    """Check every event, and the rows that it tells. Exit code 3: something was changed."""
    from fourstroke.audit_trail import verify_file  # noqa: PLC0415 - not needed for the help

    anchor, problems = _anchor(anchor_file, public_key)
    if file is not None:
        problems += verify_file(file, anchor)
    else:
        with invocation.project() as project:
            problems += project.audit.verify(anchor)
    if invocation.as_json:
        invocation.output.json({"problems": problems})
    else:
        for problem in problems:
            invocation.output.line(("changed  ", "bad"), problem)
        if not problems:
            against = f", up to the anchor of {anchor.at}" if anchor else ""
            invocation.output.line(("sound  ", "good"), f"the ledger is whole{against}")
    return _REFUSED if problems else 0


@audit.command("export")
@click.argument("file", type=_FILE)
@pass_invocation
def export(invocation: Invocation, *, file: Path) -> None:
    """Write all events into FILE, as JSON lines that audit verify --file checks anywhere."""
    with invocation.project() as project:
        count = project.audit.export(file)
    if invocation.as_json:
        invocation.output.json({"file": str(file), "events": count})
    else:
        invocation.output.line(("written  ", "good"), f"{file}: {count:,} events")


@audit.command("anchor")
@click.argument("file", type=_FILE)
@click.option("--key", type=_FILE, help="Sign with this private key of Ed25519, in PEM.")
@pass_invocation
def anchor_(invocation: Invocation, *, file: Path, key: Path | None) -> None:
    """Write the end of the ledger into FILE: keep it where who can write the ledger cannot."""
    if file.exists():
        raise UsageError("there is a file already", where=str(file), hint="choose another name")
    with invocation.project() as project:
        made = project.audit.anchor()
    made = made.signed(key) if key else made
    file.write_text(made.text(), encoding="utf-8")
    if invocation.as_json:
        invocation.output.json(made)
    else:
        signed = ", signed" if key else ", not signed"
        invocation.output.line(("written  ", "good"), f"{file}: event {made.sequence}{signed}")


def _anchor(file: Path | None, key: Path | None) -> tuple[Anchor | None, tuple[str, ...]]:
    if file is None:
        if key is not None:
            raise UsageError("a key says nothing without an anchor", where="--public-key")
        return None, ()
    from fourstroke.anchors import Anchor  # noqa: PLC0415 - not needed for the help

    anchor = Anchor.read(file)
    if key is not None and not anchor.is_signed_by(key):
        return anchor, (f"anchor: {file} is not signed by {key}",)
    return anchor, ()

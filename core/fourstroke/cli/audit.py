"""The commands for those who ask who did what, and whether the answer can be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fourstroke.cli import names
from fourstroke.cli.groups import group
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.names import completed
from fourstroke.cli.output import moment
from fourstroke.cli.times import time_of
from fourstroke.cli.version_reference import version_reference
from fourstroke.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.anchors import Anchor
    from fourstroke.audit_trail import CheckedLedger
    from fourstroke.cli.output import Output
    from fourstroke.records.rows import EventRow

_REFUSED = 3
# Names of files in one line.
_SHOWN = 8
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
        known = () if found or not what else {each.what for each in project.audit.events()}
    if known and what not in known:
        raise UsageError(f"no event is called {what!r}", where="--what", hint=nearest(what, known))
    latest = found[::-1][:limit]
    if invocation.as_json:
        invocation.output.json({"events": latest, "found": len(found)})
        return
    if not latest:
        invocation.output.line("no such event")
        return
    show_events(invocation.output, latest)
    if len(found) > limit:
        invocation.output.line((f"{len(found) - limit:,} more: --limit {len(found)}", "dim"))


def show_events(output: Output, events: Sequence[EventRow]) -> None:
    """Print events of the ledger, a line each."""
    output.table(
        ("EVENT", "WHEN (UTC)", "WHO", "WHAT", "SUBJECT", "WHY"),
        [
            (each.sequence, moment(each.at), each.shown_who, each.what, each.subject, each.reason)
            for each in events
        ],
    )


@audit.command("verify")
@click.option("--file", type=_FILE, help="An exported ledger instead of the project's own.")
@click.option("--anchor", "anchor_file", type=_FILE, help="What the end of the ledger once was.")
@click.option(
    "--pack", "pack_file", type=_FILE, help="An audit pack instead, with every file in it."
)
@click.option("--public-key", type=_FILE, help="Who must have signed the anchor or pack, in PEM.")
@pass_invocation
def verify(
    invocation: Invocation,
    *,
    file: Path | None,
    anchor_file: Path | None,
    pack_file: Path | None,
    public_key: Path | None,
) -> int:
    """Check every event, and the rows that it tells. Exit code 3: something was changed.

    With --pack also every file of the pack: what was changed, is missing or was added is named, and
    what says otherwise than the ledger. A public key is held against the signature of the pack then.
    """
    from fourstroke.audit_trail import verify_file  # noqa: PLC0415 - not needed for the help

    if file is not None and pack_file is not None:
        raise UsageError("a ledger or a pack, not both", where="--file and --pack")
    if pack_file is not None:
        return _verify_pack(invocation, pack_file, anchor_file, public_key)
    anchor, problems = _anchor(anchor_file, public_key)
    if file is not None:
        checked = verify_file(file, anchor)
    else:
        with invocation.project() as project:
            checked = project.audit.verify(anchor)
    problems += checked.problems
    if invocation.as_json:
        invocation.output.json({"events": checked.events, "problems": problems})
        return _REFUSED if problems else 0
    _tell(invocation, problems, sound(checked, anchor))
    if not problems:
        invocation.output.line((_left_open(anchor, public_key), "dim"))
    return _REFUSED if problems else 0


def sound(checked: CheckedLedger, anchor: Anchor | None = None) -> str:
    """Say of a ledger without problems how much of it was seen."""
    events = f"{checked.events:,} event{'' if checked.events == 1 else 's'}"
    if anchor is None:
        return f"{events}, and nothing was changed in them"
    return f"the ledger is whole: {events}, through the anchor of {anchor.at}"


def _left_open(anchor: Anchor | None, key: Path | None) -> str:
    """Say what cannot be known by what was given; empty if nothing is left open."""
    if anchor is None:
        return (
            "whether its end was cut off, or all was written anew, only an anchor shows: --anchor"
        )
    if key is not None:
        return f"the anchor is signed for {key}"
    if anchor.signature:
        return "the anchor is signed: --public-key says whether by whom you think"
    return "the anchor is not signed: it says as much as the place where it was kept"


def _verify_pack(
    invocation: Invocation, file: Path, anchor_file: Path | None, key: Path | None
) -> int:
    from fourstroke.anchors import Anchor  # noqa: PLC0415 - not needed for the help
    from fourstroke.audit_pack.verifying import verify as verify_pack  # noqa: PLC0415 - as above

    anchor = Anchor.read(anchor_file) if anchor_file else None
    found = verify_pack(file, key, anchor)
    if invocation.as_json:
        invocation.output.json(found)
        return _REFUSED if found.problems else 0
    title = f"{found.model}@v{found.version} of {found.project}"
    whole = f"{title}: {found.files:,} files, {found.events:,} events"
    _tell(invocation, found.problems, whole + (f", signed for {key}" if key else ""))
    if not found.problems and key is None:
        unknown = "it is signed: --public-key says whether by whom you think"
        without = "it is not signed: whoever can write it can write all of it anew"
        invocation.output.line((unknown if found.is_signed else without, "dim"))
        told = f"{len(found.unsealed)} of the files are in no row of the ledger, and rest on that alone"
        invocation.output.line((f"{told}: {_some(found.unsealed)}", "dim"))
    if not found.problems and anchor is not None and anchor.signature:
        unchecked = (
            "the anchor's own signature was not checked: audit verify --anchor without --pack does"
        )
        invocation.output.line((unchecked, "dim"))
    return _REFUSED if found.problems else 0


def _some(names: Sequence[str]) -> str:
    others = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {others} more" if others > 0 else "")


def _tell(invocation: Invocation, problems: Sequence[str], whole: str) -> None:
    for problem in problems:
        invocation.output.line(("changed  ", "bad"), problem)
    if not problems:
        invocation.output.line(("sound  ", "good"), whole)


@audit.command("pack")
@click.argument("model", shell_complete=completed(names.models))
@click.argument("version", callback=version_reference, required=False)
@click.option(
    "-o", "--output", "file", type=_FILE, help="A new file; MODEL-vVERSION.audit.zip here."
)
@click.option("--data", is_flag=True, help="Also the tables that it was trained on.")
@click.option("--model", "with_model", is_flag=True, help="Also the model's own files.")
@click.option("--key", type=_FILE, help="Sign with this private key of Ed25519, in PEM.")
@pass_invocation
def pack(
    invocation: Invocation,
    *,
    model: str,
    version: int | str | None,
    file: Path | None,
    data: bool,
    with_model: bool,
    key: Path | None,
) -> None:
    """Write all about MODEL into one archive for an auditor: of VERSION, or of the champion.

    It opens with index.html, and needs neither project nor records nor store. The same facts give the
    same bytes; audit verify --pack checks them anywhere.
    """
    with invocation.project() as project:
        made = project.audit.pack(
            model, version, path=file or "", with_data=data, with_model=with_model, key=key
        )
    if invocation.as_json:
        invocation.output.json({"file": str(made), "signed": key is not None})
        return
    signed = ", signed" if key else ", not signed"
    invocation.output.line(("written  ", "good"), f"{made}{signed}")
    invocation.output.line(
        ("next     ", "strong"), invocation.fourstroke(f"audit verify --pack {made}")
    )


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
    with invocation.project() as project:
        made = project.audit.anchor()
    made = made.signed(key) if key else made
    made.write(file)
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

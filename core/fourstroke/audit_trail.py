"""The audit trail: who did what, when and why, and the proof that nobody changed it since."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.anchors import Anchor
from fourstroke.artifacts import files
from fourstroke.artifacts.digest import canonical_json, digest_json
from fourstroke.artifacts.plain import from_plain
from fourstroke.errors import DataError, FourstrokeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fourstroke.project import Project
    from fourstroke.records.rows import EventRow


@attrs.frozen
class AuditTrail:
    """The ledger of a project, for people who were not there."""

    project: Project = attrs.field(repr=False)

    def events(
        self, *, subject: str = "", what: str = "", who: str = "", since: dt.datetime | None = None
    ) -> tuple[EventRow, ...]:
        """Give events, the oldest first.

        Parameters
        ----------
        subject : str
            What was acted on: ``income@v3``, or ``income`` for all versions of it; all if empty.
        what : str
            What was done, such as ``promoted``; anything if empty.
        who : str
            A person, or a part of the name; anybody if empty.
        since : datetime
            The earliest time, with its offset.
        """
        return tuple(
            event
            for event in self.project.records.events()
            if subject in {"", event.subject, event.subject.partition("@")[0]}
            and what in {"", event.what}
            and who.lower() in event.who.lower()
            and (since is None or event.at >= since)
        )

    def verify(self, anchor: Anchor | None = None) -> tuple[str, ...]:
        """Check the chain, the rows that it tells, and that it still goes through an anchor.

        Returns
        -------
        tuple of str
            One line a problem, which names the event; empty if all is whole.
        """
        problems = self.project.records.verify_ledger()
        if anchor is None:
            return problems
        known = {event.sequence: event.hash for event in self.project.records.events()}
        return (*problems, *_against(anchor, self.project.name, known))

    def anchor(self) -> Anchor:
        """Give the end of the ledger as it is now."""
        events = self.project.records.events()
        return Anchor(
            project=self.project.name,
            sequence=events[-1].sequence if events else 0,
            hash=events[-1].hash if events else "",
            at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        )

    def export(self, path: Path) -> int:
        """Write all events as JSON lines, each with its hash, into a new file; gives their number.

        Raises
        ------
        UsageError
            If the file is there already.
        """
        if path.exists():
            raise UsageError("there is a file already", where=str(path), hint="choose another name")
        events = self.project.records.events()
        with files.explained(path), files.becoming(path) as partial:
            lines = (canonical_json(attrs.asdict(event, recurse=False)) for event in events)
            partial.write_bytes(b"".join(line + b"\n" for line in lines))
        return len(events)


def verify_file(path: Path, anchor: Anchor | None = None) -> tuple[str, ...]:
    """Check an exported ledger without the project: each hash, and that each event follows the one before.

    Returns
    -------
    tuple of str
        One line a problem, which names the line; empty if all is whole.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    known: dict[int, str] = {}
    problems = [*_broken(path, known)]
    if anchor is not None:
        problems += _against(anchor, "", known)
    return tuple(problems)


def _broken(path: Path, known: dict[int, str]) -> Iterator[str]:
    """Walk along the lines; fills ``known`` with the hash of each event."""
    expected, previous = 1, ""
    for number, event in _lines(path):
        where = f"{path.name}:{number}"
        if event is None or not {"sequence", "hash", "previous"} <= event.keys():
            yield f"{where}: it is no event"
            continue
        told = event["hash"]
        if _hash_of(event) != told:
            yield f"{where}: event {event['sequence']} was changed"
        if event["sequence"] != expected:
            yield f"{where}: event {event['sequence']} stands where {expected} should"
        elif event["previous"] != previous:
            yield f"{where}: event {event['sequence']} does not follow the one before"
        known[event["sequence"]] = told
        expected, previous = event["sequence"] + 1, told


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any] | None]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                try:
                    found = json.loads(line)
                except ValueError:
                    found = None
                yield number, found if isinstance(found, dict) else None
    except (OSError, UnicodeError) as error:
        raise DataError(f"it cannot be read: {error}", where=str(path)) from error


def _hash_of(event: dict[str, Any]) -> str:
    try:
        return digest_json(
            from_plain({name: value for name, value in event.items() if name != "hash"})
        )
    except FourstrokeError:
        return ""


def _against(anchor: Anchor, project: str, known: dict[int, str]) -> Iterator[str]:
    if project and anchor.project != project:
        yield f"anchor: it is of the project {anchor.project!r}, and this one is {project!r}"
    elif anchor.sequence and anchor.sequence not in known:
        yield (
            f"anchor: on {anchor.at} the ledger had {anchor.sequence} events;"
            f" now it ends with {max(known, default=0)}: its end was cut off"
        )
    elif anchor.sequence and known[anchor.sequence] != anchor.hash:
        yield (
            f"anchor: event {anchor.sequence} is not the one of {anchor.at}:"
            " the ledger was written anew"
        )

"""The audit trail: who did what, when and why, and the proof that nobody changed it since."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.anchors import Anchor
from fourstroke.artifacts import files
from fourstroke.artifacts.digest import canonical_json, digest_json
from fourstroke.artifacts.plain import from_plain
from fourstroke.errors import DataError, FourstrokeError
from fourstroke.written import refuse_to_overwrite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fourstroke.project import Project
    from fourstroke.records.rows import EventRow


@attrs.frozen(kw_only=True)
class CheckedLedger:
    """What came of checking a ledger.

    Parameters
    ----------
    events : int
        How many were found.
    problems : tuple of str
        One line each, which names the event, or the line of a file; empty if all is whole as far as it goes.
    """

    events: int
    problems: tuple[str, ...]


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

    def verify(self, anchor: Anchor | None = None) -> CheckedLedger:
        """Check the chain, the rows that it tells, and that it still goes through an anchor.

        Returns
        -------
        CheckedLedger
            How many events there are, and one line a problem.
        """
        known: dict[int, str] = {}
        problems = [*self.project.records.verify_ledger(known)]
        # Of a database that is damaged nobody knows where its ledger ends.
        if anchor is not None and (known or not problems):
            problems += against(anchor, self.project.name, known)
        return CheckedLedger(events=len(known), problems=tuple(problems))

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
        refuse_to_overwrite(path)
        events = self.project.records.events()
        with files.explained(path), files.becoming(path) as partial:
            partial.write_bytes(as_lines(events))
        return len(events)

    def pack(
        self,
        model: str,
        version: int | str | None = None,
        *,
        path: str | Path = "",
        with_data: bool = False,
        with_model: bool = False,
        key: Path | None = None,
    ) -> Path:
        """Write all that there is about a version into one archive, for somebody without the project.

        Parameters
        ----------
        model : str
            Its name.
        version : int or str, optional
            Its number or an alias; the champion without it.
        path : str or Path
            A new file; ``MODEL-vVERSION.audit.zip`` here without it.
        with_data : bool
            Whether the tables that it was trained on go along, and not their profiles alone.
        with_model : bool
            Whether the model's own files go along, and not their digests alone.
        key : Path, optional
            A private key of Ed25519 in PEM to sign it with.

        Returns
        -------
        Path
            The archive; the same facts give the same bytes.

        Raises
        ------
        UsageError
            If there is no such version, or a file of this name already.
        StoreError
            If something of it is damaged, or tells a secret that cannot be hidden.
        """
        from fourstroke.audit_pack.packing import pack  # noqa: PLC0415 - calls plugins

        found = self.project.models[model]
        row = (found.champion if version is None else found[version]).row
        place = Path(path or f"{model}-v{row.version}.audit.zip")
        pack(self.project, row, place, with_data=with_data, with_model=with_model, key=key)
        return place


def as_lines(events: Iterable[EventRow]) -> bytes:
    """Write events as JSON lines, each with its hash."""
    lines = (canonical_json(attrs.asdict(event, recurse=False)) for event in events)
    return b"".join(line + b"\n" for line in lines)


def verify_file(path: Path, anchor: Anchor | None = None) -> CheckedLedger:
    """Check an exported ledger without the project: each hash, and that each event follows the one before.

    Without an anchor nobody can say whether there were more events behind the last one. A file without
    any is a problem, since nothing in it can be checked.

    Raises
    ------
    DataError
        If it cannot be read.
    """
    known: dict[int, str] = {}
    problems = [*broken_events(path.name, events_in(_lines(path)), known)]
    if not known and not problems:
        problems.append(f"{path.name}: there is no event in it")
    if anchor is not None:
        problems += against(anchor, "", known)
    return CheckedLedger(events=len(known), problems=tuple(problems))


def broken_events(
    name: str, events: Iterable[tuple[int, dict[str, Any] | None]], known: dict[int, str]
) -> Iterator[str]:
    """Walk along exported events, each with its line; fills ``known`` with the hash of each."""
    expected, previous = 1, ""
    for number, event in events:
        where = f"{name}:{number}"
        if event is None or not _is_event(event):
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


def _is_event(found: dict[str, Any]) -> bool:
    return (
        type(found.get("sequence")) is int
        and isinstance(found.get("hash"), str)
        and "previous" in found
    )


def events_in(lines: Iterable[str | bytes]) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Read events from lines of JSON, each with its number; nothing for a line that holds none."""
    for number, line in enumerate(lines, start=1):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        yield number, found if isinstance(found, dict) else None


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8") as file:
            yield from file
    except OSError as error:
        raise DataError(f"it cannot be read: {error.strerror}", where=str(path)) from error
    except UnicodeError as error:
        raise DataError("it is no text in UTF-8", where=str(path)) from error


def _hash_of(event: dict[str, Any]) -> str:
    try:
        return digest_json(
            from_plain({name: value for name, value in event.items() if name != "hash"})
        )
    except FourstrokeError:
        return ""


def against(anchor: Anchor, project: str, known: dict[int, str]) -> Iterator[str]:
    """Say whether a ledger still goes through an anchor."""
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

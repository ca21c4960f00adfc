"""Check an audit pack without the project: files, the ledger's chain, rows and who else tells them, signature."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.artifacts.digest import digest_json
from fourstroke.artifacts.plain import from_plain
from fourstroke.audit_pack import archive
from fourstroke.audit_pack.agreement import HELD, TellingRow, disagreements, is_told_data
from fourstroke.audit_trail import against, broken_events, events_in
from fourstroke.errors import DataError, FourstrokeError
from fourstroke.signing import is_signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from fourstroke.anchors import Anchor
    from fourstroke.audit_pack.archive import Reading

FORM: Final = "fourstroke.pack/1"
SIGNATURE_FORM: Final = "fourstroke.signature/1"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "signature.json"
LEDGER: Final = "ledger/events.jsonl"
ROWS: Final = "ledger/rows.jsonl"


@attrs.frozen(kw_only=True)
class CheckedPack:
    """What came of checking a pack.

    Parameters
    ----------
    project, model : str
        Whose version of which model it is about.
    version : int
        Which.
    files, events : int
        How many were checked.
    is_signed : bool
        Whether it has a signature; by whom is known only if a public key was given.
    unsealed : tuple of str
        The files that no row of the ledger tells: of them only the manifest has digests, and so only a
        signature says that nobody changed them.
    problems : tuple of str
        One line each, which names the file or the event; empty if all is whole.
    """

    project: str
    model: str
    version: int
    files: int
    events: int
    is_signed: bool
    unsealed: tuple[str, ...]
    problems: tuple[str, ...]


def verify(path: Path, public_key: Path | None = None, anchor: Anchor | None = None) -> CheckedPack:
    """Check a pack.

    Parameters
    ----------
    path : Path
        The archive.
    public_key : Path, optional
        Whose signature it must have, in PEM.
    anchor : Anchor, optional
        What the end of the ledger once was: the pack's has to go through it.

    Raises
    ------
    DataError
        If it is no pack, or an archive that cannot be trusted.
    UsageError
        If the key is no public key of Ed25519.
    """
    with archive.reading(path) as pack:
        content = pack.content(MANIFEST) if MANIFEST in pack.names else b""
        manifest = _manifest(path, content)
        known: dict[int, str] = {}
        problems = [
            *_signature_faults(pack, content, public_key),
            *_file_faults(pack, manifest["files"]),
            *_ledger_faults(pack, manifest, known),
        ]
        if anchor is not None:
            problems += against(anchor, manifest["project"], known)
        return CheckedPack(
            project=manifest["project"],
            model=manifest["model"],
            version=manifest["version"],
            files=len(manifest["files"]),
            events=len(known),
            is_signed=SIGNATURE in pack.names,
            unsealed=_unsealed(manifest["files"]),
            problems=tuple(problems),
        )


def _manifest(path: Path, content: bytes) -> dict[str, Any]:
    expected = {"project": str, "model": str, "version": int, "files": dict, "ledger": dict}
    try:
        found = json.loads(content)
        if found["form"] != FORM:
            raise DataError(f"expected a pack of the form {FORM}", where=str(path))
        if all(isinstance(found[name], kind) for name, kind in expected.items()):
            return dict(found)
    except (ValueError, TypeError, KeyError) as error:
        raise DataError("it is no audit pack", where=str(path)) from error
    raise DataError(f"its {MANIFEST} is damaged", where=str(path))


def _unsealed(names: Iterable[str]) -> tuple[str, ...]:
    """Give what no row of the ledger tells, those at the top first: people open them first."""
    rest = set(names) - {LEDGER, ROWS, *HELD}
    return tuple(sorted(rest, key=lambda name: (name.count("/"), name)))


def _signature_faults(pack: Reading, manifest: bytes, key: Path | None) -> Iterator[str]:
    if key is None:
        return
    if SIGNATURE not in pack.names:
        yield f"{SIGNATURE}: it is missing: the pack is not signed"
        return
    try:
        told = json.loads(pack.content(SIGNATURE))
        is_right = told["form"] == SIGNATURE_FORM and is_signed(key, told["signature"], manifest)
    except (ValueError, TypeError, KeyError):
        is_right = False
    if not is_right:
        yield f"{MANIFEST}: it is not signed by {key}"


def _file_faults(pack: Reading, wanted: Mapping[str, Any]) -> Iterator[str]:
    """Compare every file with the manifest: it is changed, missing, or was put there."""
    for name in sorted(wanted):
        if name not in pack.names:
            yield f"{name}: it is missing"
            continue
        try:
            is_same = pack.fact(name) == wanted[name]
        except DataError as error:
            yield f"{name}: {error.message}"
            continue
        if not is_same:
            yield f"{name}: it was changed"
    for name in sorted(pack.names - wanted.keys() - {MANIFEST, SIGNATURE}):
        yield f"{name}: it was added"


def _ledger_faults(
    pack: Reading, manifest: Mapping[str, Any], known: dict[int, str]
) -> Iterator[str]:
    """Walk along the chain to the end that the manifest tells, and compare the rows with it."""
    if not {LEDGER, ROWS} <= pack.names:
        return  # told as missing
    try:
        events = [*events_in(pack.content(LEDGER).splitlines())]
        rows = [*events_in(pack.content(ROWS).splitlines())]
    except DataError:
        return  # told as damaged
    yield from broken_events(LEDGER, events, known)
    last = max(known, default=0)
    end = {"sequence": last, "hash": known.get(last, "")}
    if end != manifest["ledger"]:
        yield f"{LEDGER}: it ends with event {last}, and not as {MANIFEST} says"
    told = {
        event["sequence"]: event for _, event in events if event and event.get("sequence") in known
    }
    data = {
        f"data {name.removeprefix('data/').removesuffix('.json')}"
        for name in pack.names
        if is_told_data(name)
    }
    right: list[TellingRow] = []
    yield from _row_faults(rows, told, right, manifest["model"], data)
    try:
        yield from disagreements(pack, right, manifest["model"], manifest["version"])
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        yield f"{ROWS}: its rows are not those of a model: {type(error).__name__}: {error}"


def _row_faults(
    rows: list[tuple[int, dict[str, Any] | None]],
    told: dict[int, dict[str, Any]],
    right: list[TellingRow],
    model: str,
    data: set[str],
) -> Iterator[str]:
    """Hold each row against the digest of it that its event has; fills ``right`` with those that fit."""
    missing = {
        number: event
        for number, event in told.items()
        if "row" in _facts(event) and _is_about(str(event.get("subject")), model, data)
    }
    for number, row in rows:
        where, event = f"{ROWS}:{number}", told.get((row or {}).get("event", 0))
        if row is None or event is None:
            yield f"{where}: no event tells it"
            continue
        missing.pop(event["sequence"], None)
        facts = _facts(event)
        if (facts.get("table"), facts.get("row")) != (row.get("table"), _digest(row.get("row"))):
            yield f"{where}: the row of event {event['sequence']} was changed"
            continue
        right.append(
            TellingRow(
                where=where,
                event=event["sequence"],
                run=event.get("run", ""),
                table=row["table"],
                row=from_plain(row["row"]),
            )
        )
    for number in sorted(missing):
        yield f"{ROWS}: the row of event {number} is missing"


def _is_about(subject: str, model: str, data: set[str]) -> bool:
    return subject.partition("@v")[0] == model or subject in data


def _facts(event: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        facts = from_plain(event.get("facts"))
    except FourstrokeError:
        return {}
    return facts if isinstance(facts, dict) else {}


def _digest(row: Any) -> str:
    try:
        return digest_json(from_plain(row))
    except FourstrokeError:
        return ""

"""Hold the files of a pack that people read against the rows that the ledger tells.

A row in ``ledger/rows.jsonl`` cannot be changed without its event, nor an event without all that
follow. So what a row says is computed again here, and compared with the file that says it too:
whoever changes a verdict has to change it where the hashes would show it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.entities.data_card import FIRST
from fourstroke.errors import FourstrokeError
from fourstroke.labels import Labels
from fourstroke.plain_json import plain
from fourstroke.records.labels import LabelRow

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from fourstroke.audit_pack.archive import Reading

    # What a file says of a row; nothing if it is not about this version.
    _Expected = Callable[["TellingRow", Sequence["TellingRow"], int], Mapping[str, Any] | None]

# Whether to train again is no matter of governance: the ledger tells it where a turn came of it.
_MAY_BE_UNTOLD: Final = ("retrain", "turn")
_NOT_TOLD: Final = "the ledger tells no such row"
# Characters of a value that stands in a message.
_LONGEST: Final = 80


@attrs.frozen(kw_only=True)
class TellingRow:
    """A row of the ledger whose digest is right.

    Parameters
    ----------
    where : str
        The file and line that it stands in.
    event : int
        The event that tells it.
    run : str
        The run in which that was.
    table : str
        Where it is in the records.
    row : mapping
        What it says.
    """

    where: str
    event: int
    run: str
    table: str
    row: Mapping[str, Any]

    @property
    def named(self) -> str:
        """Say which it is."""
        return f"the row of event {self.event} ({self.where})"


def disagreements(
    pack: Reading, rows: Sequence[TellingRow], model: str, version: int
) -> Iterator[str]:
    """Say which file says otherwise than which row; one line each.

    Parameters
    ----------
    pack : Reading
        The archive.
    rows : sequence of TellingRow
        Rows whose digests are right, in the order of their events.
    model, version : str and int
        What the pack is about.
    """
    of_model = [row for row in rows if row.row.get("model") == model]
    for name, table, expected_of in _LISTS:
        expected = [
            (row, told)
            for row in of_model
            if row.table == table and (told := expected_of(row, of_model, version)) is not None
        ]
        yield from _compared_list(name, _read(pack, name), expected)
    yield from _of_version(_read(pack, "version.json"), of_model, version)
    yield from _of_observations(_read(pack, "observations.json"), of_model, version)
    for name in sorted(pack.names):
        if is_told_data(name):
            yield from _of_layer(name, _read(pack, name), rows)


def is_told_data(name: str) -> bool:
    """Say whether a file tells of a version of data."""
    return name.startswith("data/") and name.endswith(".json") and name.count("/") == 1


def _read(pack: Reading, name: str) -> Any:
    try:
        return json.loads(pack.content(name)) if name in pack.names else None
    except (ValueError, RecursionError, FourstrokeError):
        return None  # told as damaged, or as no list of facts


def _compared_list(
    name: str, said: Any, expected: Sequence[tuple[TellingRow, Mapping[str, Any]]]
) -> Iterator[str]:
    """Compare in order: what is said beside the rows is of a kind that the ledger does not tell."""
    if not isinstance(said, list):
        yield f"{name}: it is no list of facts"
        return
    known = {(wanted.get("kind"), wanted["at"]) for _, wanted in expected}
    told = [(n, each) for n, each in enumerate(said, start=1) if not _is_untold(name, each, known)]
    for (number, entry), (row, wanted) in zip(told, expected, strict=False):
        if place := _difference(entry, wanted):
            yield f"{name}: entry {number}{place}, and {row.named} says otherwise"
    for number, _ in told[len(expected) :]:
        yield f"{name}: entry {number}: {_NOT_TOLD}"
    for row, _ in expected[len(told) :]:
        yield f"{name}: {row.named} is not in it"


def _is_untold(name: str, entry: Any, known: Collection[tuple[Any, Any]]) -> bool:
    """Say whether an entry is a decision of a kind that the ledger need not tell, and does not."""
    if name != "decisions.json" or not isinstance(entry, dict):
        return False
    return entry.get("kind") in _MAY_BE_UNTOLD and (entry["kind"], entry.get("at")) not in known


def _of_version(said: Any, rows: Sequence[TellingRow], version: int) -> Iterator[str]:
    registered = _registered(rows, version)
    if registered is None:
        yield f"version.json: {_NOT_TOLD}"
        return
    promoted = [row for row in rows if row.table == "promotions"]
    is_champion = bool(promoted) and promoted[-1].row.get("version") == version
    labels = [LabelRow(**_without(row.row, "run_number")) for row in rows if _is_label(row)]
    wanted = {
        **_without(registered.row, "run_number"),
        "run": registered.run,
    }
    if place := _difference(said, plain(wanted)):
        yield f"version.json{place}, and {registered.named} says otherwise"
    known = {
        "is_champion": is_champion,
        "labels": plain(Labels.of(version, labels, is_champion=is_champion)),
    }
    if place := _difference(said, known):
        by = [row for row in rows if row.table == "promotions" or _is_label(row)]
        latest = by[-1].named if by else "no row"
        yield f"version.json{place}, and the rows up to {latest} say otherwise"


def _of_observations(said: Any, rows: Sequence[TellingRow], version: int) -> Iterator[str]:
    """Compare what alerts rest on: the ledger tells alerts, and not what nobody was alerted of."""
    if not isinstance(said, list):
        yield "observations.json: it is no list of facts"
        return
    seen = [
        each.get("observation")
        for each in said
        if isinstance(each, dict) and each.get("version") == version
    ]
    for row in rows:
        if row.table != "alerts" or row.row.get("version") != version:
            continue
        for each in plain(row.row["body"])["observations"]:
            if all(_difference(entry, each) for entry in seen):
                named = " of ".join(filter(None, (each["name"], each["column"])))
                yield f"observations.json: {named} is not in it as in {row.named}"


def _of_layer(name: str, said: Any, rows: Sequence[TellingRow]) -> Iterator[str]:
    moved = [
        row
        for row in rows
        if row.table == "dataset_layers"
        and isinstance(said, dict)
        and (row.row.get("name"), row.row.get("version")) == (said.get("name"), said.get("version"))
    ]
    wanted = {"layer": moved[-1].row["layer"] if moved else FIRST}
    if place := _difference(said, wanted):
        yield f"{name}{place}, and {moved[-1].named if moved else 'no row'} says so"


def _verdict(row: TellingRow, rows: Sequence[TellingRow], version: int) -> Mapping[str, Any] | None:
    if row.row.get("version") is None:
        registered = _registered(rows, version)
        own = ("run_number", "candidate")
        if registered is None or any(row.row.get(k) != registered.row.get(k) for k in own):
            return None
    elif row.row["version"] != version:
        return None
    return _entry(row, "verdict", ("model", "version"))


def _decision(row: TellingRow, _: Sequence[TellingRow], version: int) -> Mapping[str, Any] | None:
    is_own = row.row.get("version") == version
    return _entry(row, "decision", ("model", "version", "kind")) if is_own else None


def _deployment(row: TellingRow, _: Sequence[TellingRow], version: int) -> Mapping[str, Any] | None:
    if row.row.get("version") != version or row.row.get("kind") == "deploying":
        return None
    entry = _entry(row, "deployment", ("model", "version", "target", "kind"))
    own = entry["deployment"]
    return {**entry, "digest": own["digest"], "location": own["location"]}


def _alert(row: TellingRow, _: Sequence[TellingRow], version: int) -> Mapping[str, Any] | None:
    return _entry(row, "alert", ()) if row.row.get("version") == version else None


def _label(row: TellingRow, _: Sequence[TellingRow], version: int) -> Mapping[str, Any] | None:
    is_own = row.row.get("version") in {version, None}
    told: Mapping[str, Any] = plain(_without(row.row, "run_number"))
    return told if is_own else None


def _entry(row: TellingRow, body: str, names: tuple[str, ...]) -> dict[str, Any]:
    kept = {name: row.row.get(name) for name in names}
    told: dict[str, Any] = plain(
        {**kept, "at": row.row["at"], "run": row.run, body: row.row["body"]}
    )
    return told


_LISTS: Final[tuple[tuple[str, str, _Expected], ...]] = (
    ("verdicts.json", "verdicts", _verdict),
    ("decisions.json", "decisions", _decision),
    ("deployments.json", "deployments", _deployment),
    ("alerts.json", "alerts", _alert),
    ("labels.json", "model_labels", _label),
)
# What is held against rows; of the rest only the manifest has digests, and the signature vouches.
HELD: Final = (*(name for name, _, _ in _LISTS), "version.json")


def _registered(rows: Sequence[TellingRow], version: int) -> TellingRow | None:
    found = (r for r in rows if r.table == "model_versions" and r.row.get("version") == version)
    return next(found, None)


def _is_label(row: TellingRow) -> bool:
    return row.table == "model_labels"


def _without(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


def _difference(said: Any, wanted: Any) -> str:
    """Give the path of the first part that is not as wanted, as ``: a.b is 1``; empty if all is."""
    found = _unequal(said, wanted, "")
    if found is None:
        return ""
    path, value = found
    text = json.dumps(value, ensure_ascii=False)
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return f": {path.lstrip('.') or 'it'} is {shown}"


def _unequal(said: Any, wanted: Any, path: str) -> tuple[str, Any] | None:
    if isinstance(wanted, dict) and isinstance(said, dict):
        parts = [(f"{path}.{name}", said.get(name), part) for name, part in wanted.items()]
        # A field that a later fourstroke adds says nothing where it is empty.
        parts = [(at, own, part) for at, own, part in parts if own is not None or part]
        return next((found for at, a, b in parts if (found := _unequal(a, b, at))), None)
    if isinstance(wanted, list) and isinstance(said, list) and len(wanted) == len(said):
        parts = [(f"{path}[{n}]", a, b) for n, (a, b) in enumerate(zip(said, wanted, strict=True))]
        return next((found for at, a, b in parts if (found := _unequal(a, b, at))), None)
    same = type(said) is type(wanted) and said == wanted
    return None if same else (path, said)

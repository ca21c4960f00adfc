"""A segment: one file of a journal, of one process, one version, one role and one day of UTC.

It begins with its head, twice, so that no single damaged byte makes the rows behind it unreadable.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import secrets
from typing import TYPE_CHECKING, Any, Final, get_args

import attrs

from fourstroke.artifacts.digest import digest_json
from fourstroke.entities.moment import moment_of
from fourstroke.entities.operations import Role
from fourstroke.errors import StoreError
from fourstroke.prediction_log.counting import COUNTS, Counted
from fourstroke.prediction_log.framing import Damage, framed, records_of
from fourstroke.prediction_log.privacy import JOURNALS
from fourstroke.prediction_log.rows import Gathered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from fourstroke.config import Config
    from fourstroke.entities.traffic import Traffic
    from fourstroke.plugins.services import TableCaller
    from fourstroke.prediction_log.rows import Shape

HEAD: Final = b"H"
FEW: Final = b"J"
MANY: Final = b"P"
SUFFIX: Final = ".rows"

_FORMAT: Final = 1
_NAME: Final = re.compile(
    rf"v(?P<version>\d{{1,9}})-(?P<role>{'|'.join(get_args(Role))})"
    r"-(?P<day>\d{4}-\d{2}-\d{2})-\d{6}-[0-9a-f]{16}"
)


@attrs.frozen(kw_only=True, order=True)
class SegmentName:
    """What the name of a segment tells of its rows: version, role, and the day of UTC."""

    day: dt.date
    version: int
    role: Role
    name: str

    @classmethod
    def new(cls, version: int, role: Role, at_ns: int) -> SegmentName:
        """Name a segment that begins now; nothing has the name yet."""
        at = moment_of(at_ns)
        name = f"v{version}-{role}-{at:%Y-%m-%d}-{at:%H%M%S}-{secrets.token_hex(8)}"
        return cls(day=at.date(), version=version, role=role, name=name)

    @classmethod
    def read(cls, name: str) -> SegmentName | None:
        """Read a name; ``None`` if it is none."""
        found = _NAME.fullmatch(name)
        if found is None:
            return None
        role: Any = found["role"]
        return cls(
            day=dt.date.fromisoformat(found["day"]),
            version=int(found["version"]),
            role=role,
            name=name,
        )


@attrs.frozen(kw_only=True)
class Head:
    """What stands before rows: how they are to be read.

    Parameters
    ----------
    codec : str
        Of the tables.
    sample : float
        The share of requests that is logged.
    data, predictions : tuple of (name, dtype)
        Of rows that are written as JSON.
    hears_failures : bool
        Whether whoever writes tells of requests that failed, too: without it none is not none.
    """

    codec: str
    sample: float
    data: tuple[tuple[str, str], ...] = ()
    predictions: tuple[tuple[str, str], ...] = ()
    hears_failures: bool = False

    def framed(self) -> bytes:
        """Write it, twice."""
        facts = {"format": _FORMAT, **attrs.asdict(self)}
        return framed(HEAD, json.dumps(facts, separators=(",", ":")).encode("ascii")) * 2

    @classmethod
    def of(
        cls,
        codec: str,
        sample: float,
        data: Shape | None,
        predictions: Shape | None,
        *,
        hears_failures: bool = False,
    ) -> Head:
        """Make the head of rows of these shapes."""
        return cls(
            codec=codec,
            sample=sample,
            data=() if data is None else data.columns,
            predictions=() if predictions is None else predictions.columns,
            hears_failures=hears_failures,
        )


@attrs.define(kw_only=True)
class Read:
    """What was found in a segment.

    Parameters
    ----------
    rows : Gathered
        The rows.
    counted : Counted
        Requests that no rows tell of.
    head : Head, optional
        The latest; ``None`` if there is none that could be read.
    damaged : int
        Records that could not be read; how many rows they held is not known.
    torn : bool
        Whether the last record was never written to its end: nobody was answered from it.
    """

    rows: Gathered = attrs.field(factory=Gathered)
    counted: Counted = attrs.field(factory=Counted)
    head: Head | None = None
    damaged: int = 0
    torn: bool = False

    @property
    def traffic(self) -> Traffic | None:
        """How the requests were answered; ``None`` if nobody told of those that failed."""
        if self.head is None or not self.head.hears_failures:
            return None
        return self.counted.beside(self.rows.requests_read)

    @property
    def moments(self) -> list[int]:
        """When they came, in nanoseconds since 1970."""
        return [*self.rows.moments, *self.counted.moments]


def folder_of(config: Config, home: Path, model: str) -> Path:
    """Give the folder of a model's journals.

    Environments with records of their own have journals of their own: rows go where their service
    belongs.
    """
    place = home / JOURNALS
    if config.records_url is None:
        return place / model
    return place / f"{model}@{digest_json([config.records_url])[7:23]}"


def segments_in(folder: Path) -> Iterator[tuple[SegmentName, Path]]:
    """List the segments of a folder, the oldest day first."""
    found = []
    if folder.is_dir():
        for path in folder.iterdir():
            name = SegmentName.read(path.name.removesuffix(SUFFIX))
            if name is not None and path.name.endswith(SUFFIX):
                found.append((name, path))
    yield from sorted(found)


def read_segment(content: bytes, codec: Callable[[str], TableCaller]) -> Read:
    """Read all rows of a segment that can be read.

    Parameters
    ----------
    content : bytes
        Of the file.
    codec : callable
        Gives what knows the tables of a codec's name.

    Raises
    ------
    StoreError
        If it was written by a later version of fourstroke.
    """
    found, shapes = Read(), ((), ())  # type: tuple[Read, tuple[Any, Any]]
    latest = b""
    for record in records_of(content):
        if isinstance(record, Damage):
            found.torn |= record.is_torn
            found.damaged += not record.is_torn
        elif record.kind == HEAD:
            if record.payload != latest:
                found.head, latest = _head_of(json.loads(record.payload)), record.payload
                shapes = (found.head.data, found.head.predictions)
        elif found.head is None:
            found.damaged += 1
        elif record.kind == FEW:
            found.rows.add_json(shapes, record.payload)
        elif record.kind == MANY:
            found.rows.add_packed(record.payload, codec(found.head.codec))
        elif record.kind == COUNTS:
            found.counted.add(record.payload)
        else:
            raise _later(f"a record of the kind {record.kind!r}")
    found.rows.finish()
    return found


def _head_of(facts: Mapping[str, Any]) -> Head:
    if facts["format"] != _FORMAT:
        raise _later(f"format {facts['format']}")
    return Head(
        codec=facts["codec"],
        sample=facts["sample"],
        data=tuple((name, dtype) for name, dtype in facts["data"]),
        predictions=tuple((name, dtype) for name, dtype in facts["predictions"]),
        # Heads of before say nothing of it.
        hears_failures=facts.get("hears_failures", False),
    )


def _later(what: str) -> StoreError:
    return StoreError(f"{what} was written by a later version", hint="upgrade fourstroke")

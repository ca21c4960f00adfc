"""Take files of journals into the prediction log: each once, and only then removed."""

from __future__ import annotations

import contextlib
import os
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.artifacts.lock import try_lock
from fourstroke.artifacts.sweep import clear_leftovers
from fourstroke.entities.moment import moment_of
from fourstroke.errors import FourstrokeError
from fourstroke.prediction_log.segment import folder_of, read_segment, segments_in
from fourstroke.records.operation_rows import SegmentRow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fourstroke.engine.session import Session
    from fourstroke.plugins.services import TableCaller
    from fourstroke.prediction_log.segment import Read, SegmentName
    from fourstroke.project import Project

_DAMAGED: Final = "damaged"
# Far below what a process may have open.
_FILES_AT_ONCE: Final = 100


@attrs.frozen(kw_only=True)
class TakenIn:
    """What came into the prediction log.

    Parameters
    ----------
    segments, rows : int
        Files of journals, and rows in them.
    left_out, dropped : int
        Rows that they tell of and do not hold: by sampling, and for want of room.
    problems : tuple of str
        What is damaged or could not be taken in, a sentence each.
    """

    segments: int = 0
    rows: int = 0
    left_out: int = 0
    dropped: int = 0
    problems: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Waiting:
    """Files of journals that are not in the log yet: living services write to them.

    Parameters
    ----------
    segments, size_bytes : int
        How many there are, and how large they are together.
    """

    segments: int
    size_bytes: int


@attrs.define
class _Sum:
    found: TakenIn = attrs.field(factory=TakenIn)
    problems: list[str] = attrs.field(factory=list)

    def add(self, row: SegmentRow) -> None:
        found = self.found
        self.found = attrs.evolve(
            found,
            segments=found.segments + 1,
            rows=found.rows + row.rows,
            left_out=found.left_out + row.left_out,
            dropped=found.dropped + row.dropped,
        )


def take_in(project: Project, home: Path, model: str) -> TakenIn:
    """Take in every file of a model's journals that no living process writes to.

    Files whose process was killed are such, too: the lock goes with the process. What is damaged is told,
    all other records are taken in, and the damaged file is set aside.

    Parameters
    ----------
    project : Project
        Whose log it is.
    home : Path
        The project's ``.fourstroke``.
    model : str
        Of the registry.
    """
    folder = folder_of(project.config, home, model)
    if not folder.is_dir():
        return TakenIn()
    clear_leftovers(folder)
    total, tried = _Sum(), set[str]()
    while _take_some(project, model, folder, tried, total):
        pass
    return attrs.evolve(total.found, problems=tuple(total.problems))


def _take_some(project: Project, model: str, folder: Path, tried: set[str], total: _Sum) -> bool:
    """Take in as many files as may be open at once; gives whether there were any."""
    with contextlib.ExitStack() as stack:
        held = list(islice(_held(folder, tried, stack), _FILES_AT_ONCE))
        if not held:
            return False
        told = len(total.problems)
        with project.recorded("predict", "take in the journal") as turn:
            session = turn.session
            for name, path, handle in held:
                try:
                    _take(session, model, name, path, handle, total)
                except FourstrokeError as error:
                    total.problems.append(f"{path.name} is not in the log yet: {error}")
                except (OSError, ValueError, KeyError, TypeError) as error:
                    # The border to what the codec of the tables does: one file never stops the others.
                    total.problems.append(f"{path.name} cannot be read: {error}")
            for problem in total.problems[told:]:
                session.say(problem)
            session.writer.finish("succeeded")
    return True


def waiting(project: Project, home: Path, model: str) -> Waiting:
    """Say what is in files of journals still, those of living services too; nothing is changed."""
    found = list(segments_in(folder_of(project.config, home, model)))
    sizes = [path.stat().st_size for _, path in found if path.exists()]
    return Waiting(segments=len(sizes), size_bytes=sum(sizes))


def _held(
    folder: Path, tried: set[str], stack: contextlib.ExitStack
) -> Iterator[tuple[SegmentName, Path, int]]:
    """Lock what nobody writes to any more; it stays locked until the stack unwinds."""
    for name, path in segments_in(folder):
        if name.name in tried:
            continue
        try:
            handle = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        except OSError:
            continue  # another process has just taken it in
        if not try_lock(handle) or not _is_still(path, handle):
            os.close(handle)
            continue
        stack.callback(os.close, handle)
        tried.add(name.name)
        yield name, path, handle


def _is_still(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


def _take(
    session: Session, model: str, name: SegmentName, path: Path, handle: int, total: _Sum
) -> None:
    if session.records.is_taken_in(name.name):
        path.unlink(missing_ok=True)  # its process died between the commit and this
        return
    with os.fdopen(os.dup(handle), "rb") as file:
        read = read_segment(file.read(), _Tables(session))
    row = SegmentRow(
        segment=name.name,
        model=model,
        version=name.version,
        role=name.role,
        day=name.day.isoformat(),
        rows=read.rows.rows,
        left_out=read.rows.left_out,
        dropped=read.rows.dropped,
        damaged=read.damaged,
        traffic=read.traffic,
        first_at=moment_of(min(read.moments)) if read.moments else None,
        last_at=moment_of(max(read.moments)) if read.moments else None,
    )
    batch = _batch(session, read) if read.rows.rows else None
    sample = None if read.head is None else read.head.sample
    session.writer.take_in(row, batch, sample)
    if read.damaged:
        aside = path.parent / _DAMAGED
        aside.mkdir(exist_ok=True)
        path.rename(aside / path.name)
        many = "1 record" if read.damaged == 1 else f"{read.damaged:,} records"
        total.problems.append(
            f"{many} of {name.name} cannot be read; the other {row.rows:,} rows are in the log, "
            f"and the file is kept as {aside.name}/{path.name}"
        )
    else:
        path.unlink(missing_ok=True)
    total.add(row)


def _batch(session: Session, read: Read) -> dict[str, Any]:
    rows, tables = read.rows, session.shop.tables
    codec = "" if read.head is None else read.head.codec
    return {
        "data": session.put(tables.of_columns(codec, rows.data)),
        "predictions": session.put(tables.of_columns(codec, rows.predictions)),
        "requests": session.put(tables.of_columns(codec, [rows.requests()])),
        "first_at": moment_of(min(rows.moments)),
        "last_at": moment_of(max(rows.moments)),
    }


@attrs.define
class _Tables:
    """Gives what knows the tables of a codec; each is looked for once."""

    _session: Session
    _known: dict[str, TableCaller] = attrs.field(factory=dict)

    def __call__(self, codec: str) -> TableCaller:
        if codec not in self._known:
            self._known[codec] = self._session.shop.tables.of_kind(codec, "unpack_columns")
        return self._known[codec]

"""The segment that a journal writes to: locked as long as its process lives, never half a record."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final, Self

import attrs

from fourstroke.artifacts import files
from fourstroke.artifacts.lock import try_lock
from fourstroke.prediction_log.segment import SUFFIX, SegmentName

if TYPE_CHECKING:
    from pathlib import Path

    from fourstroke.entities.operations import Role
    from fourstroke.prediction_log.segment import Head

_APPEND: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)

QUARTER_NS: Final = 900 * 1_000_000_000


@attrs.define(kw_only=True, eq=False)
class OpenSegment:
    """A file that rows are appended to.

    Parameters
    ----------
    path : Path
        Where it is.
    head : Head
        How the rows behind it are to be read.
    quarter : int
        Of which its rows are: quarters of an hour since 1970, in UTC. Periods of every time zone begin
        with one, so that none begins within a batch.
    begun : float
        When it was opened, by the monotonic clock.
    """

    path: Path
    head: Head
    quarter: int
    begun: float = attrs.field(factory=time.monotonic)
    rows: int = 0
    size_bytes: int = 0
    _handle: int

    @classmethod
    def open(
        cls,
        folder: Path,
        version: int,
        role: Role,
        head: Head,
        at_ns: int,
        *,
        is_synced: bool = False,
    ) -> Self:
        """Begin a segment.

        It gets its name when it is locked: until then nobody takes it for one that was left behind.

        Raises
        ------
        OSError
            If the disk is full or read-only.
        """
        folder.mkdir(parents=True, exist_ok=True)
        name = SegmentName.new(version, role, at_ns)
        unnamed = folder / files.new_name("new")
        handle = os.open(unnamed, _APPEND, 0o600)
        try:
            try_lock(handle)
            found = cls(
                path=folder / f"{name.name}{SUFFIX}",
                head=head,
                quarter=at_ns // QUARTER_NS,
                handle=handle,
            )
            found.write(head.framed(), 0)
            unnamed.rename(found.path)
            if is_synced and os.name != "nt":
                sync(os.open(folder, os.O_RDONLY))
        except BaseException:
            os.close(handle)
            unnamed.unlink(missing_ok=True)
            raise
        return found

    def write(self, record: bytes, rows: int) -> None:
        """Append a record: all of it, or nothing.

        When it returns, the system has it: the death of this process cannot lose it any more.

        Raises
        ------
        OSError
            If there is no room; what was written of it is taken back.
        """
        done = os.write(self._handle, record)
        try:
            while done < len(record):
                done += os.write(self._handle, record[done:])
        except OSError:
            os.ftruncate(self._handle, self.size_bytes)
            raise
        self.size_bytes += done
        self.rows += rows

    def holds(self, at_ns: int) -> bool:
        """Say whether a moment is of its quarter of an hour; clocks go back, too."""
        return at_ns // QUARTER_NS == self.quarter

    def sync(self) -> None:
        """Wait until the disk has it."""
        sync(self.same())

    def same(self) -> int:
        """Give another handle of the file, which stays open when this one is closed."""
        return os.dup(self._handle)

    def close(self) -> None:
        """Close it, and with that unlock it: it can be taken in."""
        os.close(self._handle)


def sync(handle: int) -> None:
    """Wait until the disk has what was written by a handle, and close it."""
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""How records stand in a file: each is found again, or told, whatever happened to its neighbours.

A record is four marks that no text holds, its kind, its length, a checksum of all that, and the payload.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

# JSON in ASCII never holds the first and the last of them.
_MARK: Final = b"\xf4\x53\x4a\x9a"
_HEAD: Final = struct.Struct("<4scII")
_SUMMED: Final = struct.Struct("<cI")


@attrs.frozen
class Record:
    """A whole record: its kind, one byte, and its payload."""

    kind: bytes
    payload: bytes = attrs.field(repr=False)


@attrs.frozen
class Damage:
    """Bytes that are no whole record.

    Parameters
    ----------
    at, size_bytes : int
        Where they begin, and how many there are.
    is_torn : bool
        Whether they are the beginning of a record whose end was never written.
    """

    at: int
    size_bytes: int
    is_torn: bool = False


def framed(kind: bytes, payload: bytes) -> bytes:
    """Write a record."""
    size = len(payload)
    check = zlib.crc32(payload, zlib.crc32(_SUMMED.pack(kind, size)))
    return _HEAD.pack(_MARK, kind, size, check) + payload


def records_of(content: bytes) -> Iterator[Record | Damage]:
    """Read all records of a file, in their order, and tell what lies between them."""
    at = 0
    while at < len(content):
        found = _record_at(content, at)
        if found is not None:
            yield found
            at += _HEAD.size + len(found.payload)
            continue
        following = _next(content, at)
        yield Damage(at, following - at, is_torn=_is_torn(content, at, following))
        at = following


def _record_at(content: bytes, at: int) -> Record | None:
    if len(content) - at < _HEAD.size:
        return None
    mark, kind, size, check = _HEAD.unpack_from(content, at)
    begins = at + _HEAD.size
    if mark != _MARK or begins + size > len(content):
        return None
    payload = content[begins : begins + size]
    whole = zlib.crc32(payload, zlib.crc32(_SUMMED.pack(kind, size)))
    return Record(kind, payload) if whole == check else None


def _next(content: bytes, at: int) -> int:
    """Find the next whole record: behind the damaged one if its length is right, else by its marks.

    By its length first: a payload of bytes may hold marks that are no beginning.
    """
    if len(content) - at >= _HEAD.size:
        mark, _, size, _ = _HEAD.unpack_from(content, at)
        behind = at + _HEAD.size + size
        if mark == _MARK and (behind == len(content) or _record_at(content, behind) is not None):
            return int(behind)
    found = content.find(_MARK, at + 1)
    while found >= 0:
        if _record_at(content, found) is not None:
            return found
        found = content.find(_MARK, found + 1)
    return len(content)


def _is_torn(content: bytes, at: int, end: int) -> bool:
    """Say whether this is what a process leaves that dies as it writes: a beginning, and no end."""
    if end < len(content):
        return False
    if len(content) - at < _HEAD.size:
        return _MARK.startswith(content[at : at + len(_MARK)])
    mark, _, size, _ = _HEAD.unpack_from(content, at)
    return bool(mark == _MARK and at + _HEAD.size + size > len(content))

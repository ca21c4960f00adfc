"""Digests: the identity of bytes, files and plain values."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from fourstroke.artifacts import files
from fourstroke.artifacts.plain import to_plain
from fourstroke.errors import StepError, StoreError

if TYPE_CHECKING:
    from pathlib import Path

ALGORITHM = "blake3"

_DIGEST = re.compile(rf"{ALGORITHM}:[0-9a-f]{{64}}")


def digest_bytes(content: bytes) -> str:
    """Give the digest of bytes.

    Examples
    --------
    >>> digest_bytes(b"")
    'blake3:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'
    """
    return named(blake3(content))


def digest_file(path: Path) -> str:
    """Give the digest of a file's content, in one pass and in bounded memory.

    Raises
    ------
    DataError
        If it is not a regular file, or cannot be read.
    """
    content = blake3()
    with files.reading(path) as source:
        for block in files.blocks(source):
            content.update(block)
    return named(content)


def digest_json(value: Any) -> str:
    """Give the digest of a plain value: of its canonical JSON."""
    return digest_bytes(canonical_json(value))


def canonical_json(value: Any) -> bytes:
    """Write a value as JSON in the one form that equal values share: sorted keys, no spaces, UTF-8.

    Raises
    ------
    StepError
        If a part of the value is not plain, or is NaN or infinite; names its path.

    Examples
    --------
    >>> canonical_json({"b": [1, None], "a": 0.1})
    b'{"a":0.1,"b":[1,null]}'
    """
    text = json.dumps(
        to_plain(value), sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise StepError("a text in it is not valid Unicode, and cannot be kept") from error


def named(content: blake3) -> str:
    """Give a finished hash with the name of its algorithm, so that another can follow."""
    return f"{ALGORITHM}:{content.hexdigest()}"


def checked(digest: str) -> str:
    """Give a digest back, if it is one.

    Raises
    ------
    StoreError
        If it has another form: digests come from records that others may have written, and they
        become names of files.
    """
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise StoreError(f"{digest!r} is not a digest", hint="the records may be damaged")
    return digest

"""What lies in a folder, held against what was written there."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

_MADE_BY_LOADING: Final = "__pycache__"


def files_in(folder: Path) -> dict[str, Path]:
    """Give all files below a folder by name, links too, but not what Python leaves when it imports."""
    return {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if (path.is_symlink() or not path.is_dir()) and _MADE_BY_LOADING not in path.parts
    }


def sha256(path: Path) -> str:
    """Give the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def altered(folder: Path, wanted: Mapping[str, str], digest: Callable[[Path], str]) -> list[str]:
    """Say which files of a folder were changed or are missing.

    Parameters
    ----------
    folder : Path
        The folder.
    wanted : mapping of str to str
        The digest of each file that was written there.
    digest : callable
        Gives the like of a file.
    """
    found = files_in(folder)
    return [
        f"{name} was changed" if name in found else f"{name} is missing"
        for name in wanted
        if name not in found or digest(found[name]) != wanted[name]
    ]


def added(folder: Path, known: Collection[str]) -> list[str]:
    """Say which files of a folder are none of those that are known."""
    return [f"{name} was added" for name in files_in(folder) if name not in known]

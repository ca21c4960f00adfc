"""Files that people ask for: new ones, in folders that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def refuse_to_overwrite(path: Path) -> None:
    """Refuse a name that cannot become a new file, before the work for it is done.

    Raises
    ------
    UsageError
        If there is one already, or the folder is not there.
    """
    if path.exists():
        raise UsageError("there is a file already", where=str(path), hint="choose another name")
    if not path.parent.is_dir():
        raise UsageError("there is no such folder", where=str(path.parent), hint="make it first")

"""Find the files that a path or a pattern means, and only regular ones."""

from __future__ import annotations

import difflib
import glob
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from fourstroke import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN_NAMES = 8
# Two letters at least: one is a drive of Windows.
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def find(pattern: str, root: Path) -> list[Path]:
    """Find regular files, sorted by their paths.

    Parameters
    ----------
    pattern : str
        A path or a pattern, relative to ``root`` or absolute.
    root : Path
        The project's folder.

    Raises
    ------
    DataError
        If there is none, or it is a folder, a pipe or a device; names the nearest file.
    """
    if _URL.match(pattern):
        raise DataError(
            "this is a URL, and files are read from disk", where=pattern, hint='use = "http"'
        )
    if not glob.has_magic(pattern) or (root / pattern).is_file():
        if _is_folder(root / pattern, pattern):
            raise DataError(
                "this is a folder", where=pattern, hint=f"name its files: {pattern}/*.csv"
            )
        return [root / pattern]
    # Path.glob takes no absolute patterns, and a batch to be scored may lie anywhere.
    matches = sorted(glob.glob(pattern, root_dir=root, recursive=True))  # noqa: PTH207
    found = [path for match in matches if not _is_folder(path := root / match, match)]
    if not found:
        raise DataError("no file matches", where=pattern, hint=_near(root / pattern))
    return found


def shown_name(path: Path, root: Path) -> str:
    """Name a file as messages do: relative to the project if it lies in it."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def likely(wrong: str, known: Iterable[str]) -> str:
    """Say which of the known names somebody may have meant, or what there is.

    Examples
    --------
    >>> likely("incom", ["income", "age"])
    "did you mean 'income'?"
    """
    names = list(known)
    close = difflib.get_close_matches(wrong, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    shown = ", ".join(names[:_SHOWN_NAMES]) + (", ..." if len(names) > _SHOWN_NAMES else "")
    return f"there are: {shown}" if names else ""


def _is_folder(path: Path, name: str) -> bool:
    """Say whether it is a folder; refuse what is neither that nor a file."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataError("there is no such file", where=name, hint=_near(path)) from error
    except OSError as error:
        raise DataError(f"it cannot be read: {error.strerror}", where=name[:200]) from error
    except ValueError as error:
        raise DataError(f"it cannot be read: {error}", where=name) from error
    if stat.S_ISDIR(mode):
        return True
    # Opening a pipe waits for a writer, perhaps for ever.
    if not stat.S_ISREG(mode):
        raise DataError("this is a pipe or a device, not a file", where=name, hint="name a file")
    return False


def _near(path: Path) -> str:
    """Say what may have been meant: in the nearest folder that is there."""
    folder = path.parent
    wanted = path.name
    while not folder.is_dir() and folder != folder.parent:
        folder, wanted = folder.parent, folder.name
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return ""
    is_file_wanted = folder == path.parent
    names = [
        entry.name
        for entry in entries
        if not entry.name.startswith(".") and entry.is_file() == is_file_wanted
    ]
    if not is_file_wanted:
        close = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
        return f"did you mean the folder {close[0]!r}?" if close else f"no folder {wanted!r}"
    return likely(wanted, names) or "its folder is empty"

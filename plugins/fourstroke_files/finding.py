"""Find the files that a path or a pattern means."""

from __future__ import annotations

import difflib
import glob
import stat
from pathlib import Path

from fourstroke import DataError


def find(root: Path, pattern: str) -> list[Path]:
    """Find regular files, sorted by name.

    Raises
    ------
    DataError
        If nothing matches, or a match is a folder, a pipe or a device.
    """
    if glob.has_magic(pattern):
        # `Path.glob` refuses absolute patterns, and a batch may lie anywhere.
        found = sorted(Path(name) for name in glob.glob(str(root / pattern), recursive=True))  # noqa: PTH207
        found = [path for path in found if path.is_file()]
        if not found:
            raise DataError("no file matches", where=pattern, hint=_nearest(root, pattern))
        return found
    path = root / pattern
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataError(
            "there is no such file", where=pattern, hint=_nearest(root, pattern)
        ) from error
    except OSError as error:
        raise DataError(f"it cannot be read: {error.strerror}", where=pattern) from error
    if stat.S_ISDIR(mode):
        raise DataError("it is a folder", where=pattern, hint=f'name its files: "{pattern}/*.csv"')
    if not stat.S_ISREG(mode):
        raise DataError("it is not a regular file", where=pattern)
    return [path]


def _nearest(root: Path, pattern: str) -> str:
    folder = (root / pattern).parent
    if not folder.is_dir():
        return f"there is no folder {Path(pattern).parent.as_posix()}"
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    close = difflib.get_close_matches(Path(pattern).name, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}?"
    shown = [name for name in names if not name.startswith(".")][:8]
    return f"the folder has: {', '.join(shown)}" if shown else "the folder is empty"

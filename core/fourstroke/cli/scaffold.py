"""Write the files of a new project: all of them or none."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from fourstroke.errors import FourstrokeError, PluginError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROJECT_FILE = "fourstroke.toml"
# Files that a folder may have before it becomes a project: they are kept as they are.
_KEPT = frozenset({".gitignore"})

Content = str | Path


def write_new(folder: Path, files: Mapping[str, Content]) -> None:
    """Make a folder with files; it appears whole or not at all.

    Parameters
    ----------
    folder : Path
        Must not exist, or be empty.
    files : mapping of str to str or Path
        Relative path, and the text or the file to copy.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        staged.chmod(0o777 & ~_umask())
        for name, content in files.items():
            _put(staged / _safe(name), content)
        if folder.exists():
            folder.rmdir()  # empty, or this fails: rename alone cannot replace it on Windows
        staged.rename(folder)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise


def write_into(folder: Path, files: Mapping[str, Content]) -> tuple[str, ...]:
    """Add files to a folder that is in use; all of them or none, and none is overwritten.

    Returns
    -------
    tuple of str
        What was written. A ``.gitignore`` that is there is kept.

    Raises
    ------
    UsageError
        If one of the other files exists already.
    """
    wanted = {
        name: content
        for name, content in files.items()
        if not (name in _KEPT and (folder / name).exists())
    }
    there = [name for name in wanted if os.path.lexists(folder / _safe(name))]
    if there:
        raise UsageError(
            "it exists already and is not overwritten",
            where=str(folder / there[0]),
            hint="choose another name, or remove it first",
        )
    written: list[Path] = []
    try:
        # The project file comes last: without it the folder is no project yet.
        for name in sorted(wanted, key=lambda name: name == _PROJECT_FILE):
            written.append(folder / _safe(name))
            _put(written[-1], wanted[name])
    except BaseException:
        for path in written:
            with contextlib.suppress(OSError):
                path.unlink()
        raise
    return tuple(wanted)


def _safe(name: str) -> PurePosixPath:
    """Refuse a template's path that leads out of the project."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise PluginError("a template may only write inside the project", where=name)
    return path


def _put(path: Path, content: Content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            if isinstance(content, str):
                file.write(content.encode())
            else:
                with content.open("rb") as source:
                    shutil.copyfileobj(source, file)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise FourstrokeError(error.strerror or str(error), where=str(path)) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

"""Plugins in files of the project: loaded by path, without packaging and without an entry point."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import re
import sys
import threading
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from fourstroke.errors import PluginError, nearest, text_of
from fourstroke.plugins.own_frames import OwnCode, own_frames, own_place
from fourstroke.plugins.project_modules import ProjectModules

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

# Suggestions for a file that is not there look this deep: a project may lie above a folder of
# images.
_MOST_FILES = 500

# sys.modules belongs to the process, and so does the project that stands in it.
_modules = ProjectModules()
_lock = threading.RLock()


def is_inhouse(use: str) -> bool:
    """Say whether ``use`` names a file of the project.

    Examples
    --------
    >>> is_inhouse("steps.py:add_ratios"), is_inhouse("steps.py"), is_inhouse("fourstroke/sklearn")
    (True, True, False)
    """
    return ".py:" in use or use.endswith(".py")


def load_object(root: Path, use: str) -> Any:
    """Load a class or function from a file of the project, with the code as it is now.

    The file is imported under its name in the project (``steps/clean.py`` as ``steps.clean``), so
    that its absolute and relative imports work, its classes pickle by name, and whoever else
    imports it gets the same module. A file whose name is taken, or is no name that Python can
    import, gets a private one.

    Parameters
    ----------
    root : Path
        The project's folder.
    use : str
        ``steps/clean.py:DropOutliers``.

    Raises
    ------
    PluginError
        If the file is missing or outside the project, does not import (names file and line), or
        has no such name.
    """
    file, _, name = use.rpartition(":")
    if not file:
        raise PluginError("it names a file and nothing in it", where=use, hint=f"{use}:NAME")
    module = load_module(root, file)
    if not hasattr(module, name):
        raise PluginError(f"it has no {name!r}", where=file, hint=nearest(name, _offered(module)))
    return getattr(module, name)


def load_module(root: Path, file: str) -> ModuleType:
    """Import a file of the project, with the code as it is now.

    Raises
    ------
    PluginError
        If it is missing or outside the project, or does not import (names file and line).
    """
    root = Path(os.path.abspath(root))  # noqa: PTH100 - links stay, as the user wrote them
    path = _inside(root, file)
    with _lock:
        return _imported(root, path, file)


def _inside(root: Path, file: str) -> Path:
    pure = PurePosixPath(file)
    outside = pure.is_absolute() or ".." in pure.parts or "\\" in file
    path = root / pure
    if outside or not path.resolve().is_relative_to(root.resolve()):
        raise PluginError(
            "it lies outside the project", where=file, hint="move it into the project"
        )
    if not path.is_file():
        what = "it is no regular file" if path.exists() else "there is no such file"
        raise PluginError(what, where=file, hint=nearest(file, _python_files(root)))
    return path


def _imported(root: Path, path: Path, file: str) -> ModuleType:
    _modules.enter(root)
    parts = path.relative_to(root).with_suffix("").parts
    parts = parts[:-1] if parts[-1] == "__init__" else parts
    try:
        if _modules.has_name(parts):
            return importlib.import_module(".".join(parts))
        return _privately(path, file)
    except (Exception, SystemExit) as error:
        told = PluginError(
            f"it did not load: {type(error).__name__}: {_text(error)}",
            where=own_place(error, OwnCode(root)) or file,
            hint=_advice(error, root),
        )
        told.frames = own_frames(error, OwnCode(root))
        raise told from error


def _privately(path: Path, file: str) -> ModuleType:
    """Import a file under a name that nobody else has, the same one on every machine."""
    readable = re.sub(r"\W", "_", path.stem)
    name = f"_fourstroke_project_{readable}_{hashlib.sha256(file.encode()).hexdigest()[:8]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = _modules.spec_of(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # before it runs: attrs looks names of annotations up there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _offered(module: ModuleType) -> Iterator[str]:
    """Name what the file itself defines; what it imports is hardly meant."""
    for name, value in vars(module).items():
        if callable(value) and getattr(value, "__module__", "") == module.__name__:
            yield name


def _python_files(root: Path) -> list[str]:
    found: list[str] = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        here = Path(folder).relative_to(root)
        found += [(here / name).as_posix() for name in sorted(files) if name.endswith(".py")]
        if len(found) > _MOST_FILES:
            break
    return found


def _text(error: BaseException) -> str:
    return error.msg if isinstance(error, SyntaxError) else text_of(error)


def _advice(error: BaseException, root: Path) -> str:
    if isinstance(error, ImportError) and "no known parent package" in text_of(error):
        return (
            "a file in the project's own folder is in no package: import by name, without the dot"
        )
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return ""
    first = error.name.partition(".")[0]
    if first in sys.stdlib_module_names:
        return f"{first!r} is a module of Python itself: give the project's another name"
    own = [name.removesuffix(".py").replace("/", ".") for name in _python_files(root)]
    hint = nearest(error.name, own)
    return hint if hint.startswith("did you mean") else f"install what brings {error.name}"

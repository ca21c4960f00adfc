"""Where an exception arose in a plugin's own code, without the frames of whoever called it.

An author looks for one line of theirs. The frames of the engine, of pluggy and of libraries are in
the step's log, and shown with ``--debug``.
"""

from __future__ import annotations

import sys
import sysconfig
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.errors import printable, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_INSTALLED: Final = frozenset({"site-packages", "dist-packages"})
_CORE: Final = Path(__file__).resolve().parents[1]
_STANDARD: Final = Path(sysconfig.get_path("stdlib"))
# What is shown has an end: a recursion has a thousand frames, a table's text many lines.
_MOST_FRAMES, _MOST_CAUSES, _LONGEST = 8, 4, 300


@attrs.frozen
class OwnCode:
    """The code of a project, and of plugins that are installed.

    Parameters
    ----------
    root : Path
        The project's folder.
    places : tuple of Path
        A folder for each installed package, a file for each module that is none.
    """

    root: Path
    places: tuple[Path, ...] = ()

    @classmethod
    def of(cls, root: Path, modules: Iterable[str]) -> OwnCode:
        """Find the code of modules, each with the package that it is in."""
        found = (_place(name.partition(".")[0]) for name in modules)
        return cls(root, tuple(dict.fromkeys(place for place in found if place is not None)))

    def name(self, file: str) -> str:
        """Name a file as its author does; empty if it is not their own."""
        path = Path(file)
        if path.is_relative_to(_CORE):
            return ""
        for place in self.places:
            if path == place or path.is_relative_to(place):
                return path.relative_to(place.parent).as_posix()
        inside = path.is_relative_to(self.root)
        if inside and _INSTALLED.isdisjoint(path.relative_to(self.root).parts):
            return path.relative_to(self.root).as_posix()
        return ""


def own_place(error: BaseException, code: OwnCode) -> str:
    """Name the deepest line of their own, such as ``steps.py:12``; empty if there is none."""
    if isinstance(error, SyntaxError) and error.filename and code.name(error.filename):
        return f"{code.name(error.filename)}:{error.lineno or 1}"
    for each in (error, *_before(error)):
        own = [frame for frame in _frames(each) if code.name(frame.filename)]
        if own:
            return f"{code.name(own[-1].filename)}:{own[-1].lineno or 1}"
    return ""


def own_frames(error: BaseException, code: OwnCode) -> tuple[str, ...]:
    """Give the own frames of an exception and of what caused it, with their source lines.

    Returns
    -------
    tuple of str
        Lines as Python has them, the cause first: place, source, and what was raised. Printable and
        of bounded number and length. Empty if no frame is their own.
    """
    told = [
        lines
        for each in reversed([error, *_before(error)])
        if (lines := _of_one(each, code)) or each is error
    ]
    if not any(told):
        return ()
    joined: list[str] = []
    for lines in told:
        if joined:
            joined.append("  which led to")
        joined += lines or [_raised(error, own=False)]
    return tuple(printable(line[:_LONGEST]) for line in joined)


def _of_one(error: BaseException, code: OwnCode) -> list[str]:
    frames = _frames(error)
    own = [frame for frame in frames if code.name(frame.filename)]
    lines: list[str] = []
    left_out = len(own) - _MOST_FRAMES
    for frame in own[-_MOST_FRAMES:]:
        lines.append(f"  {code.name(frame.filename)}:{frame.lineno}, in {frame.name}")
        if frame.line:
            lines.append(f"    {frame.line.strip()}")
    if left_out > 0:
        lines.insert(0, f"  ... {left_out:,} frames more")
    if isinstance(error, SyntaxError) and error.filename and code.name(error.filename):
        lines.append(f"  {code.name(error.filename)}:{error.lineno or 1}")
        lines += [f"    {error.text.strip()}"] if error.text else []
        return [*lines, _raised(error, own=True)]
    if not own:
        return []
    ends_there = not frames or bool(code.name(frames[-1].filename))
    return [*lines, _raised(error, own=ends_there)]


def _raised(error: BaseException, *, own: bool) -> str:
    text = " ".join(_text(error).split())
    head = f"  {type(error).__name__}: {text}" if text else f"  {type(error).__name__}"
    frames = [] if own else _frames(error)
    library = _library(frames[-1].filename) if frames else ""
    return f"{head[: _LONGEST - 40]} (raised in {library})" if library else head


def _text(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return error.msg
    return text_of(error)


def _before(error: BaseException) -> Iterator[BaseException]:
    """Go back from an exception to those that it came of."""
    seen = {id(error)}
    for _ in range(_MOST_CAUSES):
        cause = error.__cause__
        if cause is None and not error.__suppress_context__:
            cause = error.__context__
        if cause is None or id(cause) in seen:
            return
        seen.add(id(cause))
        yield cause
        error = cause


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    return list(traceback.extract_tb(error.__traceback__))


def _library(file: str) -> str:
    """Name the library that a file is of: the folder under ``site-packages``, or Python itself."""
    parts = Path(file).parts
    for at, part in enumerate(parts[:-1]):
        if part in _INSTALLED:
            return parts[at + 1].removesuffix(".py")
    path = Path(file)
    if path.is_relative_to(_CORE):
        return "fourstroke"
    return path.stem if path.is_relative_to(_STANDARD) or file.startswith("<") else path.name


def _place(name: str) -> Path | None:
    """Find a package's folder, or the file of a module that is none."""
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    if not file:
        return next((Path(place) for place in getattr(module, "__path__", ())), None)
    path = Path(file)
    return path.parent if path.stem == "__init__" else path

"""The project's own modules: where they lie, and how this process imports them.

A process works for one project at a time. Its modules come before installed ones of the same name,
as beside a script, but never before the standard library: a project may have a ``profile.py``.
They are compiled anew instead of read from ``__pycache__``, which knows a source by seconds and
size only and so would run the code of yesterday under the cache key of today.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    import types
    from collections.abc import Sequence

Stamp = tuple[int, int, int]


def locate(root: Path, parts: Sequence[str]) -> Path | None:
    """Find what Python imports for a dotted name in a project.

    Parameters
    ----------
    root : Path
        The project's folder.
    parts : sequence of str
        The parts of the name.

    Returns
    -------
    Path or None
        ``x.py``, the ``__init__.py`` of a package, or a folder that holds modules; ``None`` if the
        project has no such module.
    """
    if not parts or parts[0] in sys.stdlib_module_names:
        return None
    place = root.joinpath(*parts)
    for file in (place / "__init__.py", place.parent / f"{place.name}.py"):
        if file.is_file():
            return file
    # A plain folder is a package only if there is something to import: data/ and datasets/ must
    # not hide installed packages of that name.
    return place if place.is_dir() and next(place.glob("*.py"), None) else None


class FreshLoader(importlib.machinery.SourceFileLoader):
    """Compiles the source as it is now, and writes no byte code beside it."""

    def get_code(self, fullname: str) -> types.CodeType:
        """Compile the source."""
        path = self.get_filename(fullname)
        code: types.CodeType = self.source_to_code(self.get_data(path), path)
        return code


@attrs.define(eq=False)
class ProjectModules(importlib.abc.MetaPathFinder):
    """Finds and remembers the modules of the project that this process works for."""

    root: Path | None = None
    _stamps: dict[str, Stamp | None] = attrs.field(factory=dict)

    def enter(self, root: Path) -> None:
        """Work for this project from now on, with its code as it is now.

        Modules of another project, and all of this one if any of them was edited, are forgotten;
        objects that were made of them live on.
        """
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)
        if self.root != root:
            self._leave()
            self.root = root
            # Processes that joblib starts get this path, and import the classes of a pipeline by
            # name.
            sys.path.append(str(root))
        elif any(_stamp(self._file(name)) != stamp for name, stamp in self._stamps.items()):
            self.forget()

    def forget(self) -> None:
        """Drop every module of the project: what imports an edited one is loaded again too."""
        for name in self._stamps:
            sys.modules.pop(name, None)
        self._stamps.clear()

    def has_name(self, parts: Sequence[str]) -> bool:
        """Say whether a module of the project can have its own name: nobody else has it."""
        if self.root is None or not all(part.isidentifier() for part in parts):
            return False
        found = locate(self.root, parts[:1])
        if found is None or self._is_hidden(parts):
            return False
        taken = sys.modules.get(parts[0])
        if taken is None or parts[0] in self._stamps:
            return True
        if _origin(taken) != found:
            return False
        # Somebody, a unit test perhaps, imported the same file without us. They keep what they
        # have.
        for name in [n for n in sys.modules if n == parts[0] or n.startswith(f"{parts[0]}.")]:
            del sys.modules[name]
        return True

    def _is_hidden(self, parts: Sequence[str]) -> bool:
        """Whether a file has the name of a folder above: Python takes `steps.py` before `steps/`."""
        above = [locate(self.root or Path(), parts[:end]) for end in range(1, len(parts))]
        return any(
            place is not None and place.suffix == ".py" and place.name != "__init__.py"
            for place in above
        )

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: types.ModuleType | None = None,  # noqa: ARG002 - the protocol of finders
    ) -> importlib.machinery.ModuleSpec | None:
        """Find a module of the project; Python asks for every import that it has not seen."""
        if self.root is None:
            return None
        parts = fullname.split(".")
        found = locate(self.root, parts)
        folder = str(self.root.joinpath(*parts[:-1]))
        if found is None or (path is not None and folder not in path):
            return None
        return self.spec_of(fullname, found)

    def spec_of(self, name: str, found: Path) -> importlib.machinery.ModuleSpec | None:
        """Tell Python how to load what `locate` found, and remember its state."""
        self._stamps[name] = _stamp(found)
        if found.suffix != ".py":
            spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = [str(found)]
            return spec
        inside = [str(found.parent)] if found.name == "__init__.py" else None
        loader = FreshLoader(name, str(found))
        return importlib.util.spec_from_file_location(
            name, found, loader=loader, submodule_search_locations=inside
        )

    def _leave(self) -> None:
        self.forget()
        if self.root is not None and str(self.root) in sys.path:
            sys.path.remove(str(self.root))

    def _file(self, name: str) -> Path | None:
        module = sys.modules.get(name)
        return None if module is None else _origin(module)


def _origin(module: types.ModuleType) -> Path | None:
    """Give what a module was loaded from: its file, or the folder of a package without one."""
    file = getattr(module, "__file__", None)
    if file:
        return Path(file)
    return next((Path(place) for place in getattr(module, "__path__", ())), None)


def _stamp(path: Path | None) -> Stamp | None:
    """Give what tells two states of a file apart; the same for all states of a folder."""
    if path is None or not path.is_file():
        return None
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino

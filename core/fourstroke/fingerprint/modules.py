"""Which files of the project a file imports, transitively, found by reading and not by running."""

from __future__ import annotations

import ast
import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from fourstroke.errors import PluginError
from fourstroke.plugins.project_modules import locate

if TYPE_CHECKING:
    from collections.abc import Iterator


@attrs.frozen
class Reference:
    """One name that a file imports.

    Parameters
    ----------
    level : int
        How many dots stand before it; 0 for an absolute import.
    module : tuple of str
        The parts of the dotted name.
    names : tuple of str
        What is taken of it; ``*`` for everything.
    """

    level: int
    module: tuple[str, ...]
    names: tuple[str, ...] = ()


def import_closure(root: Path, file: Path) -> tuple[Path, ...]:
    """Find a file and all modules of the project that it imports, and they import, and so on.

    The walk sees every ``import`` and ``from ... import`` wherever it stands, absolute and
    relative, packages with and without ``__init__.py``, and ``import_module`` of a literal name.
    It does not see names that are computed, nor files that are read: those belong under
    ``depends``.

    Parameters
    ----------
    root : Path
        The project's folder; what lies outside is not followed.
    file : Path
        Where to begin, below ``root``.

    Returns
    -------
    tuple of Path
        Relative to ``root``, sorted.

    Raises
    ------
    PluginError
        If a file is not there, or is no Python; names file and line.
    """
    root = Path(os.path.abspath(root))  # noqa: PTH100 - links stay: the content behind them counts
    start = Path(os.path.abspath(root / file))  # noqa: PTH100
    if not start.is_relative_to(root):
        raise PluginError("it lies outside the project", where=str(file))
    found: set[Path] = set()
    waiting = [start, *_packages(root, start.relative_to(root).parts[:-1])]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported(root, path)
    return tuple(sorted(path.relative_to(root) for path in found))


def _imported(root: Path, path: Path) -> Iterator[Path]:
    package = path.parent.relative_to(root).parts
    for reference in _references_of(root, path):
        parts = _absolute(reference, package)
        if parts is None:
            continue
        yield from _module(root, parts)
        for name in reference.names:
            # `from package import name` imports a module if there is one of that name, else an
            # attribute.
            for submodule in _listed(root, parts) if name == "*" else (name,):
                yield from _module(root, (*parts, submodule))


def _absolute(reference: Reference, package: tuple[str, ...]) -> tuple[str, ...] | None:
    """Give the full name; ``None`` for one that leads out of the project."""
    if not reference.level:
        return reference.module
    up = reference.level - 1
    return (*package[: len(package) - up], *reference.module) if up <= len(package) else None


def _module(root: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    found = locate(root, parts)
    if found is None:
        return
    yield from _packages(root, parts[:-1])
    if found.suffix == ".py":
        yield found


def _packages(root: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    """Give the packages above a module: importing it runs the ``__init__.py`` of each."""
    for end in range(1, len(parts) + 1):
        path = root.joinpath(*parts[:end], "__init__.py")
        if path.is_file():
            yield path


def _listed(root: Path, parts: tuple[str, ...]) -> tuple[str, ...]:
    """Name the submodules that a star import loads: those of ``__all__``."""
    found = locate(root, parts)
    if found is None or found.name != "__init__.py":
        return ()
    return _dunder_all(_source(root, found))


def _references_of(root: Path, path: Path) -> tuple[Reference, ...]:
    try:
        return _references(_source(root, path))
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None) or 1
        raise PluginError(
            f"it is no valid Python: {getattr(error, 'msg', error)}",
            where=f"{path.relative_to(root).as_posix()}:{line}",
        ) from error


def _source(root: Path, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        where = path.relative_to(root).as_posix()
        raise PluginError(f"it cannot be read: {error.strerror}", where=where) from error


# Hundreds of steps may stand in one file: it is parsed once, and again only when its content
# changes.
@functools.lru_cache(maxsize=512)
def _references(source: bytes) -> tuple[Reference, ...]:
    found: list[Reference] = []
    tree = ast.parse(source)
    importers = _importers(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [Reference(0, tuple(alias.name.split("."))) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = tuple(node.module.split(".")) if node.module else ()
            found.append(Reference(node.level, module, tuple(alias.name for alias in node.names)))
        elif isinstance(node, ast.Call) and (name := _literal_import(node, importers)):
            bare = name.lstrip(".")
            found.append(Reference(len(name) - len(bare), tuple(bare.split("."))))
    return tuple(found)


def _importers(tree: ast.Module) -> frozenset[str]:
    """Name what imports a module by its name here: ``import_module``, however it is called."""
    aliases = {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "importlib"
        for alias in node.names
        if alias.name == "import_module" and alias.asname
    }
    return frozenset({"import_module", "__import__"} | aliases)


def _literal_import(call: ast.Call, importers: frozenset[str]) -> str:
    """Give the name in ``import_module("name")``; empty if it is computed, or no import.

    One that is relative to another package is given in full.
    """
    function = call.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if called not in importers:
        return ""
    name = _literal(call, 0, "name")
    package = _literal(call, 1, "package")
    if not package or not name.startswith("."):
        return name
    up = len(name) - len(name.lstrip(".")) - 1
    above = package.split(".")
    return ".".join([*above[: len(above) - up], name.lstrip(".")])


def _literal(call: ast.Call, place: int, keyword: str) -> str:
    """Give the text that stands for an argument, by place or by name; empty if it is computed."""
    named = {each.arg: each.value for each in call.keywords}
    node = call.args[place] if len(call.args) > place else named.get(keyword)
    value = node.value if isinstance(node, ast.Constant) else ""
    return value if isinstance(value, str) else ""


@functools.lru_cache(maxsize=512)
def _dunder_all(source: bytes) -> tuple[str, ...]:
    return tuple(
        item.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and _is_dunder_all(node)
        for item in ast.walk(node.value or ast.Tuple(elts=[]))
        if isinstance(item, ast.Constant) and isinstance(item.value, str)
    )


def _is_dunder_all(node: ast.Assign | ast.AugAssign | ast.AnnAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)

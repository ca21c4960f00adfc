"""Modules of the project that a step imported past the project's own names: no key covers them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fourstroke.fingerprint.modules import import_closure
from fourstroke.plugins.inhouse import is_inhouse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from fourstroke.config import PluginTable

_INSTALLED: Final = frozenset({"site-packages", "dist-packages"})


def strays(root: Path, tables: Sequence[PluginTable], before: Collection[str]) -> Iterator[str]:
    """Name files of the project that were imported since, and that the steps' keys do not cover.

    A step that puts a folder on ``sys.path``, or computes the name of a module, uses code that
    reading it does not find.

    Parameters
    ----------
    root : Path
        The project's folder.
    tables : sequence of PluginTable
        The plugins of the step.
    before : collection of str
        The modules that were there before it.
    """
    files = {
        table.use.rpartition(":")[0] for table in tables if table.use and is_inhouse(table.use)
    }
    if not files:
        return
    root = Path(os.path.abspath(root))  # noqa: PTH100 - links stay, as the walk of imports has them
    known = {file for use in files for file in import_closure(root, root / use)}
    known |= {Path(file) for table in tables for file in table.depends}
    for name in sorted(set(sys.modules) - set(before)):
        file = getattr(sys.modules.get(name), "__file__", None)
        path = Path(file) if file else None
        if path is None or not path.is_relative_to(root) or not _INSTALLED.isdisjoint(path.parts):
            continue
        relative = path.relative_to(root)
        if relative not in known:
            yield relative.as_posix()

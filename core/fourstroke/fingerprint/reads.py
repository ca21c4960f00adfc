"""Which facts of a run the code of a plugin reads of its context: its result depends on them."""

from __future__ import annotations

import functools
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

# Seed and task are part of every key. Who reads `self.settings` of its own is keyed too much, which
# costs a run and no truth.
_READ: Final = re.compile(rb"\.\s*(environment|project|settings)\b")


def facts_read(files: Iterable[Path]) -> frozenset[str]:
    """Name the fields of a context that source files mention: environment, project, settings.

    Parameters
    ----------
    files : iterable of Path
        Python files that exist.
    """
    return frozenset(name for file in files for name in _mentioned(file.read_bytes()))


def files_of(module: str) -> tuple[Path, ...]:
    """List the source files of an imported plugin's own package."""
    spec = getattr(sys.modules.get(module), "__spec__", None)
    if spec is None or not spec.origin:
        return ()
    path = Path(spec.origin)
    is_package = path.name == "__init__.py" or "." in module
    return tuple(sorted(path.parent.rglob("*.py"))) if is_package else (path,)


@functools.lru_cache(maxsize=512)
def _mentioned(source: bytes) -> frozenset[str]:
    return frozenset(found.decode() for found in _READ.findall(source))

"""The files that a plugin's settings name: their content belongs to the key as their names do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

# A source tells its own state; a target or channel writes what its path names, so that the key
# would be another one after each run.
_NOT_READ: Final = frozenset({"collect", "batch", "deploy", "alert"})


def files_named(instance: object, stage: str, home: Path) -> dict[str, Path]:
    """Find the files that a plugin's settings of type ``Path`` name.

    Parameters
    ----------
    instance : object
        The plugin with its settings.
    stage : str
        The stage that it serves.
    home : Path
        The folder that fourstroke itself writes to; what lies there is nobody's input.

    Returns
    -------
    mapping of str to Path
        Regular files that are there, by setting, such as ``rules`` or ``tables.age``. Folders
        and what is not there are left out.
    """
    if stage in _NOT_READ:
        return {}
    return {
        name: path
        for name, path in _paths("", instance)
        if path.is_file() and not path.resolve().is_relative_to(home.resolve())
    }


def _paths(name: str, value: Any) -> Iterator[tuple[str, Path]]:
    if isinstance(value, Path):
        yield name, value
        return
    for key, item in _parts(value):
        yield from _paths(f"{name}.{key}" if name else key, item)


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from ((str(key), item) for key, item in value.items())
    elif isinstance(value, tuple | list):
        yield from ((str(number), item) for number, item in enumerate(value))
    elif isinstance(value, set | frozenset):
        yield from ((str(item), item) for item in value if isinstance(item, Path))
    elif attrs.has(type(value)):
        for field in attrs.fields(type(value)):
            if field.init:
                yield field.alias or field.name, getattr(value, field.name)

"""Which code a plugin is: its distribution, version, and the digest of what was installed."""

from __future__ import annotations

import csv
import functools
import importlib.metadata
from typing import TYPE_CHECKING, Final

from fourstroke.artifacts.digest import digest_file, digest_json
from fourstroke.config.naming import USUAL
from fourstroke.entities.run import PluginFact
from fourstroke.fingerprint.editable import imported_sources, is_editable
from fourstroke.fingerprint.modules import import_closure

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from fourstroke.config import PluginTable
    from fourstroke.plugins.build import BuiltPlugin, Identity

# Of the metadata, what the author wrote; the rest says who installed it, when and from where.
_AUTHORED: Final = ("METADATA", "entry_points.txt")


def facts_of(root: Path, plugins: Iterable[BuiltPlugin]) -> tuple[PluginFact, ...]:
    """Say which code the plugins of a project are, each once, sorted."""
    found = {fact_of(root, plugin.table, plugin.identity) for plugin in plugins}
    return tuple(sorted(found, key=lambda fact: (fact.kind, fact.name, fact.distribution)))


def fact_of(root: Path, table: PluginTable, identity: Identity) -> PluginFact:
    """Say which code one plugin is; its module has been imported.

    Raises
    ------
    PluginError
        If a file of the project cannot be read.
    """
    name = table.use or USUAL
    if identity.kind == "file":
        sources = {
            path.as_posix(): digest_file(root / path)
            for path in import_closure(root, root / identity.file)
        }
        return PluginFact(kind=table.stage, name=name, digest=digest_json(sources))
    return PluginFact(
        kind=table.stage,
        name=name,
        distribution=identity.distribution,
        version=identity.version,
        digest=_installed(identity.distribution, identity.value.partition(":")[0]),
    )


def _installed(distribution: str, module: str) -> str:
    if is_editable(distribution):
        return digest_json(imported_sources(distribution, module, digest_file))
    return _record(distribution)


@functools.cache
def _record(distribution: str) -> str:
    """Digest the list of installed files that installers leave, with the digest of each.

    Scripts name the interpreter of this machine, byte code is made here, and some of the metadata
    tells of the installation: without these, equal distributions have equal digests everywhere.
    """
    text = importlib.metadata.distribution(distribution).read_text("RECORD")
    if not text:
        return ""
    rows = [row for row in csv.reader(text.splitlines()) if len(row) > 1]
    return digest_json(sorted([path, digest] for path, digest, *_ in rows if _counts(path, digest)))


def _counts(path: str, digest: str) -> bool:
    *folders, name = path.split("/")
    is_metadata = any(folder.endswith(".dist-info") for folder in folders[:1])
    is_license = is_metadata and len(folders) > 1
    is_here = bool(digest) and ".." not in folders and "__pycache__" not in folders
    return is_here and (not is_metadata or is_license or name in _AUTHORED)

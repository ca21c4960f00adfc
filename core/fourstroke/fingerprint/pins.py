"""Which code a plugin is: its distribution, version, and the digest of what was installed."""

from __future__ import annotations

import contextlib
import csv
import functools
import importlib.metadata
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fourstroke.artifacts.digest import digest_file, digest_json
from fourstroke.config.naming import USUAL
from fourstroke.entities.run import PluginFact
from fourstroke.errors import PluginError
from fourstroke.fingerprint.editable import imported_sources, is_editable
from fourstroke.fingerprint.modules import import_closure
from fourstroke.plugins import discovery
from fourstroke.plugins.discovery import BUNDLED
from fourstroke.plugins.requirement import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from fourstroke.config import PluginTable
    from fourstroke.plugins.build import BuiltPlugin, Identity

# Of the metadata, what the author wrote; the rest says who installed it, when and from where.
_AUTHORED: Final = ("METADATA", "entry_points.txt")


def facts_of(root: Path, plugins: Iterable[BuiltPlugin]) -> tuple[PluginFact, ...]:
    """Say which code the plugins of a project are, each once, sorted; codecs are among them."""
    digest = functools.cache(digest_file)  # several plugins are of one package
    found = {fact_of(root, plugin.table, plugin.identity, digest) for plugin in plugins}
    found.update(codec_facts(digest))
    return tuple(sorted(found, key=lambda fact: (fact.kind, fact.name, fact.distribution)))


def codec_facts(digest: Callable[[Path], str] = digest_file) -> Iterator[PluginFact]:
    """Say which code the installed codecs are; those of fourstroke itself are told with it.

    A codec is found by the type of a value and named by no project file: what is installed is in
    use. One that does not load disturbs nobody before a value of its type is met.
    """
    for offer in discovery.installed():
        if offer.stage != "codec" or offer.is_bundled or not offer.is_usable:
            continue
        with contextlib.suppress(PluginError):
            if is_editable(offer.distribution):
                offer.load()  # what it imports is part of it
            yield PluginFact(
                kind="codec",
                name=offer.name,
                distribution=offer.distribution,
                version=offer.version,
                digest=_installed(offer.distribution, offer.value.partition(":")[0], digest),
            )


def fact_of(
    root: Path,
    table: PluginTable,
    identity: Identity,
    digest: Callable[[Path], str] = digest_file,
) -> PluginFact:
    """Say which code one plugin is; its module has been imported.

    ``digest`` gives the digest of a file's content.

    Raises
    ------
    PluginError
        If a file of the project cannot be read.
    """
    name = table.use or USUAL
    if identity.kind == "file":
        sources = {
            path.as_posix(): digest(root / path)
            for path in import_closure(root, root / identity.file)
        }
        return PluginFact(kind=table.stage, name=name, digest=digest_json(sources))
    return PluginFact(
        kind=table.stage,
        name=name,
        distribution=identity.distribution,
        version=identity.version,
        digest=_installed(identity.distribution, identity.value.partition(":")[0], digest),
    )


def _installed(distribution: str, module: str, digest: Callable[[Path], str]) -> str:
    if not is_editable(distribution):
        return _record(distribution)
    if canonical(distribution) == BUNDLED:
        return digest_json(_package_sources(module, digest))
    return digest_json(imported_sources(distribution, module, digest))


def _package_sources(module: str, digest: Callable[[Path], str]) -> dict[str, str]:
    """Digest the whole package of a bundled plugin.

    None imports another, so that this is all that it imports, and no file has to be parsed for it:
    that took 0.2 s of each run.
    """
    name = module.partition(".")[0]
    folder = Path(str(sys.modules[name].__file__)).parent
    return {
        f"{name}/{path.relative_to(folder).as_posix()}": digest(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.parent.name != "__pycache__"
    }


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

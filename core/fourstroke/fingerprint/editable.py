"""The source of a plugin that is installed in editable mode: it changes without a new version."""

from __future__ import annotations

import functools
import importlib.metadata
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from fourstroke.errors import PluginError
from fourstroke.fingerprint.modules import import_closure
from fourstroke.plugins.requirement import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_BUNDLED = "fourstroke"

# What the modules of this process were when it first asked, by the module that a plugin is in. The
# specification beside it is another one after a reload.
_first_seen: dict[str, tuple[object, Mapping[str, str]]] = {}


def sources_of(
    distribution: str, value: str, digest_file: Callable[[Path], str]
) -> Mapping[str, str]:
    """Digest the modules of an editable distribution that a plugin imports, its own among them.

    Parameters
    ----------
    distribution : str
        Who offers the plugin.
    value : str
        Its entry point, ``module:Class``; the module has been imported.
    digest_file : callable
        Gives the digest of a file's content.

    Returns
    -------
    mapping of str to str
        Digests by ``distribution/package/module.py``; empty for what is installed as it was
        released, and for what is bundled: there the version says all.

    Raises
    ------
    PluginError
        If a module was edited after this process had imported it: what runs would be the old code,
        and its result would be kept under the key of the new one.
    """
    if canonical(distribution) == _BUNDLED or not is_editable(distribution):
        return {}
    module = value.partition(":")[0]
    found = imported_sources(distribution, module, digest_file)
    if not found:
        return {}
    spec = sys.modules[module].__spec__
    known, before = _first_seen.get(module, (None, {}))
    if known is not spec:
        _first_seen[module] = spec, found
    elif before != found:
        raise PluginError(
            "its source has changed since it was imported",
            where=f"plugin {module} ({distribution})",
            hint="start Python anew",
        )
    return found


def imported_sources(
    distribution: str, module: str, digest_file: Callable[[Path], str]
) -> dict[str, str]:
    """Digest a module that has been imported, and all that it imports from the folder it is in."""
    spec = getattr(sys.modules.get(module), "__spec__", None)
    if spec is None or not spec.origin:
        return {}
    path = Path(spec.origin)
    # The folder that Python finds the package in: as many steps up as its name has parts.
    root = path.parents[len(module.split(".")) - (path.name != "__init__.py")]
    return {
        f"{distribution}/{each.as_posix()}": digest_file(root / each)
        for each in import_closure(root, path)
    }


@functools.cache
def is_editable(distribution: str) -> bool:
    """Say whether a distribution is imported from where its source lies.

    Installers write this down (PEP 610, "Recording the Direct URL Origin of installed
    distributions", S. Bidoul and C. Jerdonek, 2019).
    """
    try:
        text = importlib.metadata.distribution(distribution).read_text("direct_url.json")
        return bool(json.loads(text or "{}").get("dir_info", {}).get("editable", False))
    except (importlib.metadata.PackageNotFoundError, ValueError, AttributeError):
        return False

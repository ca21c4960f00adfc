"""Who ran what from which code with which distributions: the facts that a run is recorded with."""

from __future__ import annotations

import contextlib
import getpass
import importlib.metadata
import os
import platform
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.fingerprint.pins import facts_of

try:
    import pwd
except ModuleNotFoundError:  # Windows has no such table
    pwd = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fourstroke.entities.run import PluginFact
    from fourstroke.plugins.build import BuiltPlugin

_GIT_SECONDS = 10
_CODE = ("*.py", "*.toml")
# Shown in every report if they are installed: whoever reads a figure asks for these first.
_SHOWN = ("numpy", "pandas", "scikit-learn")


@attrs.frozen(kw_only=True)
class Provenance:
    """Who, where, and from which code."""

    user: str
    host: str
    commit: str
    dirty: bool
    versions: Mapping[str, str]
    plugins: tuple[PluginFact, ...]
    facts: Mapping[str, Any]


def provenance(root: Path, plugins: Iterable[BuiltPlugin], principal: str = "") -> Provenance:
    """Gather the facts; what cannot be found out is empty.

    The user is the principal who has proved to be that; else who the operating system says, which proves
    nothing: it is a name, not an identity.
    """
    built = tuple(plugins)
    commit, dirty = _git(root)
    return Provenance(
        user=principal or system_user(),
        host=socket.gethostname(),
        commit=commit,
        dirty=dirty,
        versions=_versions(built),
        plugins=facts_of(root, built),
        facts={
            "python": platform.python_version(),
            "implementation": platform.python_implementation(),
            "platform": platform.platform(),
            "processors": os.cpu_count() or 0,
            "distributions": _distributions(),
            **({"process_user": system_user()} if principal else {}),
        },
    )


def _distributions() -> dict[str, str]:
    """Name all installed distributions with their versions, from the names of their folders.

    Reading the metadata of each would take longer than the rest of an unchanged run.
    """
    found: dict[str, str] = {}
    for place in sys.path:
        with contextlib.suppress(OSError):
            for path in Path(place or ".").iterdir():
                stem, dot, kind = path.name.rpartition(".")
                if dot and kind == "dist-info":
                    distribution, _, version = stem.rpartition("-")
                    # The first one on the path is the one that is imported.
                    found.setdefault(distribution.replace("_", "-").lower(), version)
    return dict(sorted(found.items()))


def system_user() -> str:
    """Name the user by the process's own id: LOGNAME and USER say whatever one likes."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name if pwd is not None else getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"


def _versions(plugins: Iterable[BuiltPlugin]) -> dict[str, str]:
    found = {"python": platform.python_version()}
    for plugin in plugins:
        if plugin.identity.distribution:
            found[plugin.identity.distribution] = plugin.identity.version
    for name in _SHOWN:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def email_of(root: Path) -> str:
    """Give the address that git signs commits with here; it proves nothing either."""
    return answer(root, "config", "user.email") or ""


def _git(root: Path) -> tuple[str, bool]:
    """Ask git for the commit and for changes; what it cannot tell counts as a change.

    Code and project files that git does not know are changes, too: a run may use them.
    """
    commit = answer(root, "rev-parse", "HEAD")
    if not commit:
        return "", False
    changed = answer(root, "status", "--porcelain", "--untracked-files=no", "--", ".")
    unknown = answer(root, "ls-files", "--others", "--exclude-standard", "--", *_CODE)
    return commit, changed is None or unknown is None or bool(changed or unknown)


def answer(root: Path, *arguments: str) -> str | None:
    """Ask git, directly and never through a shell; ``None`` if it gives no answer."""
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, and a path of the user's own
            ["git", "-C", str(root), *arguments],  # noqa: S607 - git is where the user's PATH says
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None

"""Who ran what from which code with which distributions: the facts that a run is recorded with."""

from __future__ import annotations

import getpass
import importlib.metadata
import os
import platform
import socket
import subprocess
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from fourstroke.plugins.build import BuiltPlugin

_GIT_SECONDS = 10
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


def provenance(root: Path, plugins: Iterable[BuiltPlugin]) -> Provenance:
    """Gather the facts; what cannot be found out is empty.

    The user is who the operating system says, which proves nothing; it is a name, not an identity.
    """
    commit, dirty = _git(root)
    return Provenance(
        user=_user(),
        host=socket.gethostname(),
        commit=commit,
        dirty=dirty,
        versions=_versions(plugins),
    )


def _user() -> str:
    try:
        return getpass.getuser()
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


def _git(root: Path) -> tuple[str, bool]:
    """Ask git for the commit and for changes; asked directly, never through a shell."""
    commit = _answer(root, "rev-parse", "HEAD")
    if not commit:
        return "", False
    return commit, bool(_answer(root, "status", "--porcelain", "--untracked-files=no"))


def _answer(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, and a path of the user's own
            ["git", "-C", str(root), *arguments],  # noqa: S607 - git is where the user's PATH says
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""

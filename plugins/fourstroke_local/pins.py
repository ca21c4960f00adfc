"""Exact versions of all that a folder needs: those of the model's run, of what each requires, and so on."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from fourstroke import StoreError
from fourstroke_local.tokens import token

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def pinned(roots: Mapping[str, str], recorded: Mapping[str, str], *further: str) -> str:
    """Write requirements with one exact version a line.

    Parameters
    ----------
    roots : mapping of str to str
        What is needed, each with its version.
    recorded : mapping of str to str
        The versions that were installed when the model was trained.
    *further : str
        What else is needed, in the recorded version or the one that is installed now.

    Raises
    ------
    StoreError
        If something is needed that was neither recorded nor is installed.
    ConfigError
        If a name or version is not a plain word.
    """
    known = {canonicalize_name(name): version for name, version in {**recorded, **roots}.items()}
    found: dict[str, str] = {}
    waiting = [canonicalize_name(name) for name in (*roots, *further)]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = known.get(name) or _installed(name)
        waiting += _required(name)
    return "".join(
        f"{token('distribution', name, 'requirements')}"
        f"=={token('version', version, f'requirements: {name}')}\n"
        for name, version in sorted(found.items())
    )


def read(lines: Iterable[str]) -> dict[str, str]:
    """Read lines of the form ``name==version``."""
    pairs = (line.strip().partition("==") for line in lines)
    return {name: version for name, is_pinned, version in pairs if is_pinned}


def _installed(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError as error:
        raise StoreError(
            f"{name} is needed, and nobody knows in which version", hint=f"pip install {name}"
        ) from error


def _required(name: str) -> Iterator[NormalizedName]:
    try:
        lines = importlib.metadata.requires(name) or ()
    except importlib.metadata.PackageNotFoundError:  # recorded on another machine
        return
    for line in lines:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield canonicalize_name(requirement.name)

"""What is found of plugins, under a test's control: bundled ones, and those that it offers."""

from __future__ import annotations

import contextlib
import importlib.metadata
import sys
from typing import TYPE_CHECKING
from unittest import mock

import attrs

from fourstroke.plugins.discovery import BUNDLED, installed
from fourstroke.plugins.requirement import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@attrs.define
class IsolatedPlugins:
    """The plugins that are found while it is in force.

    What else is installed beside the plugin under test must neither help nor disturb it.
    """

    _folder: Path
    # By distribution and version: the entries of each group.
    _offered: dict[tuple[str, str], dict[str, list[str]]] = attrs.field(factory=dict)

    @classmethod
    @contextlib.contextmanager
    def in_force(cls, folder: Path) -> Iterator[IsolatedPlugins]:
        """Hide what third parties have installed until the block ends.

        Parameters
        ----------
        folder : Path
            Where the metadata of what is offered is written.
        """
        isolated = cls(folder)
        everything = importlib.metadata.distributions

        def visible() -> Iterator[importlib.metadata.Distribution]:
            known = {BUNDLED, *(canonical(name) for name, _ in isolated._offered)}
            return (found for found in everything() if canonical(found.name) in known)

        sys.path.insert(0, str(folder))
        try:
            with mock.patch.object(importlib.metadata, "distributions", visible):
                installed.cache_clear()
                yield isolated
        finally:
            sys.path.remove(str(folder))
            installed.cache_clear()

    def offer(
        self,
        stage: str,
        name: str,
        value: str,
        *,
        distribution: str = "fourstroke-under-test",
        version: str = "1.0",
    ) -> None:
        """Offer one plugin, as an installed distribution with this entry point would.

        Parameters
        ----------
        stage, name : str
            The stage or service, and what stands after ``use``.
        value : str
            ``module:Class``, importable.
        distribution, version : str
            Who offers it.
        """
        groups = self._offered.setdefault((distribution, version), {})
        groups.setdefault(f"fourstroke.{stage}", []).append(f"{name} = {value}")
        info = self._folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir(exist_ok=True)
        metadata = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        (info / "METADATA").write_text(metadata)
        entries = [f"[{group}]\n" + "\n".join(each) for group, each in groups.items()]
        (info / "entry_points.txt").write_text("\n\n".join(entries))
        installed.cache_clear()

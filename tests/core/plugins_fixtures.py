"""Distributions that only pretend to be installed, as a fixture."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from fourstroke.plugins.discovery import installed

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Give a function that makes a distribution which importlib finds, with its module."""
    before = set(sys.modules)

    def make(
        name: str,
        entry_points: str,
        *,
        version: str = "1.0",
        requires: tuple[str, ...] = (),
        module: str = "",
    ) -> Path:
        site = tmp_path / f"site-{name}-{version}"
        info = site / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
        lines += [f"Requires-Dist: {requirement}" for requirement in requires]
        (info / "METADATA").write_text("\n".join(lines) + "\n")
        (info / "entry_points.txt").write_text(dedent(entry_points))
        if module:
            (site / f"{name.replace('-', '_')}.py").write_text(dedent(module))
        monkeypatch.syspath_prepend(site)
        installed.cache_clear()
        return site

    yield make
    installed.cache_clear()
    for added in set(sys.modules) - before:
        if (getattr(sys.modules[added], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[added]

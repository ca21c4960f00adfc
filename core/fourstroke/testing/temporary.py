"""A project in a temporary folder, for the tests of a plugin."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from fourstroke.project import Project


@attrs.frozen
class TemporaryProject:
    r"""Writes a project's files and opens it.

    Examples
    --------
    In a test, with the fixture ``fourstroke_project``::

        def test_run(fourstroke_project):
            project = fourstroke_project('[data.collect]\npath = "a.csv"', files={"a.csv": "x\n1\n"})
            assert project.run().state == "succeeded"
    """

    folder: Path

    def __call__(
        self, toml: str, *, files: Mapping[str, str | bytes] | None = None, name: str = "project"
    ) -> Project:
        """Write ``fourstroke.toml`` and other files by their relative path, and open the project.

        A text without a table ``[project]`` gets one that names it ``name``.
        """
        from fourstroke.project import Project  # noqa: PLC0415 - only when one is opened

        root = self.folder / name
        text = dedent(toml)
        if "[project]" not in text:
            text = f'[project]\nname = "{name}"\n\n{text}'
        for relative, content in {"fourstroke.toml": text, **(files or {})}.items():
            path = root / relative
            path.parent.mkdir(parents=True, exist_ok=True)
            data = dedent(content).encode() if isinstance(content, str) else content
            path.write_bytes(data)
        return Project.open(root)

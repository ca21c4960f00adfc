"""What the tests of plugins share: small projects, built."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from fourstroke.config import load_config
from fourstroke.context import Context
from fourstroke.entities.task import Task
from fourstroke.plugins.build import BuiltPlugin, build_all

PROJECT = """\
[project]
name = "sample"

[data.collect]
path = "data.csv"
"""


def build_project(
    root: Path, *, toml: str = "", steps: str = "", files: dict[str, str] | None = None
) -> dict[tuple[str, str], BuiltPlugin]:
    """Write a project and build all of its plugins."""
    (root / "fourstroke.toml").write_text(PROJECT + dedent(toml))
    contents = {"steps.py": steps, **(files or {})}
    for name, content in contents.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(dedent(content))
    return dict(build_all(load_config(root)))


def build_step(root: Path, use: str, steps: str, *, toml: str = "") -> BuiltPlugin:
    """Build one plugin of a project, named by the stage ``prepare``."""
    table = f'[[data.prepare]]\nname = "own"\nuse = "{use}"\n{dedent(toml)}'
    return build_project(root, toml=table, steps=steps)["prepare", "own"]


def context_at(root: Path) -> Context:
    """Give a context as a step has it."""
    return Context(run="r", step="s", project="p", root=root, scratch=root, task=Task())

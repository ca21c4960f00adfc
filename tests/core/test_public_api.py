"""The names of the public API: imported when they are asked for, and all of them there."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import fourstroke


def imported_for_types() -> dict[str, str]:
    """Read from the source which name is imported from where, for whoever checks types."""
    tree = ast.parse(Path(fourstroke.__file__).read_text())
    [block] = [node for node in tree.body if isinstance(node, ast.If)]
    return {
        name.name: str(node.module)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }


def test_every_name_is_at_home_where_types_are_checked():
    found = {name: f"fourstroke.{home}" for name, home in fourstroke._HOMES.items()}

    assert found == imported_for_types()
    assert {*fourstroke.__all__} == {*found, "__version__"}


@pytest.mark.parametrize("name", fourstroke.__all__)
def test_every_name_is_there(name):
    assert getattr(fourstroke, name) is not None
    assert name in dir(fourstroke)


def test_other_names_are_told_as_those_of_any_module():
    with pytest.raises(AttributeError, match="module 'fourstroke' has no attribute 'Projekt'"):
        fourstroke.Projekt  # noqa: B018 - it is not there


def test_help_imports_no_entity():
    program = (
        "import sys; from fourstroke.cli.main import main; main(['--help']); "
        "print(*(name for name in sys.modules if name.startswith('fourstroke.entities')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1].strip() == ""

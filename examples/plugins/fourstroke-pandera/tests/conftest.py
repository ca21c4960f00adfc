"""A project's folder with a schema file, and the checks that come of it."""

from __future__ import annotations

import textwrap

import pandas as pd
import pytest

from fourstroke import Context, Task
from fourstroke_pandera import Pandera


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {"age": [31.0, 200.0, None, 45.0], "city": ["a", "z", None, "a"], "id": [1, 1, 2, 3]},
        index=[7, 7, 8, 9],
    )


@pytest.fixture
def context(tmp_path):
    """Give a context whose project file says what is given here."""

    def make(**settings) -> Context:
        return Context(
            run="r",
            step="data.check.pandera",
            project="p",
            root=tmp_path,
            scratch=tmp_path,
            task=Task(target="y"),
            settings=settings,
        )

    return make


@pytest.fixture
def checked(tmp_path, context):
    """Check a table by a schema; give the checks by name."""

    def check(schema, data, *, file="schema.yaml", **settings):
        (tmp_path / file).write_text(textwrap.dedent(schema), encoding="utf-8")
        plugin = Pandera(schema=tmp_path / file, **settings)
        checks = plugin.check(data, context())
        found = {each.name: each for each in checks}
        assert len(found) == len(checks)
        return found

    return check

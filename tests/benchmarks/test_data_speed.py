"""What it costs to see that nothing changed, and to profile a table, beside what is written by hand."""

from __future__ import annotations

import hashlib
import os
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from fourstroke.artifacts.codecs import Codecs
from fourstroke.artifacts.stat_index import StatIndex
from fourstroke.artifacts.table_service import TableService
from fourstroke_files.finding import find

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.benchmark

FILES, FOLDERS = 100_000, 100
ROWS = 1_000_000


@pytest.fixture(scope="module")
def many(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    for number in range(FOLDERS):
        (folder / str(number)).mkdir()
        for at in range(FILES // FOLDERS):
            (folder / str(number) / f"{at}.jsonl").write_text(f'{{"a": {number}, "b": {at}}}\n')
    time.sleep(2.1)  # what was written a moment ago is read again
    return folder


def test_a_hundred_thousand_files_that_did_not_change(many):
    index = StatIndex(many / "index.sqlite")
    for path in find("*/*.jsonl", many):
        index.digest(path)
    started = time.perf_counter()
    for path in find("*/*.jsonl", many):
        index.digest(path)
    ours = time.perf_counter() - started
    index.close()

    started = time.perf_counter()
    for place, _, names in os.walk(many):
        for name in names:
            os.stat(os.path.join(place, name))  # noqa: PTH116, PTH118 - the floor
    walked = time.perf_counter() - started
    started = time.perf_counter()
    for place, _, names in os.walk(many):
        for name in names:
            with open(os.path.join(place, name), "rb") as file:  # noqa: PTH118, PTH123 - the floor
                hashlib.sha256(file.read()).digest()
    read = time.perf_counter() - started

    print(
        f"\n{FILES:,} files: {ours:.2f} s; {ours / walked:.1f} x a walk, {ours / read:.2f} x hashing"
    )
    assert ours < 2.0


def test_a_profile_of_a_million_rows(tmp_path):
    random = np.random.default_rng(0)
    table = pd.DataFrame(
        {f"n{at}": random.normal(size=ROWS) for at in range(6)}
        | {f"i{at}": random.integers(0, 50, ROWS) for at in range(2)}
        | {f"t{at}": random.choice(["north", "south", "east"], ROWS) for at in range(2)}
    )
    tables = TableService(Codecs(tmp_path))
    started = time.perf_counter()
    profile = tables.profile(table)
    ours = time.perf_counter() - started

    started = time.perf_counter()
    table.describe(include="all")
    for name in table:
        table[name].nunique()
        table[name].isna().sum()
        if table[name].dtype.kind in "fi":
            np.histogram(table[name], bins=20)
        table[name].value_counts().head(10)
    floor = time.perf_counter() - started

    print(f"\n{ROWS:,} x 10: {ours:.2f} s; {ours / floor:.2f} x what pandas takes for the same")
    assert profile.rows == ROWS
    assert ours < 3 * floor

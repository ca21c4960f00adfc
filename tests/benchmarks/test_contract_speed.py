"""How long ten rules of a contract take on a million rows, beside pandas written by hand."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from fourstroke import Context, Task
from fourstroke_contract import Contract
from fourstroke_leakage import Leakage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.benchmark

ROWS = 1_000_000
TEN_RULES = """
[table]
key = ["id"]
[columns.id]
missing = 0
[columns.age]
min = 0
max = 120
[columns.income]
usual = [0, 1000000]
[columns.country]
allowed = ["AT", "CH", "DE", "FR", "IT"]
[columns.code]
pattern = "[A-Z]{2}[0-9]{3}"
length = [5, 5]
[columns.score]
missing = 0.2
[[rules]]
must = "low <= high"
"""


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    random = np.random.default_rng(0)
    score = random.random(ROWS)
    score[random.random(ROWS) < 0.1] = np.nan
    low = random.random(ROWS)
    codes = np.array([f"AB{number:03d}" for number in range(1000)])
    return pd.DataFrame(
        {
            "id": random.permutation(ROWS),
            "age": random.integers(0, 100, ROWS),
            "income": random.lognormal(10, 0.5, ROWS),
            "country": random.choice(["AT", "CH", "DE", "FR", "IT"], ROWS),
            "code": random.choice(codes, ROWS),
            "score": score,
            "low": low,
            "high": low + random.random(ROWS),
            "member": random.random(ROWS) < 0.5,
            "since": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(random.integers(0, 900, ROWS), "D"),
        }
    )


def by_hand(data: pd.DataFrame) -> bool:
    """Ask the same ten things as anybody would."""
    return bool(
        not data["id"].duplicated().any()
        and not data["id"].isna().any()
        and not (data["age"] < 0).any()
        and not (data["age"] > 120).any()
        and data["income"].between(0, 1_000_000).mean() > 0.99
        and data["country"].isin(["AT", "CH", "DE", "FR", "IT"]).all()
        and data["code"].str.fullmatch("[A-Z]{2}[0-9]{3}").all()
        and (data["code"].str.len() == 5).all()
        and data["score"].isna().mean() <= 0.2
        and (data["low"] <= data["high"]).all()
    )


def best(call: Callable[[], object], times: int = 5) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return min(taken)


def test_ten_rules_take_at_most_twice_the_time_of_pandas_by_hand(
    tmp_path: Path, table: pd.DataFrame
):
    (tmp_path / "c.toml").write_text(TEN_RULES)
    contract = Contract(file=tmp_path / "c.toml")
    checks = contract.check(table)
    assert len(checks) == 10
    assert {check.status for check in checks} == {"pass"}
    assert by_hand(table)

    floor, taken = best(lambda: by_hand(table)), best(lambda: contract.check(table))

    print(f"\nby hand {floor:.3f} s, contract {taken:.3f} s: {taken / floor:.2f} times")
    assert taken <= 2 * floor


def test_audit_of_fifty_thousand_rows_takes_less_than_a_second(tmp_path: Path, table: pd.DataFrame):
    data = table.head(50_000).assign(**{f"x{number}": range(50_000) for number in range(4)})
    data["bought"] = np.where(data["score"] > 0.5, "yes", "no")
    parts = {"train": data.iloc[:37_500], "test": data.iloc[37_500:]}
    context = Context(
        run="r",
        step="s",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(target="bought", id="id"),
    )

    taken = best(lambda: Leakage().audit(parts, context))

    print(f"\naudit {taken:.3f} s")
    assert taken < 1

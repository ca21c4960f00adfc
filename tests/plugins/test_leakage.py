"""The bundled audit: what leaks is found, and what only looks like it is left alone."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fourstroke import Check, Context, Task
from fourstroke_leakage import Leakage

TASK = {"target": "bought", "positive": "yes"}


def table(rows: int = 2_000, *, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    age = random.normal(45, 12, rows).round(1)
    return pd.DataFrame(
        {
            "age": age,
            "income": random.lognormal(10, 0.5, rows).round(2),
            "visits": random.poisson(4, rows),
            "city": random.choice(["Aachen", "Bonn", "Köln"], rows),
            "bought": np.where(age + random.normal(0, 12, rows) > 50, "yes", "no"),
        }
    )


def audit(
    data: pd.DataFrame, *, held: Any = None, settings: Any = None, **task: Any
) -> dict[str, Check]:
    """Audit a random split of a table."""
    if held is None:
        held = np.random.default_rng(1).random(len(data)) < 0.25
    return audit_parts({"train": data[~held], "test": data[held]}, settings=settings, **task)


def audit_parts(parts: Any, *, settings: Any = None, **task: Any) -> dict[str, Check]:
    here = Path()
    context = Context(
        run="r", step="s", project="p", root=here, scratch=here, task=Task(**{**TASK, **task})
    )
    return {check.name: check for check in Leakage(**(settings or {})).audit(parts, context)}


def odd(checks: dict[str, Check]) -> dict[str, str]:
    return {
        name: check.status for name, check in checks.items() if check.status in {"warn", "fail"}
    }


def test_clean_split_raises_no_alarm():
    assert odd(audit(table())) == {}


def test_copied_rows_are_an_error():
    data = table()
    data = pd.concat([data, data.sample(frac=0.1, random_state=2)], ignore_index=True)

    found = audit(data)

    assert odd(found) == {"duplicates": "fail"}
    assert "held-out rows" in found["duplicates"].why


def test_rows_of_few_values_repeat_by_chance_and_are_no_leak():
    random = np.random.default_rng(3)
    data = pd.DataFrame(
        {
            "a": random.integers(0, 3, 3_000),
            "b": random.choice(["x", "y"], 3_000),
            "bought": random.choice(["yes", "no"], 3_000),
        }
    )

    found = audit(data)

    assert found["duplicates"].status == "pass"
    assert "by chance" in found["duplicates"].why


def test_copied_rows_with_ids_of_their_own_are_found():
    data = table()
    data = pd.concat([data, data.sample(frac=0.1, random_state=2)], ignore_index=True)
    data["id"] = range(len(data))

    assert audit(data, id="id")["duplicates"].status == "fail"


def test_same_ids_on_both_sides_are_an_error():
    data = table()
    held = np.zeros(len(data), dtype=bool)
    held[1_500:] = True
    data["id"] = [*range(1_500), *range(1_400, 1_900)]

    found = audit(data, held=held, id="id")

    assert odd(found) == {"ids": "fail"}
    assert found["ids"].rows[:2] == (0, 1)


def test_ids_of_several_rows_are_a_suspicion_that_names_the_way_out():
    data = table().assign(id=lambda frame: np.arange(len(frame)) // 4)

    found = audit(data, id="id")

    assert odd(found) == {"ids": "warn"}
    assert "task.group" in found["ids"].why


def test_group_on_both_sides_is_an_error():
    data = table().assign(shop=np.random.default_rng(7).integers(0, 30, 2_000))

    found = audit(data, group="shop")

    assert odd(found) == {"groups": "fail"}
    assert "30 groups" in found["groups"].why


def test_training_on_later_rows_is_a_suspicion():
    data = table().assign(day=pd.date_range("2024-01-01", periods=2_000, freq="h"))

    assert odd(audit(data, time="day")) == {"time": "warn"}


def test_split_by_time_is_clean():
    data = table().assign(day=pd.date_range("2024-01-01", periods=2_000, freq="h"))
    held = np.arange(2_000) >= 1_500

    assert odd(audit(data, held=held, time="day")) == {}


@pytest.mark.parametrize(
    "column",
    [
        np.arange,
        lambda rows: [f"k{number}" for number in range(rows)],
    ],
    ids=["numbers", "names"],
)
def test_identifier_among_the_features_is_a_suspicion(column):
    data = table().assign(row=column(2_000))

    found = audit(data)

    assert odd(found) == {"identifiers": "warn"}
    assert "'row'" in found["identifiers"].why


def test_measured_numbers_and_sentences_are_no_identifiers():
    data = table().assign(
        price=np.random.default_rng(7).permutation(10_000_000)[:2_000],
        note=[f"a word and {number}" for number in range(2_000)],
    )

    assert audit(data)["identifiers"].status == "pass"


@pytest.mark.parametrize(
    "column",
    [
        lambda bought: (bought == "yes").astype(int),
        lambda bought: bought.map({"yes": "Y", "no": "N"}),
        lambda bought: np.where(bought == "yes", 1.0, np.nan),
    ],
    ids=["flag", "letters", "missing or not"],
)
def test_target_in_other_words_is_an_error(column):
    data = table()
    data["paid"] = column(data["bought"])

    found = audit(data)

    assert odd(found) == {"proxies": "fail"}
    assert found["proxies"].column == "paid"


def test_column_that_nearly_tells_the_target_is_a_suspicion():
    data = table()
    flag = data["bought"] == "yes"
    data["paid"] = (flag ^ (np.random.default_rng(4).random(2_000) < 0.003)).astype(int)

    found = audit(data)

    assert odd(found) == {"predictors": "warn"}
    assert "AUC" in found["predictors"].why


@pytest.mark.parametrize(
    "column",
    [
        np.log,
        lambda income: 3 - 2 * income,
        lambda income: pd.qcut(income, 5).astype("str"),
    ],
    ids=["logarithm", "line", "bands"],
)
def test_number_in_other_words_is_an_error(column):
    data = table().drop(columns="bought")
    data["tax"] = column(data["income"])

    found = audit(data, target="income", kind="regression", positive=None)

    assert odd(found) == {"proxies": "fail"}


def test_number_with_a_little_noise_is_a_suspicion():
    data = table().drop(columns="bought")
    data["tax"] = data["income"] * 0.3 + np.random.default_rng(5).normal(0, 20, 2_000)

    found = audit(data, target="income", kind="regression", positive=None)

    assert odd(found) == {"predictors": "warn"}


def test_genus_of_a_species_is_a_suspicion():
    data = table()
    data["species"] = np.random.default_rng(7).choice(["aa", "ab", "ba", "bb"], 2_000)
    data["genus"] = data["species"].str[0]

    found = audit(data, target="species", kind="multiclass", positive=None)

    assert odd(found) == {"predictors": "warn"}
    assert "'genus'" in found["predictors"].why


def test_columns_that_are_no_features_are_not_asked():
    data = table()
    data["paid"] = (data["bought"] == "yes").astype(int)

    assert odd(audit(data, ignore=("paid",))) == {}


def test_settings_weigh_questions_otherwise():
    data = table().assign(row=range(2_000))
    data["paid"] = (data["bought"] == "yes").astype(int)

    found = audit(data, settings={"fail": ("identifiers",), "warn": ("proxies",), "off": ("time",)})

    assert odd(found) == {"identifiers": "fail", "proxies": "warn"}
    assert "time" not in found
    assert found["identifiers"].says_no
    assert not found["proxies"].says_no


def test_tables_that_are_no_frames_are_passed_over():
    found = audit_parts({"train": [{"a": 1}], "test": [{"a": 1}]})

    assert found["leakage"].status == "skipped"


def test_odd_cells_are_taken():
    data = table(400).assign(
        tags=[[1, 2]] * 400,
        mixed=[1, "a"] * 200,
        nothing=None,
        when=pd.date_range("2024-01-01", periods=400, tz="UTC"),
        kind=pd.Categorical(["a", "b"] * 200),
    )

    assert odd(audit(data)) == {}


def test_fifty_thousand_rows_take_less_than_a_second():
    data = table(50_000)
    for number in range(10):
        data[f"x{number}"] = np.random.default_rng(number).normal(size=50_000)
    seconds = []
    for _ in range(3):
        # Of the processor: whoever else is at work on the machine makes no difference.
        began = time.process_time()
        audit(data)
        seconds.append(time.process_time() - began)

    assert min(seconds) < 1

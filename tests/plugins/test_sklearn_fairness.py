"""Gaps between groups, against the definitions computed by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sk

from fourstroke import Task
from fourstroke_sklearn.fairness import (
    fairness_section,
    odds_difference,
    opportunity_difference,
    parity_difference,
    parity_ratio,
    rates_of,
)
from fourstroke_sklearn.scored import scored_rows

TASK = Task(target="y", kind="binary", positive="yes", sensitive=("sex",))


@pytest.fixture
def rows():
    random = np.random.default_rng(0)
    sex = random.choice(["f", "m"], 1000)
    data = pd.DataFrame({"sex": sex, "y": np.where(random.random(1000) < 0.4, "yes", "no")})
    chance = np.where(sex == "f", 0.2, 0.5) + 0.3 * (data["y"] == "yes")
    said = pd.DataFrame({"prediction": np.where(random.random(1000) < chance, "yes", "no")})
    return data, said, scored_rows(data, said, TASK)


def test_gaps_are_those_of_their_definitions(rows):
    data, said, scored = rows
    truth, guess = data["y"] == "yes", said["prediction"] == "yes"
    women, men = data["sex"] == "f", data["sex"] == "m"
    selected = [guess[group].mean() for group in (women, men)]
    found = [sk.recall_score(truth[group], guess[group]) for group in (women, men)]
    false = [guess[group & ~truth].mean() for group in (women, men)]

    rates = rates_of(data["sex"], scored)

    assert parity_difference(rates) == pytest.approx(abs(selected[0] - selected[1]))
    assert parity_ratio(rates) == pytest.approx(min(selected) / max(selected))
    assert opportunity_difference(rates) == pytest.approx(abs(found[0] - found[1]))
    gaps = abs(found[0] - found[1]), abs(false[0] - false[1])
    assert odds_difference(rates) == pytest.approx(max(gaps))


def test_less_than_four_fifths_is_said(rows):
    data, _, scored = rows

    (section,) = fairness_section(data, scored, TASK)

    assert "By sex one group is selected less than four fifths as often" in section.text
    assert section.tables[0].title == "Gaps between groups"


def test_equal_groups_are_not_accused(rows):
    data, said, _ = rows
    alike = pd.concat([data, data.assign(sex=data["sex"].map({"f": "m", "m": "f"}))])
    both = pd.concat([said, said])

    (section,) = fairness_section(alike, scored_rows(alike, both, TASK), TASK)

    assert "four fifths" not in section.text
    assert section.tables[0].rows[0][1:] == (0.0, 1.0, 0.0, 0.0)


def test_one_group_has_no_gap(rows):
    data, _, scored = rows

    rates = rates_of(data["sex"].where(data["sex"] == "f", "f"), scored)

    assert parity_difference(rates) is None
    assert parity_ratio(rates) is None
    assert odds_difference(rates) is None

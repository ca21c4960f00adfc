"""Behaviour, fairness and resources of candidates: planted faults are named, good ones pass."""

from __future__ import annotations

import time
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourstroke import Candidate, Context, DataError, Evaluation, Task
from fourstroke_behaviour import Behaviour, Fairness, Resources
from fourstroke_behaviour.shares import difference, wilson
from fourstroke_sklearn import Sklearn


def context(tmp_path: Path, **task) -> Context:
    return Context(
        run="r",
        step="development.validate.behaviour",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(**{"target": "y", "kind": "binary", "positive": "yes", **task}),
        seed=3,
    )


def table(rows: int = 1200) -> pd.DataFrame:
    random = np.random.default_rng(0)
    income, age = random.normal(50, 10, rows), random.integers(18, 80, rows)
    pull = (income - 50) / 10 + random.normal(size=rows) / 3
    return pd.DataFrame(
        {
            "income": income,
            "age": age,
            "name": random.choice(["ann", "bob", "cem"], rows),
            "y": np.where(pull > 0, "yes", "no"),
        }
    )


def said_by(share) -> pd.DataFrame:
    share = np.asarray(share, dtype=float)
    return pd.DataFrame(
        {
            "prediction": np.where(share >= 0.5, "yes", "no"),
            "probability_no": 1 - share,
            "probability_yes": share,
        }
    )


def candidate(predict, data=None, **more) -> Candidate:
    data = table() if data is None else data
    return Candidate(
        name="c",
        digest="d",
        evaluation=Evaluation(metrics=()),
        data=data,
        predictions=predict(data),
        predict=predict,
        **more,
    )


def by_income(data: pd.DataFrame) -> pd.DataFrame:
    """Predict as a model of this framework does: by name, and with an error where a column is gone."""
    if "income" not in data.columns:
        raise DataError("the table does not have it", where="column 'income'")
    return said_by(1 / (1 + np.exp(-(data["income"] - 50) / 10)))


def statuses(settings: Behaviour, found: Candidate, where: Context) -> dict[str, str]:
    return {check.name: check.status for check in settings.validate(found, where)}


def test_a_good_candidate_passes_all(tmp_path):
    asked = Behaviour(invariant=("name", "age"), rising=("income",))

    found = statuses(asked, candidate(by_income), context(tmp_path))

    assert found == {
        "order of columns": "pass",
        "a further column": "pass",
        "a missing column": "pass",
        "noise of 0.01": "pass",
        "name must not matter": "pass",
        "age must not matter": "pass",
        "more income must not lower": "pass",
    }


FAULTS = {
    "goes by the place of a column": (
        lambda d: (
            said_by(d.iloc[:, 0].rank(pct=True)) if d.columns[0] != "y" else said_by(d["age"] / 80)
        ),
        {"order of columns"},
    ),
    "counts the columns": (
        lambda d: said_by(np.full(len(d), d.shape[1] / 9)),
        {"a further column"},
    ),
    "fills in what is missing": (
        lambda d: said_by(d.get("income", pd.Series(50.0, d.index)).rank(pct=True)),
        {"a missing column"},
    ),
    "jumps at small steps": (
        lambda d: said_by((np.floor(d["income"] * 50) % 2) * 0.8 + 0.1),
        {"noise of 0.01", "more income must not lower"},
    ),
    "goes by the name": (
        lambda d: said_by(by_income(d)["probability_yes"] * 0.4 + 0.5 * (d["name"] == "ann")),
        {"name must not matter"},
    ),
    "falls where it should rise": (
        lambda d: said_by(1 - by_income(d)["probability_yes"]),
        {"more income must not lower"},
    ),
}


@pytest.mark.parametrize(("predict", "faults"), FAULTS.values(), ids=FAULTS)
def test_a_planted_fault_is_named(tmp_path, predict, faults):
    asked = Behaviour(invariant=("name",), rising=("income",))

    found = statuses(asked, candidate(predict), context(tmp_path))

    assert faults <= {name for name, status in found.items() if status == "fail"}


def test_a_share_of_rows_may_behave_otherwise_and_is_told_with_its_interval(tmp_path):
    def predict(data):
        usual = by_income(data)["probability_yes"]
        return said_by(usual.where(data["age"] > 25, 0.9 * (data["name"] == "ann")))

    strict, lenient = (
        Behaviour(invariant=("name",), share=share).validate(candidate(predict), context(tmp_path))[
            -1
        ]
        for share in (0.01, 0.2)
    )

    assert (strict.status, lenient.status) == ("fail", "pass")
    assert strict.interval[0] < strict.observed < strict.interval[1]
    assert strict.rows
    assert "of the rows" in strict.required


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (Behaviour(rising=("nothing",)), "there is no column 'nothing'"),
        (Behaviour(rising=("name",)), "no numbers"),
        (Behaviour(invariant=("nothing",)), "there is no column 'nothing'"),
    ],
)
def test_what_cannot_be_asked_fails_and_hides_nothing(tmp_path, asked, says):
    checks = asked.validate(candidate(by_income), context(tmp_path))

    assert says in checks[-1].why
    assert checks[-1].status == "fail"
    assert {check.status for check in checks[:-1]} == {"pass"}


def test_without_a_model_it_fails(tmp_path):
    bare = attrs.evolve(candidate(by_income), predict=None)

    (check,) = Behaviour().validate(bare, context(tmp_path))

    assert check.status == "fail"


def test_models_of_the_framework_behave(tmp_path):
    where, data = context(tmp_path), table()
    trainer = Sklearn(estimator="LogisticRegression")
    model = trainer.train(data, where)
    trained = candidate(lambda rows: trainer.predict(model, rows, where), data)

    found = statuses(Behaviour(invariant=("name",), rising=("income",)), trained, where)

    assert set(found.values()) == {"pass"}


@pytest.mark.parametrize("positive", [1.0, 1, "1", None])
def test_classes_that_are_numbers_have_an_order(tmp_path, positive):
    where = context(tmp_path, positive=positive)
    data = table().assign(y=lambda rows: (rows["y"] == "yes").astype(float))
    trainer = Sklearn(estimator="LogisticRegression")
    model = trainer.train(data, where)
    trained = candidate(lambda rows: trainer.predict(model, rows, where), data)

    found = statuses(Behaviour(rising=("income",), falling=("income",)), trained, where)

    assert found["more income must not lower"] == "pass"
    assert found["more income must not raise"] == "fail"


def test_numbers_that_are_predicted_rise_and_fall(tmp_path):
    where = context(tmp_path, kind="regression", positive=None, target="income")
    data = table().drop(columns="y")

    def predict(rows):
        return pd.DataFrame({"prediction": rows["age"] * 2.0})

    found = statuses(
        Behaviour(rising=("age",), invariant=("name",)), candidate(predict, data), where
    )
    fallen = statuses(Behaviour(falling=("age",)), candidate(predict, data), where)

    assert set(found.values()) == {"pass"}
    assert fallen["more age must not raise"] == "fail"


# Fairness


def groups(shares: dict[str, tuple[int, int]]) -> Candidate:
    """Give groups of rows of the class of interest, of which so many are found."""
    data = pd.DataFrame(
        {"group": [name for name, (_, rows) in shares.items() for _ in range(rows)]}
    )
    said = [n < hits for hits, rows in shares.values() for n in range(rows)]
    made = Candidate(
        name="c",
        digest="d",
        evaluation=Evaluation(metrics=()),
        data=data.assign(y="yes"),
        predictions=said_by(np.where(said, 0.9, 0.1)),
    )
    # One row of another class, so that there are two.
    other = pd.DataFrame({"group": ["a"], "y": ["no"]})
    return attrs.evolve(
        made,
        data=pd.concat([made.data, other], ignore_index=True),
        predictions=pd.concat([made.predictions, said_by([0.1])], ignore_index=True),
    )


@pytest.mark.parametrize(
    ("shares", "settings", "status"),
    [
        ({"a": (80, 100), "b": (78, 100)}, {}, "pass"),
        ({"a": (80, 100), "b": (60, 100)}, {}, "fail"),
        ({"a": (80, 100), "b": (60, 100)}, {"most": 0.3}, "pass"),
        ({"a": (80, 100), "b": (75, 100)}, {"bound": "interval"}, "inconclusive"),
        ({"a": (8000, 10000), "b": (7900, 10000)}, {"bound": "interval"}, "pass"),
        ({"a": (80, 100), "b": (0, 10)}, {}, "inconclusive"),
        ({"a": (80, 100), "b": (0, 10), "c": (79, 100)}, {}, "pass"),
    ],
)
def test_groups_are_held_against_the_bound(tmp_path, shares, settings, status):
    where = context(tmp_path, sensitive=("group",))

    (check,) = Fairness(**settings).validate(groups(shares), where)

    assert check.status == status
    assert check.column == "group"


def test_group_that_is_too_small_says_how_many_rows_would_fill_it(tmp_path):
    (check,) = Fairness(columns=("group",)).validate(
        groups({"a": (80, 100), "b": (1, 10)}), context(tmp_path)
    )
    (alone,) = Fairness(columns=("group",)).validate(groups({"a": (80, 100)}), context(tmp_path))

    # b has 10 of 110 rows: three times as many have 30 of it.
    assert (check.status, check.rows_needed) == ("inconclusive", 330)
    assert "330 such rows would do, there are 110" in check.why
    assert (alone.status, alone.rows_needed) == ("inconclusive", None)
    assert "there is no second one" in alone.why


def test_reason_names_the_groups_and_those_that_do_not_count(tmp_path):
    found = groups({"a": (80, 100), "b": (60, 100), "c": (1, 9)})

    (check,) = Fairness(columns=("group",)).validate(found, context(tmp_path))

    assert "0.800 where group is a, 0.600 where it is b" in check.why
    assert "1 smaller groups do not count" in check.why
    assert check.interval == pytest.approx(difference((80, 100), (60, 100)))


def test_each_measure_is_that_of_counting(tmp_path):
    random = np.random.default_rng(1)
    data = pd.DataFrame(
        {"group": random.choice(["a", "b"], 800), "y": random.choice(["yes", "no"], 800)}
    )
    predictions = said_by(random.random(800))
    found = Candidate(
        name="c",
        digest="d",
        evaluation=Evaluation(metrics=()),
        data=data,
        predictions=predictions,
    )
    said, truth = predictions["prediction"] == "yes", data["y"] == "yes"
    by_hand = {
        "selection": said.groupby(data["group"]).mean(),
        "recall": said[truth].groupby(data["group"]).mean(),
        "false_alarms": said[~truth].groupby(data["group"]).mean(),
        "accuracy": (said == truth).groupby(data["group"]).mean(),
    }

    for measure, shares in by_hand.items():
        (check,) = Fairness(columns=("group",), measure=measure).validate(found, context(tmp_path))
        assert check.observed == pytest.approx(shares.max() - shares.min(), abs=1e-6)


@pytest.mark.parametrize(
    ("task", "settings", "says"),
    [
        ({}, {}, "calls none sensitive"),
        ({}, {"columns": ("nothing",)}, "there is no column 'nothing'"),
        ({"kind": "regression", "positive": None}, {"columns": ("group",)}, "has none"),
    ],
)
def test_what_cannot_be_compared_fails(tmp_path, task, settings, says):
    found = groups({"a": (80, 100), "b": (60, 100)})

    (check,) = Fairness(**settings).validate(found, context(tmp_path, **task))

    assert check.status == "fail"
    assert says in check.why


@given(counts=st.tuples(st.integers(0, 50), st.integers(0, 50)), rows=st.integers(50, 90))
def test_interval_holds_the_difference_and_turns_around(counts, rows):
    first, second = ((count, rows) for count in counts)
    low, high = difference(first, second)

    assert -1 <= low <= counts[0] / rows - counts[1] / rows <= high <= 1
    assert difference(second, first) == pytest.approx((-high, -low))


def test_intervals_are_the_published_ones():
    """Newcombe (1998), Statistics in Medicine 17: 857 (Wilson) and 873 (method 10), their tables."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert difference((56, 70), (48, 80)) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert difference((9, 10), (3, 10)) == pytest.approx((0.1705, 0.8090), abs=5e-5)
    assert difference((5, 56), (0, 29)) == pytest.approx((-0.0381, 0.1926), abs=5e-5)


# Resources


def test_size_and_time_are_held_against_their_bounds():
    def slow(rows):
        time.sleep(0.004)
        return by_income(rows)

    found = candidate(slow, size_bytes=3_000_000)

    loose = Resources(most_megabytes=3, most_milliseconds=2000, times=20).validate(found)
    tight = Resources(most_megabytes=2.9, most_milliseconds=3, times=20).validate(found)

    assert [check.status for check in loose] == ["pass", "pass"]
    assert [check.status for check in tight] == ["fail", "fail"]
    assert tight[0].why == "the model's files have 3 MB"


def test_time_cannot_be_told_without_a_model():
    bare = attrs.evolve(candidate(by_income), predict=None)

    (check,) = Resources(most_milliseconds=5).validate(bare)

    assert check.status == "fail"


def test_settings_that_ask_for_nothing_are_refused():
    with pytest.raises(ValueError, match="neither"):
        Resources()

"""Dependence, coefficients and attributions: against scikit-learn's, against the formula, and exactly."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest
from explained_models import context, probed, shapley, table
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.inspection import partial_dependence

from fourstroke import DataError
from fourstroke_sklearn import Inspection, Sklearn
from fourstroke_sklearn.attribution import attribute
from fourstroke_sklearn.coefficients import coefficients_section
from fourstroke_sklearn.dependence import dependence, grid_of
from fourstroke_sklearn.origins import features_of
from fourstroke_sklearn.probe import Probe


@pytest.mark.parametrize("estimator", ["LogisticRegression", "HistGradientBoostingClassifier"])
@pytest.mark.parametrize("column", ["size", "age"])
def test_dependence_is_scikit_learns(tmp_path, estimator, column):
    model, probe, features = probed(tmp_path, estimator)

    found = dependence(probe, features, column, "yes")

    theirs = partial_dependence(
        model[1:],
        features,
        [column],
        custom_values={column: np.array(found.grid)},
        method="brute",
        kind="both",
        response_method="predict_proba",
    )
    np.testing.assert_allclose(found.mean, theirs["average"][0])
    np.testing.assert_allclose(found.low, np.quantile(theirs["individual"][0], 0.1, axis=0))


def test_dependence_on_text_and_dates_is_that_of_tables_with_the_value(tmp_path):
    _, probe, features = probed(tmp_path, "LogisticRegression")

    for column in ("place", "day", "member"):
        found = dependence(probe, features, column, "yes")
        for value, mean in zip(found.grid, found.mean, strict=True):
            changed = features.assign(**{column: value})
            changed[column] = changed[column].astype(features[column].dtype)
            assert probe.response(changed, "yes").mean() == pytest.approx(mean)


def test_grid_leaves_out_the_ends_and_what_is_missing():
    column = pd.Series([*range(1000), None, 10**9])

    grid = grid_of(column)

    assert len(grid) == 20
    assert grid == sorted(grid)
    assert 15 < grid[0] < 25
    assert 975 < grid[-1] < 985
    assert grid_of(pd.Series(["b", "a", None, "b"], dtype=object)) == ["b", "a"]
    assert grid_of(pd.Series([None, None], dtype=float)) == []


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_coefficients_are_the_model(tmp_path, kind):
    estimator = {"binary": "LogisticRegression", "regression": "Ridge"}[kind]
    model, probe, features = probed(tmp_path, estimator, kind)

    (section,) = coefficients_section(model, probe.task)

    seen = model[1].transform(features)
    seen = np.asarray(seen.todense()) if hasattr(seen, "todense") else seen
    by_name = {feature.name: at for at, feature in enumerate(features_of(model))}
    total = np.full(len(features), model[-1].intercept_ if kind == "regression" else 0.0)
    total = total + (model[-1].intercept_[0] if kind == "binary" else 0.0)
    for name, coefficient, _ in section.tables[0].rows:
        total += coefficient * seen[:, by_name[name]]
    truth = (
        model[-1].predict(model[1].transform(features))
        if kind == "regression"
        else model[-1].decision_function(model[1].transform(features))
    )
    np.testing.assert_allclose(total, truth, atol=0.02)  # the table keeps four digits
    assert by_name.keys() >= {"size", "age", "age is missing", "place = south", "day, weekday"}


def test_coefficient_of_a_unit_is_what_a_unit_more_adds(tmp_path):
    model, probe, features = probed(tmp_path, "Ridge", "regression")
    (section,) = coefficients_section(model, probe.task)

    of_a_unit = {row[0]: row[2] for row in section.tables[0].rows}["size"]

    more = probe.response(features.assign(size=features["size"] + 1)) - probe.response(features)
    np.testing.assert_allclose(more, of_a_unit, rtol=1e-3)


def test_several_classes_have_a_column_each_and_rare_text_a_name(tmp_path):
    data = table().drop(columns=["amount", "y"])
    data["word"] = [f"w{number % 30}" if number % 3 else "often" for number in range(len(data))]
    data["y"] = pd.qcut(data["size"], 3, labels=["low", "mid", "top"]).astype(str)
    where = context(tmp_path, kind="multiclass")
    model = Sklearn(estimator="LogisticRegression", max_categories=5).train(data, where)

    (section,) = coefficients_section(model, where.task)

    assert section.tables[0].columns == ("feature", "low", "mid", "top")
    names = {row[0] for row in section.tables[0].rows}
    assert {"word = often", "word = any rare value"} <= names
    assert len(features_of(model)) == model[-1].coef_.shape[1]


def test_a_model_without_coefficients_has_no_such_section(tmp_path):
    model, probe, _ = probed(tmp_path)

    assert coefficients_section(model, probe.task) == ()


@pytest.mark.parametrize("estimator", ["LogisticRegression", "HistGradientBoostingClassifier"])
def test_attributions_are_shapley_values(tmp_path, estimator):
    _, probe, features = probed(tmp_path, estimator)
    row, background = features.iloc[[3]], features.iloc[100:140]
    exact = shapley(lambda frame: probe.response(frame, "yes"), row, background)

    runs = [attribute(probe, row, background, "yes", seed) for seed in range(8)]

    parts = np.mean([each.parts for each in runs], axis=0)
    error = max(float(runs[0].errors.max()), 1e-3)
    np.testing.assert_allclose(parts, list(exact.values()), atol=2 * error)


@settings(max_examples=15, deadline=None)
@given(at=st.integers(0, 599), seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 20))
def test_parts_and_base_add_up_to_the_prediction(boosted, at, seed, rows):
    probe, features = boosted
    background = features.sample(rows, random_state=seed % 2**32)

    found = attribute(probe, features.iloc[[at]], background, "yes", seed)

    assert found.base + found.parts.sum() == pytest.approx(found.said, abs=1e-9)
    assert found.base == pytest.approx(probe.response(background, "yes").mean())


@pytest.fixture(scope="module")
def boosted(tmp_path_factory):
    _, probe, features = probed(tmp_path_factory.mktemp("boosted"))
    return probe, features


def test_attributions_of_a_sum_are_exact(tmp_path):
    """Of a linear model: coefficient times distance from the mean; the order does not matter."""
    where = context(tmp_path, kind="regression", target="amount")
    data = table()[["size", "amount"]].assign(other=np.arange(600.0), idle=1.0)
    model = Sklearn(estimator="Ridge").train(data, where)
    probe = Probe.of(model, where.task)
    features = probe.plain(data)
    unit = {row[0]: row[2] for row in coefficients_section(model, where.task)[0].tables[0].rows}

    found = attribute(probe, features.iloc[[5]], features, "", 0)

    wanted = [
        unit.get(name, 0.0) * (features[name].iloc[5] - features[name].mean())
        for name in found.columns
    ]
    np.testing.assert_allclose(found.parts, wanted, rtol=1e-3, atol=1e-9)
    np.testing.assert_allclose(found.errors, 0, atol=1e-9)


def test_sections_stand_in_order_and_name_their_rows(tmp_path):
    where = context(tmp_path, id="key")
    data = table().assign(key=lambda frame: np.arange(len(frame)) + 1000).drop(columns="amount")
    model = Sklearn(estimator="LogisticRegression").train(data, where)

    sections = Inspection().explain(model, data, where)

    assert [section.title for section in sections] == [
        "Which columns the model goes by",
        "How the prediction goes with a column",
        "Coefficients",
        "Why the model says so of a row",
    ]
    assert sections[1].charts[0].title == "size"
    assert len(sections[3].tables) == 3
    said = [table.rows[-1][2] for table in sections[3].tables]
    assert said == sorted(said)
    assert all(table.title.startswith("key 1") for table in sections[3].tables)
    assert Inspection(dependence=0, cases=0).explain(model, data, where)[1:] == sections[2:3]


def test_rows_of_several_classes_are_explained_by_the_class_that_is_said(tmp_path):
    where = context(tmp_path, kind="multiclass")
    data = table().drop(columns=["amount", "y"])
    data["y"] = pd.qcut(data["size"], 3, labels=["low", "mid", "top"]).astype(str)
    model = Sklearn().train(data, where)
    rows = data.sort_values("size").iloc[[0, 1, -1]]

    sections = Inspection().explain_rows(model, rows, data, where)

    assert [len(section.tables) for section in sections] == [2, 1]
    assert "probability of low" in sections[0].text
    assert "probability of top" in sections[1].text
    assert sections[1].tables[0].rows[1][0] == "size"


def test_rows_may_lack_the_target_and_must_have_the_columns(tmp_path):
    where = context(tmp_path)
    data = table().drop(columns="amount")
    model = Sklearn().train(data, where)
    explain = Inspection().explain_rows

    assert len(explain(model, data.head(1).drop(columns="y"), data, where)) == 1
    assert explain(model, data.head(0), data, where) == ()
    with pytest.raises(DataError, match="column 'size'"):
        explain(model, data.head(1).drop(columns="size"), data, where)
    with pytest.raises(DataError, match="101 rows are more than anybody reads"):
        explain(model, data.head(101), data, where)
    with pytest.raises(DataError, match="no held-out rows"):
        explain(model, data.head(1), data.head(0), where)


def test_a_wide_row_is_explained_within_seconds(tmp_path):
    random = np.random.default_rng(0)
    wide = pd.DataFrame(random.normal(size=(300, 400))).add_prefix("c")
    wide["y"] = np.where(wide["c7"] > 0, "yes", "no")
    where = context(tmp_path)
    model = Sklearn().train(wide, where)

    started = time.process_time()
    (section,) = Inspection().explain_rows(model, wide.head(1), wide, where)

    assert time.process_time() - started < 10
    assert section.tables[0].rows[1][0] == "c7"
    assert section.tables[0].rows[-2][0] == "388 other columns"

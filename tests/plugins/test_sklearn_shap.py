"""SHAP values: against Shapley values by their definition, and never told where they are wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from explained_models import context, probed, shapley, table

from fourstroke import DataError
from fourstroke_sklearn import Shap, Sklearn
from fourstroke_sklearn.coefficients import coefficients_section
from fourstroke_sklearn.probe import Probe
from fourstroke_sklearn.shap_values import values_of

pytest.importorskip("shap")
FORESTS = ["RandomForestClassifier", "ExtraTreesClassifier"]


def numbers(**columns) -> pd.DataFrame:
    """Give a table of numbers alone, of which each column is one feature."""
    data = table(300)[["size", "y"]].assign(other=np.sin(np.arange(300.0)), third=np.arange(300.0))
    return data.assign(**columns)


@pytest.mark.parametrize("estimator", FORESTS)
def test_values_of_forests_are_shapley_values(tmp_path, estimator):
    where, data = context(tmp_path), numbers()
    model = Sklearn(estimator=estimator, params={"n_estimators": 20}).train(data, where)
    probe = Probe.of(model, where.task)
    features = probe.plain(data)
    row, background = features.iloc[[3]], features.iloc[50:70]

    found = values_of(model, probe, row, background)

    assert (found.classes, found.what) == (("yes",), "probability")
    exact = shapley(lambda frame: probe.response(frame, "yes"), row, background)
    assert found.columns == tuple(exact)
    np.testing.assert_allclose(found.parts[0, :, 0], list(exact.values()), atol=1e-6)


def test_values_of_a_regression_are_shapley_values(tmp_path):
    where = context(tmp_path, kind="regression", target="third")
    data = numbers().drop(columns="y")
    estimator = {"estimator": "GradientBoostingRegressor", "params": {"n_estimators": 20}}
    model = Sklearn(**estimator).train(data, where)
    probe = Probe.of(model, where.task)
    features = probe.plain(data)

    found = values_of(model, probe, features.iloc[[7]], features.iloc[:30])

    exact = shapley(probe.response, features.iloc[[7]], features.iloc[:30])
    np.testing.assert_allclose(found.parts[0, :, 0], list(exact.values()), rtol=1e-4, atol=1e-4)
    assert found.measured("") == "predicted third"


def test_values_of_a_sum_are_coefficients_times_distances(tmp_path):
    """Text, dates and gaps too: of a linear model the features of one column may be added up."""
    model, probe, features = probed(tmp_path, "LogisticRegression")
    row, background = features.iloc[[11]], features.iloc[100:140]

    found = values_of(model, probe, row, background)

    pipeline = model[1:]
    exact = shapley(pipeline.decision_function, row, background)
    np.testing.assert_allclose(found.parts[0, :, 0], list(exact.values()), rtol=1e-6, atol=1e-9)
    assert found.what == "score"
    assert coefficients_section(model, probe.task)


@pytest.mark.parametrize(("positive", "sign"), [("yes", 1), ("no", -1)])
def test_values_are_of_the_class_of_interest(tmp_path, positive, sign):
    where, data = context(tmp_path, positive=positive), numbers()
    model = Sklearn(estimator="LogisticRegression").train(data, where)
    probe = Probe.of(model, where.task)
    features = probe.plain(data)

    found = values_of(model, probe, features.iloc[:5], features)

    score = model[1:].decision_function(features.iloc[:5])
    np.testing.assert_allclose(found.base + found.parts.sum(axis=1)[:, 0], sign * score)
    assert found.classes == (positive,)


def test_sections_tell_strength_direction_and_rows(tmp_path):
    where, data = context(tmp_path), numbers(word=np.tile(["a", "b", "c"], 100))
    model = Sklearn(estimator="RandomForestClassifier").train(data, where)

    overview, cases = Shap(rows=60, background=20, cases=2).explain(model, data, where)

    columns, (first, *_) = overview.tables[0].columns, overview.tables[0].rows
    assert columns == ("column", "mean size", "correlation")
    assert first[0] == "size"
    assert first[2] > 0.7
    assert {row[0]: row[2] for row in overview.tables[0].rows}["word"] is None
    assert len(cases.tables) == 2
    for told in cases.tables:
        *parts, said = [row[2] for row in told.rows]
        assert sum(parts) == pytest.approx(said, abs=2e-3)


def test_each_of_several_classes_is_told_of_the_rows_it_is_said_of(tmp_path):
    where = context(tmp_path, kind="multiclass")
    data = numbers(y=pd.qcut(table(300)["size"], 3, labels=["low", "mid", "top"]).astype(str))
    model = Sklearn(estimator="RandomForestClassifier").train(data, where)

    overview, *cases = Shap(rows=60, background=20, cases=6).explain(model, data, where)

    assert "summed over the classes" in overview.text
    assert {case.title for case in cases} >= {"Why the model says low of a row"}


def test_the_same_row_is_explained_alike_alone_and_among_others(tmp_path):
    where, data = context(tmp_path), numbers()
    model = Sklearn(estimator="RandomForestClassifier").train(data, where)
    shap = Shap(background=20)

    (alone,) = shap.explain_rows(model, data.iloc[[4]], data, where)
    (among,) = shap.explain_rows(model, data.iloc[2:6], data, where)

    assert alone.tables[0] in among.tables


def test_values_that_do_not_add_up_are_never_told(tmp_path):
    """The library takes a split by categories for one by numbers, and its own check says so."""
    where = context(tmp_path)
    data = table().drop(columns="amount")
    data["y"] = np.where(data["place"] == "south", "yes", "no")
    model = Sklearn(estimator="HistGradientBoostingClassifier").train(data, where)

    with pytest.raises(DataError, match="do not add up") as caught:
        Shap().explain(model, data, where)
    assert 'use = "inspection"' in str(caught.value.hint)


def test_an_estimator_that_the_library_does_not_know_is_named(tmp_path):
    where, data = context(tmp_path), numbers()
    model = Sklearn(estimator="KNeighborsClassifier").train(data, where)

    with pytest.raises(DataError, match="KNeighborsClassifier"):
        Shap().explain(model, data, where)

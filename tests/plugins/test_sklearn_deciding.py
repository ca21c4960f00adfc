"""Weights, calibration, thresholds, search and passes: scikit-learn's own numbers, to the last digit."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    StratifiedKFold,
    TunedThresholdClassifierCV,
)
from sklearn.naive_bayes import GaussianNB

from fourstroke import ConfigError, Context, DataError, StepError, Task
from fourstroke_sklearn import Sklearn, SkopsCodec
from fourstroke_sklearn.folds import folds_of
from fourstroke_sklearn.train import Passes, Search

SEED = 11
LOGISTIC = {"estimator": "LogisticRegression", "params": {"max_iter": 2000}}


def context(folder: Path, **task: Any) -> Context:
    return Context(
        run="r",
        step="model.train.m",
        project="p",
        root=folder,
        scratch=folder,
        task=Task(**{"target": "y", "kind": "binary", **task}),
        seed=SEED,
        log=logging.getLogger("test"),
    )


@pytest.fixture(scope="module")
def cancer() -> pd.DataFrame:
    data = load_breast_cancer(as_frame=True)
    return data.data.assign(y=np.where(data.target == 1, "benign", "malignant"))


def parts(model: Any, data: pd.DataFrame) -> tuple[Any, Any]:
    """Give what the model's estimator was fitted on."""
    return model[:-1].transform(data.drop(columns="y")), data["y"].to_numpy(dtype=object)


def kept(model: Any) -> Any:
    """Write a model as a skops file, and read it back."""
    with tempfile.TemporaryDirectory() as folder:
        SkopsCodec().encode(model, Path(folder))
        return SkopsCodec().decode(Path(folder))


# Folds


def rows(count: int = 60) -> tuple[pd.DataFrame, Any]:
    data = pd.DataFrame({"time": range(count), "group": [n // 5 for n in range(count)]})
    return data.sample(frac=1, random_state=1), np.array(["a", "b"] * (count // 2), dtype=object)


def test_folds_in_time_score_later_rows(tmp_path):
    data, target = rows()

    for train, test in folds_of(data, target, context(tmp_path, time="time"), 4):
        assert data["time"].iloc[train].max() < data["time"].iloc[test].min()


def test_folds_by_group_keep_groups_together(tmp_path):
    data, target = rows()

    for train, test in folds_of(data, target, context(tmp_path, group="group"), 4):
        assert not set(data["group"].iloc[train]) & set(data["group"].iloc[test])


def test_folds_by_time_and_group_do_both(tmp_path):
    data, target = rows()
    data["group"] = [n % 7 if n > 50 else n // 5 for n in data["time"]]

    for train, test in folds_of(data, target, context(tmp_path, time="time", group="group"), 4):
        assert data["time"].iloc[train].max() < data["time"].iloc[test].min()
        assert not set(data["group"].iloc[train]) & set(data["group"].iloc[test])


def test_class_too_rare_for_the_folds_is_named(tmp_path):
    target = np.array(["a"] * 20 + ["b"] * 2, dtype=object)

    with pytest.raises(StepError, match="the class 'b' has 2 rows"):
        folds_of(pd.DataFrame({"x": range(22)}), target, context(tmp_path), 5)


# Search


def test_grid_finds_what_grid_search_finds(tmp_path, cancer):
    told = context(tmp_path)
    space = {"C": [0.01, 0.1, 1.0, 10.0]}

    model = Sklearn(**LOGISTIC, search=Search(kind="grid", space=space)).train(cancer, told)

    own = GridSearchCV(
        Sklearn(**LOGISTIC).train(cancer, context(tmp_path)),
        {"estimator__C": space["C"]},
        scoring="roc_auc",
        cv=StratifiedKFold(5, shuffle=True, random_state=SEED),
    ).fit(cancer.drop(columns="y"), cancer["y"].to_numpy(dtype=object))
    assert own.best_params_["estimator__C"] == model[-1].C
    logged = [point.value for point in told.notes.metrics]
    assert logged == pytest.approx(list(own.cv_results_["mean_test_score"]), abs=0)
    assert np.array_equal(model[-1].coef_, own.best_estimator_[-1].coef_)


def test_trials_are_kept_as_a_table_with_the_best_first(tmp_path, cancer):
    told = context(tmp_path)

    Sklearn(
        **LOGISTIC,
        search=Search(trials=4, folds=3, space={"C": {"low": 0.01, "high": 10, "log": True}}),
    ).train(cancer, told)

    (item,) = told.notes.attachments
    trials = pd.read_csv(item.path)
    assert len(trials) == 4
    assert trials["roc_auc"].is_monotonic_decreasing
    assert trials["C"].between(0.01, 10).all()
    assert f"{trials['roc_auc'].iloc[0]:.4f}" in told.notes.messages[-1]


@pytest.mark.parametrize("kind", ["random", "halving", "optuna"])
def test_search_is_the_same_for_the_same_seed(tmp_path, cancer, kind):
    search = Search(
        kind=kind, trials=4, folds=3, space={"C": {"low": 0.01, "high": 10, "log": True}}
    )

    first, second = (
        Sklearn(**LOGISTIC, search=search).train(cancer, context(tmp_path)) for _ in "ab"
    )

    assert first[-1].C == second[-1].C
    assert np.array_equal(first[-1].coef_, second[-1].coef_)


def test_regression_is_searched_by_its_error(tmp_path):
    data = load_diabetes(as_frame=True)
    table = data.data.assign(y=data.target)
    told = context(tmp_path, kind="regression")
    space = {"alpha": [0.1, 1.0, 10.0]}

    model = Sklearn(estimator="Ridge", search=Search(kind="grid", space=space)).train(table, told)

    own = GridSearchCV(
        Sklearn(estimator="Ridge").train(table, context(tmp_path, kind="regression")),
        {"estimator__alpha": space["alpha"]},
        scoring="neg_root_mean_squared_error",
        cv=KFold(5, shuffle=True, random_state=SEED),
    ).fit(data.data, data.target)
    assert isinstance(model[-1], Ridge)
    assert own.best_params_["estimator__alpha"] == model[-1].alpha
    assert [each.value for each in told.notes.metrics] == list(own.cv_results_["mean_test_score"])


def test_trial_that_fails_stops_no_other(tmp_path, cancer):
    told = context(tmp_path)

    model = Sklearn(
        estimator="LogisticRegression",
        search=Search(kind="grid", folds=3, space={"C": [-1.0, 1.0]}),
    ).train(cancer, told)

    assert model[-1].C == 1.0
    assert "1 could not be fitted" in told.notes.messages[-1]


@pytest.mark.parametrize("kind", ["grid", "optuna"])
def test_search_of_which_no_trial_can_be_fitted_says_why(tmp_path, cancer, kind):
    search = Search(kind=kind, folds=3, trials=2, space={"C": [-1.0, -2.0]})

    with pytest.raises(StepError, match=r"The 'C' parameter of \w+ must be"):
        Sklearn(estimator="LogisticRegression", search=search).train(cancer, context(tmp_path))


@pytest.mark.parametrize(
    ("search", "told"),
    [
        (Search(space={"CC": [1]}), "search.space.CC: LogisticRegression has no parameter"),
        (Search(space={"C": [1]}, metric="auc"), "search.metric: scikit-learn has no scorer 'auc'"),
        (Search(space={"C": {"low": 1}}), "expected a list, or a range"),
        (Search(space={"C": {"low": 0, "high": 1, "log": True}}), "above 0 with log"),
        (Search(space={"C": {"low": 1, "high": 2, "lgo": True}}), "a range has no 'lgo'"),
        (Search(kind="grid", space={"C": {"low": 1, "high": 2}}), "a grid takes lists"),
    ],
)
def test_space_that_is_none_is_refused(tmp_path, cancer, search, told):
    with pytest.raises(ConfigError) as found:
        Sklearn(**LOGISTIC, search=search).train(cancer, context(tmp_path))

    assert told in str(found.value)


# Weights


def test_rows_count_as_their_weight_says(tmp_path, cancer):
    weighed = cancer.assign(w=np.where(cancer["mean radius"] > 14, 3.0, 1.0))

    model = Sklearn(**LOGISTIC, weight="w").train(weighed, context(tmp_path))

    given, y = parts(model, cancer)
    own = LogisticRegression(max_iter=2000, random_state=SEED).fit(
        given, y, sample_weight=weighed["w"]
    )
    assert "w" not in model[0].columns_
    assert np.array_equal(model[-1].coef_, own.coef_)


def test_classes_count_as_they_are_told(tmp_path, cancer):
    model = Sklearn(**LOGISTIC, class_weight={"malignant": 5}).train(cancer, context(tmp_path))

    given, y = parts(model, cancer)
    weights = {"malignant": 5.0, "benign": 1.0}
    own = LogisticRegression(max_iter=2000, random_state=SEED, class_weight=weights).fit(given, y)
    assert np.array_equal(model[-1].coef_, own.coef_)
    assert np.array_equal(kept(model)[-1].coef_, own.coef_)


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ([1.0, -1.0], "1 rows have no weight from 0 on, the first is row 1: "),
        ([1.0, np.nan], "the first is row 1"),
        ([0.0, 0.0], "all weights are 0"),
    ],
)
def test_weights_that_are_none_are_refused(tmp_path, cancer, weights, told):
    data = cancer.head(2).assign(w=weights, y=["benign", "malignant"])

    with pytest.raises(DataError) as found:
        Sklearn(**LOGISTIC, weight="w").train(data, context(tmp_path))

    assert told in str(found.value)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (
            {"class_weight": {"bening": 2}},
            "there is no class 'bening' (there are: benign, malignant)",
        ),
        ({"class_weight": {"benign": 0}}, "counts more than 0"),
        ({"class_weight": {"benign": 2}, "balanced": True}, "one of balanced and class_weight"),
        (
            {"estimator": "KNeighborsClassifier", "params": {}, "weight": "mean radius"},
            "cannot weigh rows",
        ),
        ({"threshold": 1.5}, "between 0 and 1"),
        ({"threshold": "f11"}, "no scorer 'f11'"),
        ({"threshold": {"false_positive": 1}}, "false_negative = 5"),
        ({"threshold": 0.3, "weight": "mean radius"}, "tunes no threshold with weighted rows"),
        ({"passes": Passes()}, "it has no partial_fit"),
    ],
)
def test_settings_that_do_not_fit_are_refused(tmp_path, cancer, settings, told):
    with pytest.raises(ConfigError) as found:
        Sklearn(**{**LOGISTIC, **settings}).train(cancer, context(tmp_path))

    assert told in str(found.value)


# Calibration and thresholds


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibrated_probabilities_are_those_of_scikit_learn(tmp_path, cancer, method):
    trainer = Sklearn(estimator="GaussianNB", calibrate=method)

    model = trainer.train(cancer, context(tmp_path))

    given, y = parts(model, cancer)
    folds = StratifiedKFold(5, shuffle=True, random_state=SEED)
    own = CalibratedClassifierCV(GaussianNB(), method=method, cv=folds).fit(given, y)
    found = trainer.predict(kept(model), cancer, context(tmp_path))
    assert np.array_equal(found["probability_malignant"], own.predict_proba(given)[:, 1])


def test_tuned_threshold_is_that_of_scikit_learn(tmp_path, cancer):
    told = context(tmp_path, positive="malignant")

    model = Sklearn(**LOGISTIC, threshold="balanced_accuracy").train(cancer, told)

    given, y = parts(model, cancer)
    folds = StratifiedKFold(5, shuffle=True, random_state=SEED)
    own = TunedThresholdClassifierCV(
        LogisticRegression(max_iter=2000, random_state=SEED), scoring="balanced_accuracy", cv=folds
    ).fit(given, y)
    assert model[-1].threshold == own.best_threshold_
    assert np.array_equal(kept(model)[-1].predict(given), own.predict(given))
    assert told.notes.metrics[-1].name == "threshold"


def test_dear_misses_lower_the_threshold(tmp_path, cancer):
    def threshold(cost: float) -> float:
        told = context(tmp_path, positive="malignant")
        costs = {"false_positive": 1, "false_negative": cost}
        return float(Sklearn(**LOGISTIC, threshold=costs).train(cancer, told)[-1].threshold)

    assert threshold(20) < threshold(1) <= threshold(0.05)


def test_given_threshold_decides(tmp_path, cancer):
    told = context(tmp_path, positive="malignant")
    trainer = Sklearn(**LOGISTIC, threshold=0.2, calibrate="sigmoid")

    found = trainer.predict(kept(trainer.train(cancer, told)), cancer, told)

    is_over = found["probability_malignant"] >= 0.2
    assert ((found["prediction"] == "malignant") == is_over).all()


# Passes


def test_passes_stop_when_nothing_is_learnt_and_the_best_stays(tmp_path):
    data = load_iris(as_frame=True)
    table = data.data.assign(y=data.target.map({0: "a", 1: "b", 2: "c"}))
    told = context(tmp_path, kind="multiclass")
    trainer = Sklearn(estimator="SGDClassifier", passes=Passes(most=30, rows=16, patience=4))

    model = trainer.train(table, told)

    scores = [point.value for point in told.notes.metrics]
    assert isinstance(model[-1], SGDClassifier)
    assert 5 <= len(scores) <= 30
    assert f"{max(scores):.4f}" in told.notes.messages[-1]
    again = trainer.train(table, context(tmp_path, kind="multiclass"))
    assert np.array_equal(model[-1].coef_, again[-1].coef_)

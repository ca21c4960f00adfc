"""The trainer: which columns it uses, which labels it takes, what it refuses and how."""

from __future__ import annotations

import logging
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from fourstroke import ConfigError, Context, DataError, StepError, Task
from fourstroke_sklearn import Sklearn

ROWS = 300


def context(tmp_path: Path, seed: int = 11, **task) -> Context:
    return Context(
        run="r",
        step="model.train.candidate",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(**{"target": "y", **task}),
        seed=seed,
        log=logging.getLogger("test"),
    )


def table() -> pd.DataFrame:
    random = np.random.default_rng(0)
    x = random.normal(size=ROWS)
    return pd.DataFrame(
        {
            "x": x,
            "place": random.choice(["north", "south", "east"], ROWS),
            "y": np.where(x + random.normal(size=ROWS) > 0, "yes", "no"),
        }
    )


def trained(data, where, **settings):
    trainer = Sklearn(**settings)
    model = trainer.train(data, where)
    return model, trainer.predict(model, data, where)


def test_boosting_is_the_estimator_unless_another_is_named(tmp_path):
    model, _ = trained(table(), context(tmp_path))
    regression, _ = trained(
        table().assign(y=1.5 * table()["x"]), context(tmp_path, kind="regression")
    )

    assert type(model[-1]).__name__ == "HistGradientBoostingClassifier"
    assert type(regression[-1]).__name__ == "HistGradientBoostingRegressor"


@pytest.mark.parametrize("name", ["LogisticRegression", "sklearn.linear_model.LogisticRegression"])
def test_estimator_is_found_by_name_and_by_path(tmp_path, name):
    model, _ = trained(table(), context(tmp_path), estimator=name, params={"C": 0.5})

    assert type(model[-1]).__name__ == "LogisticRegression"
    assert model[-1].C == 0.5


def test_estimators_within_an_estimator_are_made_of_tables(tmp_path):
    members = [
        {"name": "line", "estimator": "LogisticRegression", "params": {"C": 0.5}},
        {"name": "tree", "estimator": "DecisionTreeClassifier", "params": {"max_depth": 2}},
    ]

    model, _ = trained(
        table(),
        context(tmp_path),
        estimator="StackingClassifier",
        params={"estimators": members, "final_estimator": {"estimator": "GaussianNB"}},
    )

    assert [name for name, _ in model[-1].estimators] == ["line", "tree"]
    assert model[-1].named_estimators_["tree"].random_state == 11
    assert type(model[-1].final_estimator_).__name__ == "GaussianNB"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"estimator": "LogisticRegresion"},
            "candidate.estimator: scikit-learn has no estimator 'LogisticRegresion' (did you mean",
        ),
        ({"estimator": "sklearn.nowhere.X"}, "there is no module 'sklearn.nowhere'"),
        ({"estimator": "sklearn.metrics.roc_auc_score"}, "has no estimator"),
        (
            {"estimator": "xgboost.XGBClassifier"},
            "xgboost.XGBClassifier is not scikit-learn's (allowed are scikit-learn's own estimators",
        ),
        ({"estimator": "os.system"}, "os.system is not scikit-learn's"),
        ({"estimator": "Ridge"}, "Ridge is no classifier (task.kind is 'binary')"),
        ({"estimator": "StandardScaler"}, "StandardScaler is no classifier"),
        ({"estimator": "KMeans"}, "KMeans is no classifier"),
        (
            {
                "estimator": "ClassifierChain",
                "params": {"estimator": {"estimator": "GaussianNB"}},
            },
            "ClassifierChain is made for several targets",
        ),
        (
            {"estimator": "LogisticRegression", "params": {"c": 1.0}},
            "model.train.candidate.params.c: LogisticRegression has no parameter 'c'",
        ),
        (
            {"params": {"max_iters": 5}},
            "has no parameter 'max_iters' (did you mean 'max_iter'?)",
        ),
        ({"estimator": "VotingClassifier"}, "missing 1 required positional argument: 'estimators'"),
        (
            {"estimator": "BaggingClassifier", "params": {"estimator": {"estimator": "Nothing"}}},
            "model.train.candidate.params.estimator.estimator: scikit-learn has no estimator",
        ),
        ({"features": ("x", "y")}, "model.train.candidate.features: 'y' is the target"),
        (
            {"estimator": "KNeighborsClassifier", "balanced": True},
            "KNeighborsClassifier cannot weigh classes",
        ),
    ],
)
def test_wrong_setting_is_named_with_its_path(tmp_path, settings, message):
    with pytest.raises(ConfigError) as raised:
        trained(table(), context(tmp_path), **settings)

    assert message in str(raised.value)


@pytest.mark.parametrize(
    "setting", [{"max_categories": 1}, {"threads": 0}], ids=["max_categories", "threads"]
)
def test_setting_out_of_range_is_refused(setting):
    with pytest.raises(ValueError):
        Sklearn(**setting)


def test_parameter_value_that_the_estimator_refuses_is_told_in_one_line(tmp_path):
    with pytest.raises(StepError) as raised:
        trained(table(), context(tmp_path), params={"learning_rate": "fast"})

    assert "The 'learning_rate' parameter of HistGradientBoostingClassifier" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_numbers_that_scaling_cannot_hold_are_named(tmp_path):
    data = table()
    data.loc[3, "x"] = 1e300

    with pytest.raises(StepError, match=r"column 'x' holds numbers beyond 1e\+154"):
        Sklearn(estimator="LogisticRegression").train(data, context(tmp_path))


def test_estimator_that_cannot_be_kept_is_refused_before_it_is_fitted(tmp_path, monkeypatch):
    def never(*_):
        raise AssertionError("it was fitted")

    monkeypatch.setattr(SVC, "fit", never)
    with pytest.raises(StepError) as raised:
        trained(table(), context(tmp_path), estimator="SVC", params={"kernel": len})

    assert "SVC cannot be kept in a file that is safe to open" in str(raised.value)
    assert "builtins.len" in str(raised.value)
    assert "allowed are scikit-learn's own estimators" in str(raised.value)


def test_ids_target_and_ignored_columns_are_no_features(tmp_path):
    data = table().assign(id=range(ROWS), secret=lambda d: d["y"])

    model, _ = trained(data, context(tmp_path, id="id", ignore=("secret",)))

    assert model[0].columns_ == ["x", "place"]


def test_only_named_features_are_used(tmp_path):
    model, _ = trained(table(), context(tmp_path), features=("place",))

    assert model[0].columns_ == ["place"]


def test_feature_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match="did you mean 'place'"):
        trained(table(), context(tmp_path), features=("plce",))


def test_columns_that_say_nothing_are_left_out_and_told(tmp_path):
    data = table().assign(empty=np.nan, name=[f"person {number}" for number in range(ROWS)])
    where = context(tmp_path)

    model, predictions = trained(data, where)

    assert model[0].columns_ == ["x", "place"]
    assert len(predictions) == ROWS
    assert where.notes.messages == [
        "column 'name' is no feature: its text differs in nearly every row, 300 times in 300",
        "column 'empty' is no feature: it has no value in any row",
    ]


@pytest.mark.parametrize("estimator", ["", "LogisticRegression", "RandomForestClassifier"])
def test_constant_and_nearly_empty_columns_are_no_trouble(tmp_path, estimator):
    data = table().assign(same=1.0, one="a", rare=[1.0] + [np.nan] * (ROWS - 1), flag=True)

    _, predictions = trained(data, context(tmp_path), estimator=estimator)

    assert predictions.notna().all(axis=None)


@pytest.mark.parametrize("estimator", ["", "LogisticRegression"])
def test_text_with_many_values_is_learnt_in_bounded_width(tmp_path, estimator):
    random = np.random.default_rng(0)
    data = pd.concat([table()] * 10, ignore_index=True)
    data["code"] = [f"c{number}" for number in random.integers(0, 1000, len(data))]

    model, predictions = trained(data, context(tmp_path), estimator=estimator)

    assert model[1].transform(model[0].transform(data)).shape[1] <= 60
    assert predictions.notna().all(axis=None)


def test_text_alone_and_dates_alone_can_be_learnt_from(tmp_path):
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(ROWS), unit="D")
    for columns in ({"place": table()["place"]}, {"day": days}, {"flag": table()["x"] > 0}):
        data = pd.DataFrame({**columns, "y": table()["y"]})
        for estimator in ("", "LogisticRegression", "GaussianNB"):
            _, predictions = trained(data, context(tmp_path), estimator=estimator)

            assert len(predictions) == ROWS


LABELS = {
    "text": (["no", "yes"], ["no", "yes"]),
    "int": ([0, 1], ["0", "1"]),
    "negative": ([-1, 1], ["-1", "1"]),
    "bool": ([False, True], ["False", "True"]),
    "whole floats": ([1.0, 2.0], ["1", "2"]),
    "unicode": (["né", "是"], ["né", "是"]),
}


@pytest.mark.parametrize(("labels", "names"), LABELS.values(), ids=LABELS.keys())
@pytest.mark.parametrize("estimator", ["", "LogisticRegression"])
def test_labels_of_any_plain_type_are_predicted_as_they_are(tmp_path, labels, names, estimator):
    data = table()
    data["y"] = np.array(labels)[(data["y"] == "yes").astype(int)]

    _, predictions = trained(data, context(tmp_path), estimator=estimator)

    assert set(predictions["prediction"]) == set(labels)
    assert list(predictions.columns[1:]) == [f"probability_{name}" for name in names]
    agreement = (predictions["prediction"] == data["y"]).mean()
    assert agreement > 0.7


@pytest.mark.parametrize("dtype", ["category", "string", "object", "string[pyarrow]"])
def test_dtype_of_labels_makes_no_difference(tmp_path, dtype):
    plain, _ = trained(table(), context(tmp_path))

    model, predictions = trained(table().astype({"y": dtype}), context(tmp_path))

    assert list(model.classes_) == list(plain.classes_) == ["no", "yes"]
    assert set(predictions["prediction"]) == {"no", "yes"}


def test_three_classes_have_three_probabilities(tmp_path):
    data = table()
    data["y"] = pd.qcut(data["x"], 3, labels=["low", "mid", "high"])

    _, predictions = trained(data, context(tmp_path, kind="multiclass"))

    assert list(predictions.columns[1:]) == [f"probability_{n}" for n in ("high", "low", "mid")]


def test_estimator_without_probabilities_gives_scores(tmp_path):
    _, two = trained(table(), context(tmp_path), estimator="LinearSVC")
    data = table()
    data["y"] = pd.qcut(data["x"], 3, labels=["low", "mid", "high"])
    _, three = trained(data, context(tmp_path, kind="multiclass"), estimator="LinearSVC")

    assert list(two.columns) == ["prediction", "score_no", "score_yes"]
    assert ((two["score_yes"] > 0) == (two["prediction"] == "yes")).all()
    assert list(three.columns[1:]) == ["score_high", "score_low", "score_mid"]


def test_regression_predicts_numbers(tmp_path):
    data = table()
    data["y"] = (3 * data["x"] + 100).astype("Float64")

    _, predictions = trained(data, context(tmp_path, kind="regression"), estimator="Ridge")

    assert list(predictions.columns) == ["prediction"]
    assert np.corrcoef(predictions["prediction"], data["y"].astype(float))[0, 1] > 0.99


TARGETS = {
    "missing": (
        lambda d: d.assign(y=d["y"].where(d.index != 7)),
        {},
        "column 'y', row 7: the target is missing in 1 of 300 rows",
    ),
    "not there": (
        lambda d: d.rename(columns={"y": "Y2"}),
        {},
        "column 'y': the target is not in the table",
    ),
    "one class": (
        lambda d: d.assign(y="no"),
        {},
        "column 'y': all rows to train on are of one class, 'no'",
    ),
    "three classes": (
        lambda d: d.assign(y=np.arange(ROWS) % 3),
        {},
        "and there are 3: '0', '1', '2' (set task.kind to 'multiclass')",
    ),
    "fractions": (
        lambda d: d.assign(y=d["x"]),
        {},
        "which are no classes (set task.kind to 'regression')",
    ),
    "dates": (
        lambda d: d.assign(y=pd.Timestamp("2024-01-01")),
        {},
        "column 'y': the target holds dates, which are no classes",
    ),
    "names of rows": (
        lambda d: pd.concat([d] * 4).assign(y=range(4 * ROWS)),
        {"kind": "multiclass"},
        "the target has 1,200 classes; 1,000 are possible",
    ),
    "text to estimate": (
        lambda d: d,
        {"kind": "regression"},
        "column 'y': the target of a regression must be numbers, and holds text",
    ),
    "infinite": (
        lambda d: d.assign(y=np.where(d.index == 4, np.inf, 1.0)),
        {"kind": "regression"},
        "column 'y', row 4: the target is infinite",
    ),
    "mixed labels": (
        lambda d: d.assign(y=["no", 1] * (ROWS // 2)),
        {},
        "column 'y', row 1: 1 (int) cannot be used here",
    ),
    "no rows": (lambda d: d.head(0), {}, "column 'y'"),
    "no columns": (lambda d: d[["y"]], {}, "no column is left to learn from"),
}


@pytest.mark.parametrize(("change", "task", "message"), TARGETS.values(), ids=TARGETS.keys())
def test_table_that_cannot_be_learnt_from_is_refused(tmp_path, change, task, message):
    with pytest.raises(DataError) as raised:
        trained(change(table()), context(tmp_path, **task))

    assert message in str(raised.value)


def test_positive_class_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(ConfigError) as raised:
        trained(table(), context(tmp_path, positive="ja"))

    assert str(raised.value) == (
        "task.positive: the target has no class 'ja' (there are: 'no', 'yes')"
    )


def test_infinite_feature_is_refused_with_its_row(tmp_path):
    data = table()
    data.loc[9, "x"] = -np.inf

    with pytest.raises(DataError, match="column 'x', row 9: infinity"):
        trained(data, context(tmp_path))


@pytest.mark.parametrize("estimator", ["LogisticRegression", "GaussianNB"])
def test_balancing_finds_more_of_a_rare_class(tmp_path, estimator):
    data = table()
    data["y"] = np.where(data["x"] > 1.5, "yes", "no")
    data["x"] += np.random.default_rng(1).normal(size=ROWS)

    _, plain = trained(data, context(tmp_path), estimator=estimator)
    _, balanced = trained(data, context(tmp_path), estimator=estimator, balanced=True)

    assert (balanced["prediction"] == "yes").sum() > (plain["prediction"] == "yes").sum()


def test_estimator_that_stops_early_says_so_in_one_sentence(tmp_path):
    where = context(tmp_path)

    trained(table(), where, estimator="LogisticRegression", params={"max_iter": 1})

    assert where.notes.messages == [
        "the fit did not converge: raise params.max_iter, or loosen params.tol"
    ]


def test_library_that_warns_warns_in_the_record(tmp_path, monkeypatch):
    where = context(tmp_path)
    fit = LogisticRegression.fit

    def warned(self, *arguments, **keywords):
        warnings.warn("it is going away\nand so on", FutureWarning, stacklevel=2)
        return fit(self, *arguments, **keywords)

    monkeypatch.setattr(LogisticRegression, "fit", warned)
    trained(table(), where, estimator="LogisticRegression")

    assert where.notes.messages == ["scikit-learn warns: it is going away"]


def test_seed_decides_what_is_random(tmp_path):
    settings = {"estimator": "RandomForestClassifier", "params": {"n_estimators": 5}}
    _, one = trained(table(), context(tmp_path), **settings)
    _, same = trained(table(), context(tmp_path), **settings)
    _, other = trained(table(), context(tmp_path, seed=12), **settings)

    assert one.equals(same)
    assert not one.equals(other)


def test_table_is_left_as_it_was(tmp_path):
    data = table()
    before = data.copy()

    trained(data, context(tmp_path))

    pd.testing.assert_frame_equal(data, before)


def test_signature_tells_what_the_model_was_made_for(tmp_path):
    data = table().assign(day=pd.Timestamp("2024-01-01"))

    model, predictions = trained(data, context(tmp_path))

    signature = model[0]
    assert signature.families_ == {"x": "number", "place": "text", "day": "date"}
    assert signature.categories_ == {"place": ["east", "north", "south"]}
    trainer = Sklearn()
    again = trainer.predict(model, signature.example(), context(tmp_path))
    assert again.equals(predictions.head(3))


def test_plugins_can_be_listed_without_loading_pandas_or_scikit_learn():
    code = (
        "import sys, fourstroke_sklearn as p, fourstroke_threshold as t;"
        "p.Sklearn(), p.Quality(), p.Inspection(), p.SkopsCodec(), t.Threshold(min=0.5),"
        "t.Baseline(), t.Champion();"
        "print([m for m in ('pandas', 'numpy', 'sklearn', 'scipy', 'skops') if m in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.strip() == "[]"

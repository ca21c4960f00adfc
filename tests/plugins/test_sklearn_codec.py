"""The codec: the same bytes for the same model, everywhere; and nothing made that is not on the list."""

from __future__ import annotations

import functools
import io
import json
import logging
import os
import subprocess
import sys
import time
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.base import BaseEstimator
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import all_estimators

from fourstroke import Context, FourstrokeWarning, StepError, StoreError, Task
from fourstroke_sklearn import Sklearn, SkopsCodec
from fourstroke_sklearn.trusted import TRUSTED

MODEL = "model.skops"


def context(tmp_path: Path, **task) -> Context:
    return Context(
        run="r",
        step="train",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(**{"target": "y", **task}),
        seed=11,
        log=logging.getLogger("test"),
    )


def table() -> pd.DataFrame:
    random = np.random.default_rng(0)
    x = random.normal(size=300)
    return pd.DataFrame(
        {
            "x": np.where(random.random(300) < 0.1, np.nan, x),
            "count": random.integers(0, 9, 300),
            "place": random.choice(["north", "south", "east", None], 300),
            "day": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(random.integers(0, 900, 300), unit="D"),
            "y": np.where(x + random.normal(size=300) > 0, "yes", "no"),
        }
    )


def encoded(value, folder: Path) -> bytes:
    folder.mkdir(exist_ok=True)
    assert SkopsCodec().encode(value, folder) is True
    return (folder / MODEL).read_bytes()


def decoded(content: bytes, folder: Path):
    folder.mkdir(exist_ok=True)
    (folder / MODEL).write_bytes(content)
    return SkopsCodec().decode(folder)


MEMBERS = [
    {"name": "line", "estimator": "LogisticRegression"},
    {"name": "tree", "estimator": "DecisionTreeClassifier"},
]
NUMBERS = [
    {"name": "line", "estimator": "Ridge"},
    {"name": "tree", "estimator": "DecisionTreeRegressor"},
]
LINE = {"estimator": {"estimator": "LogisticRegression"}}
# What is stored of one tree is stored of each.
FEW_TREES = {"n_estimators": 5}
FEW_ROUNDS = {"max_iter": 5}
PARAMS = {
    **dict.fromkeys(
        [
            f"{name}{kind}"
            for name in ("AdaBoost", "ExtraTrees", "GradientBoosting", "RandomForest")
            for kind in ("Classifier", "Regressor")
        ],
        FEW_TREES,
    ),
    "HistGradientBoostingClassifier": FEW_ROUNDS,
    "HistGradientBoostingRegressor": FEW_ROUNDS,
    "BaggingClassifier": LINE,
    "CalibratedClassifierCV": LINE,
    "FixedThresholdClassifier": LINE,
    "GaussianProcessClassifier": {"n_restarts_optimizer": 1},
    "OneVsOneClassifier": LINE,
    "OneVsRestClassifier": LINE,
    "OutputCodeClassifier": LINE,
    "StackingClassifier": {"estimators": MEMBERS},
    "StackingRegressor": {"estimators": NUMBERS},
    "TunedThresholdClassifierCV": LINE,
    "VotingClassifier": {"estimators": MEMBERS},
    "VotingRegressor": {"estimators": NUMBERS},
}
# They are made for several targets, for one column, for counts only, or for labels that are missing.
NOT_FOR_TABLES = {
    "CCA",
    "CategoricalNB",
    "ClassifierChain",
    "ComplementNB",
    "IsotonicRegression",
    "MultiOutputClassifier",
    "MultiOutputRegressor",
    "MultiTaskElasticNet",
    "MultiTaskElasticNetCV",
    "MultiTaskLasso",
    "MultiTaskLassoCV",
    "MultinomialNB",
    "PLSCanonical",
    "RegressorChain",
    "SelfTrainingClassifier",
}
ESTIMATORS = [
    (name, kind)
    for kind, group in (("binary", "classifier"), ("regression", "regressor"))
    for name, _ in all_estimators(type_filter=group)
    if name not in NOT_FOR_TABLES
]


@pytest.mark.parametrize(("name", "kind"), ESTIMATORS, ids=[name for name, _ in ESTIMATORS])
def test_every_estimator_comes_back_and_predicts_the_same(tmp_path, name, kind):
    data = table()
    if kind == "regression":
        data["y"] = 5 + np.arange(300) / 100
    if name == "QuadraticDiscriminantAnalysis":
        data = data[["x", "count", "y"]].fillna(0.0)
    trainer, where = (
        Sklearn(estimator=name, params=PARAMS.get(name, {})),
        context(tmp_path, kind=kind),
    )
    model = trainer.train(data, where)
    expected = trainer.predict(model, data, where)

    loaded = decoded(encoded(model, tmp_path / "a"), tmp_path / "b")

    assert trainer.predict(loaded, data, where).equals(expected)


TWICE = """
import sys, hashlib
from pathlib import Path
sys.path.insert(0, {folder!r})
from test_sklearn_codec import PARAMS, table, context, encoded
from fourstroke_sklearn import Sklearn
for name in {names!r}:
    junk = [bytearray(b"\\xff" * 5000) for _ in range(int(sys.argv[1]))]
    del junk
    model = Sklearn(estimator=name, params=PARAMS.get(name, {{}})).train(table(), context(Path(sys.argv[2])))
    content = encoded(model, Path(sys.argv[2]) / "model")
    print(name, hashlib.sha256(content).hexdigest())
"""
STABLE = (
    "HistGradientBoostingClassifier",
    "LogisticRegression",
    "RandomForestClassifier",
    "ExtraTreesClassifier",
    "GradientBoostingClassifier",
    "KNeighborsClassifier",
    "SVC",
    "MLPClassifier",
    "CalibratedClassifierCV",
)


def test_same_model_is_the_same_bytes_in_every_process(tmp_path):
    script = TWICE.format(folder=str(Path(__file__).parent), names=STABLE)
    printed = set()
    for number, seed in enumerate(("0", "1", "12345")):
        folder = tmp_path / seed
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", script, str(100 * number), str(folder)],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": f"UTC{number}"},
            timeout=250,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        printed.add(done.stdout)

    assert len(printed) == 1
    assert len(set(printed.pop().split())) == 2 * len(STABLE)


def test_bytes_tell_neither_time_nor_addresses(tmp_path):
    model = HistGradientBoostingClassifier(max_iter=3).fit([[0], [1]] * 20, [0, 1] * 20)

    one = encoded(model, tmp_path / "a")
    time.sleep(2.1)  # a zip file tells time in steps of two seconds
    two = encoded(model, tmp_path / "b")

    assert one == two
    assert "__id__" not in zipfile.ZipFile(io.BytesIO(one)).read("schema.json").decode()


def test_other_model_is_other_bytes(tmp_path):
    one = LogisticRegression().fit([[0], [1], [2]], [0, 0, 1])
    two = LogisticRegression().fit([[0], [1], [2.001]], [0, 0, 1])

    assert encoded(one, tmp_path / "a") != encoded(two, tmp_path / "b")


def test_loaded_model_is_the_same_bytes_again(tmp_path):
    model = Sklearn().train(table(), context(tmp_path))

    content = encoded(model, tmp_path / "a")

    assert encoded(decoded(content, tmp_path / "b"), tmp_path / "c") == content


class Homemade(BaseEstimator):
    def fit(self, X, y=None):  # noqa: N803 - scikit-learn's name
        return self


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (Homemade(), "test_sklearn_codec.Homemade"),
        (FunctionTransformer(os.path.exists), "genericpath.exists"),
        (FunctionTransformer(functools.partial(os.listdir, ".")), "posix.listdir"),
        (FunctionTransformer(func=json.loads), "json.loads"),
    ],
)
def test_type_that_is_not_on_the_list_is_refused_with_its_name(tmp_path, model, name):
    with pytest.raises(StepError) as raised:
        encoded(model, tmp_path / "a")

    assert f"it is made of {name}" in str(raised.value)
    assert "allowed are scikit-learn's own estimators" in str(raised.value)
    assert not (tmp_path / "a" / MODEL).exists()


def test_what_skops_cannot_write_is_refused_in_one_line(tmp_path):
    with pytest.raises(StepError) as raised:
        encoded(FunctionTransformer(lambda x: x), tmp_path / "a")

    assert "FunctionTransformer" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "value", [Homemade(), FunctionTransformer(os.system), FunctionTransformer(eval)]
)
def test_file_cannot_bring_a_type_into_the_list(tmp_path, value):
    with pytest.raises(StoreError) as raised:
        decoded(skops.io.dumps(value), tmp_path)

    assert "brings what is not allowed" in str(raised.value)


def test_list_allows_no_function_that_acts_on_the_world():
    modules = {name.rpartition(".")[0].partition(".")[0] for name in TRUSTED}

    assert modules == {"fourstroke_sklearn", "functools", "numpy", "sklearn"}


def edited(content: bytes, change) -> bytes:
    """Rewrite the structured arrays of a model file, as an attacker would."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            member = old.read(name)
            if name.endswith(".npy"):
                array = np.load(io.BytesIO(member))
                if array.dtype.names:
                    change(array)
                    out = io.BytesIO()
                    np.save(out, array)
                    member = out.getvalue()
            new.writestr(name, member)
    return buffer.getvalue()


def setter(field, value):
    def change(array):
        if field in array.dtype.names:
            array[field][0] = value

    return change


@pytest.mark.parametrize(
    ("estimator", "field", "value"),
    [
        (RandomForestClassifier(3), "left_child", 10**6),
        (RandomForestClassifier(3), "right_child", 0),
        (RandomForestClassifier(3), "feature", 7),
        (RandomForestClassifier(3), "feature", -5),
        (GradientBoostingClassifier(n_estimators=3), "feature", 4),
        (HistGradientBoostingClassifier(max_iter=3), "left", 10**6),
        (HistGradientBoostingClassifier(max_iter=3), "right", 0),
        (HistGradientBoostingClassifier(max_iter=3), "feature_idx", 9),
        (HistGradientBoostingClassifier(max_iter=3), "is_categorical", 1),
        (KNeighborsClassifier(algorithm="kd_tree"), "idx_end", 10**6),
        (KNeighborsClassifier(algorithm="ball_tree"), "idx_start", -1),
    ],
)
def test_crafted_tree_is_refused_before_it_can_be_followed(tmp_path, estimator, field, value):
    random = np.random.default_rng(0)
    rows = random.normal(size=(200, 3))
    content = encoded(estimator.fit(rows, rows[:, 0] > 0), tmp_path / "a")

    with pytest.raises(StoreError) as raised:
        decoded(edited(content, setter(field, value)), tmp_path / "b")

    assert "points outside of itself: it was crafted" in str(raised.value)


def test_tree_that_needs_more_columns_than_its_forest_looks_at_is_refused(tmp_path):
    rows = np.random.default_rng(0).normal(size=(200, 3))
    model = RandomForestClassifier(2).fit(rows, rows[:, 2] > 0)
    model.n_features_in_ = 2
    content = encoded_unchecked(model)

    with pytest.raises(StoreError, match="points outside of itself"):
        decoded(content, tmp_path)


def encoded_unchecked(model) -> bytes:
    return skops.io.dumps(model)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: b"no model",
        lambda content: content[: len(content) // 2],
        lambda content: content.replace(b"LogisticRegression", b"LogisticRegressiom"),
        lambda content: content[:-3],
    ],
)
def test_damaged_file_is_one_line(tmp_path, damage):
    content = encoded(LogisticRegression().fit([[0], [1]], [0, 1]), tmp_path / "a")

    with pytest.raises(StoreError) as raised:
        decoded(damage(content), tmp_path / "b")

    assert "\n" not in str(raised.value)


def test_model_of_another_version_is_opened_with_a_warning(tmp_path, monkeypatch):
    model = LogisticRegression().fit([[0], [1]], [0, 1])
    content = encoded(model, tmp_path / "a")
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            member = old.read(name)
            if name == "schema.json":
                schema = json.loads(member)
                schema["content"]["content"]["_sklearn_version"]["content"] = '"0.1"'
                member = json.dumps(schema).encode()
            new.writestr(name, member)

    with pytest.warns(FourstrokeWarning, match="made with scikit-learn 0.1"):
        loaded = decoded(buffer.getvalue(), tmp_path / "b")

    assert loaded.predict([[0], [1]]).tolist() == [0, 1]


def test_model_is_stored_and_loaded_without_warnings(tmp_path):
    model = Sklearn().train(table(), context(tmp_path))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        decoded(encoded(model, tmp_path / "a"), tmp_path / "b")

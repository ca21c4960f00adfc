"""The explainer: it finds what a model goes by, quickly, and says what it did."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression

from fourstroke import Context, Task
from fourstroke_sklearn import Inspection, Sklearn


def context(tmp_path: Path, **task) -> Context:
    return Context(
        run="r",
        step="explain",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(**{"target": "y", **task}),
        seed=11,
        log=logging.getLogger("test"),
    )


def table(rows: int = 1000, seed: int = 0) -> pd.DataFrame:
    """Give a table whose target goes by `strong`, less by `weak` and `place`, and not by `noise`."""
    random = np.random.default_rng(seed)
    strong, weak, noise = random.normal(size=(3, rows))
    place = random.choice(["north", "south"], rows)
    score = 2 * strong + 0.7 * weak + 0.7 * (place == "north") + random.normal(size=rows)
    data = {"noise": noise, "weak": weak, "place": place, "strong": strong}
    return pd.DataFrame({**data, "y": np.where(score > 0, "yes", "no")})


def explained(data, where, settings=None, estimator="LogisticRegression"):
    model = Sklearn(estimator=estimator).train(data, where)
    section, *_ = (settings or Inspection()).explain(model, data, where)
    return section


@pytest.mark.parametrize("estimator", ["LogisticRegression", "HistGradientBoostingClassifier"])
def test_columns_come_in_the_order_of_their_importance(tmp_path, estimator):
    model = Sklearn(estimator=estimator).train(table(), context(tmp_path))

    section, *_ = Inspection().explain(model, table(seed=1), context(tmp_path))

    columns = [row[0] for row in section.tables[0].rows]
    assert columns[0] == "strong"
    assert columns[-1] == "noise"
    assert section.charts[0].series[0].x == tuple(columns)


def test_importance_agrees_with_scikit_learns(tmp_path):
    data, where = table(), context(tmp_path)
    model = Sklearn(estimator="LogisticRegression").train(data, where)
    features = data.drop(columns="y")
    theirs = permutation_importance(
        model, features, data["y"], scoring="roc_auc", n_repeats=20, random_state=0
    )

    section, *_ = Inspection(repeats=20).explain(model, data, where)

    ours = {row[0]: row[1] for row in section.tables[0].rows}
    for name, mean in zip(features.columns, theirs.importances_mean, strict=True):
        assert ours[name] == pytest.approx(mean, abs=0.006)


@pytest.mark.parametrize("kind", ["multiclass", "regression"])
def test_other_tasks_are_explained_by_their_own_figure(tmp_path, kind):
    data = table()
    data["y"] = pd.qcut(data["strong"], 3, labels=False) if kind == "multiclass" else data["strong"]

    section = explained(data, context(tmp_path, kind=kind), estimator="")

    figure = {"multiclass": "accuracy", "regression": "rmse"}[kind]
    assert section.text.startswith(f"How much worse {figure} gets")
    name, mean, _ = section.tables[0].rows[0]
    assert name == "strong"
    assert mean > 0.3


def test_rows_beyond_the_most_are_sampled_and_it_is_said(tmp_path):
    section = explained(table(3000), context(tmp_path))

    assert "on 2,000 of 3,000 held-out rows, drawn at random" in section.text
    assert "5 times" in section.text


def test_same_seed_gives_the_same_section(tmp_path):
    data, where = table(3000), context(tmp_path)

    assert explained(data, where) == explained(data, where)


def test_all_columns_count_also_dates_missing_cells_and_categories(tmp_path):
    data = table().assign(
        day=pd.Timestamp("2024-01-01"),
        kind=pd.Series(["a", None] * 500, dtype="category"),
        flag=pd.Series([True, None] * 500, dtype="boolean"),
    )

    section = explained(data, context(tmp_path))

    assert {row[0] for row in section.tables[0].rows} == set(data.columns) - {"y"}


def test_wide_table_is_screened_and_it_is_said(tmp_path):
    data = table()
    random = np.random.default_rng(0)
    extra = {f"noise{n}": random.normal(size=len(data)) for n in range(40)}
    data = pd.concat([data, pd.DataFrame(extra)], axis=1)

    section = explained(data, context(tmp_path), Inspection(columns=10))

    assert len(section.tables[0].rows) == 10
    assert section.tables[0].rows[0][0] == "strong"
    assert "Of 44 columns the 10 that go with the prediction most were tried." in section.text


def test_one_class_is_told_and_no_crash(tmp_path):
    data, where = table(), context(tmp_path, positive="yes")
    model = Sklearn(estimator="LogisticRegression").train(data, where)

    section, *_ = Inspection().explain(model, data[data["y"] == "no"], where)

    assert section.text == "It cannot be told: roc_auc: all rows are of one class."


def test_rows_without_labels_are_told_and_no_crash(tmp_path):
    data, where = table(), context(tmp_path, positive="yes")
    model = Sklearn(estimator="LogisticRegression").train(data, where)

    section, *_ = Inspection().explain(model, data.assign(y=None), where)

    assert section.text == "It cannot be told: roc_auc: there is no row with a label."


def test_model_of_another_plugin_is_explained_by_its_own_columns(tmp_path):
    data = table()
    model = LogisticRegression().fit(data[["strong", "noise"]], data["y"])

    section, *_ = Inspection().explain(model, data, context(tmp_path))

    assert [row[0] for row in section.tables[0].rows] == ["strong", "noise"]


def test_fourteen_columns_are_explained_within_seconds(tmp_path):
    data = pd.concat(
        [table(12_000)] + [table(12_000, n)[["weak"]].add_suffix(str(n)) for n in range(10)], axis=1
    )
    where = context(tmp_path)
    model = Sklearn().train(data, where)

    started = time.process_time()
    Inspection().explain(model, data, where)

    assert time.process_time() - started < 5


@pytest.mark.parametrize("setting", [{"repeats": 1}, {"rows": 10}, {"columns": 0}])
def test_setting_out_of_range_is_refused(setting):
    with pytest.raises(ValueError):
        Inspection(**setting)

"""The bundled plugins on the census table: quality, time, and the whole way through the store."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pandas as pd
import pytest
from sklearn.model_selection import train_test_split

from fourstroke import Context, Task
from fourstroke_sklearn import Inspection, Quality, Sklearn, SkopsCodec

ADULT = Path(__file__).resolve().parents[2] / "examples" / "income" / "data" / "adult.csv"


@pytest.fixture(scope="module")
def parts():
    data = pd.read_csv(ADULT)
    return train_test_split(data, test_size=0.25, stratify=data["income"], random_state=0)


@pytest.fixture
def where(tmp_path):
    return Context(
        run="r",
        step="train",
        project="income",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(target="income", positive=">50K", sensitive=("sex", "race")),
        seed=1,
        log=logging.getLogger("test"),
    )


@pytest.mark.parametrize(
    ("estimator", "params", "expected"),
    [
        ("HistGradientBoostingClassifier", {}, 0.929),
        ("LogisticRegression", {"max_iter": 1000}, 0.905),
    ],
)
def test_whole_way_reaches_the_known_quality_in_the_time_it_may_take(
    parts, where, tmp_path, estimator, params, expected
):
    train, test = parts
    trainer = Sklearn(estimator=estimator, params=params)
    seconds = {}

    def timed(name, function, *arguments):
        started = time.process_time()
        result = function(*arguments)
        seconds[name] = time.process_time() - started
        return result

    model = trainer.train(train, where)
    SkopsCodec().encode(model, tmp_path)
    model = SkopsCodec().decode(tmp_path)
    predictions = timed("predict", trainer.predict, model, test, where)
    evaluation = timed("evaluate", Quality().evaluate, model, test, predictions, where)
    section, *_ = timed("explain", Inspection().explain, model, test, where)

    assert evaluation.metrics[0].value == pytest.approx(expected, abs=0.004)
    assert evaluation.metrics[0].low > evaluation.baseline[0].value
    assert {item.column for item in evaluation.slices} >= {"sex", "race"}
    assert len(section.tables[0].rows) == 13
    assert seconds["predict"] < 0.8
    assert seconds["evaluate"] < 2
    assert seconds["explain"] < 5

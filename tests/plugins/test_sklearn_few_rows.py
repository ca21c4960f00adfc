"""A few rows, scored without the pools of scikit-learn, say to the last digit what many say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from fourstroke import Context, Task
from fourstroke_sklearn import Sklearn
from fourstroke_sklearn.few_codes import Codes
from fourstroke_sklearn.few_rows import few_rows, prepared
from fourstroke_sklearn.fitting import fit
from fourstroke_sklearn.scoring import predictions_of


@given(
    seed=st.integers(0, 2**32 - 1),
    classes=st.integers(2, 4),
    missing=st.sampled_from([0.0, 0.2]),
    kind=st.sampled_from([RandomForestClassifier, ExtraTreesClassifier]),
    depth=st.sampled_from([1, 3, None]),
)
@settings(max_examples=25, deadline=None)
def test_forest_gives_the_same_digits_all_trees_at_once(seed, classes, missing, kind, depth):
    random = np.random.default_rng(seed)
    rows = random.normal(size=(200, 5))
    rows[random.random(rows.shape) < missing] = np.nan
    target = np.arange(200) % classes
    forest = kind(17, random_state=seed, max_depth=depth).fit(rows, target)
    # Also values right at a threshold, and beyond all of training.
    rows[3] = forest.estimators_[0].tree_.threshold[0]
    rows[4] = 1e30

    found = few_rows(forest, rows[:16])

    assert found is not None
    np.testing.assert_array_equal(found, forest.predict_proba(rows[:16]))


@given(
    seed=st.integers(0, 2**32 - 1),
    classes=st.integers(0, 3),
    missing=st.sampled_from([0.0, 0.2]),
    categories=st.sampled_from([None, [0], [1, 3]]),
)
@settings(max_examples=25, deadline=None)
def test_boosting_gives_the_same_digits_all_trees_at_once(seed, classes, missing, categories):
    random = np.random.default_rng(seed)
    rows = random.normal(size=(200, 5))
    rows[:, :2] = random.integers(0, 9, size=(200, 2)) * 2.0
    rows[:, 3] = random.integers(0, 3, size=200)
    rows[random.random(rows.shape) < missing] = np.nan
    if classes > 1:
        target = np.arange(200) % classes
        model = HistGradientBoostingClassifier(max_iter=11, categorical_features=categories)
        model.fit(rows, target)
        expected = model.predict_proba
    else:
        loss = "poisson" if classes else "squared_error"
        model = HistGradientBoostingRegressor(
            max_iter=11, categorical_features=categories, loss=loss
        ).fit(rows, random.poisson(3.0, 200))
        expected = model.predict
    few = rows[:16].copy()
    # What training never saw: other categories, and numbers beyond all of it.
    few[3:6, :2] = [[77.0, 3.0], [-2.0, 1e9], [np.nan, 0.5]]
    few[6] = np.nan
    few[7, 2] = 1e300

    np.testing.assert_array_equal(few_rows(model, few), expected(few))
    assert few_rows(model, np.full((1, 5), np.inf)) is None


@pytest.mark.parametrize("kind", [RandomForestRegressor, ExtraTreesRegressor])
def test_forest_of_numbers_gives_the_same_digits(kind):
    random = np.random.default_rng(0)
    rows = random.normal(size=(200, 5))
    rows[random.random(rows.shape) < 0.1] = np.nan
    forest = kind(17, random_state=0).fit(rows, random.normal(size=200))

    np.testing.assert_array_equal(few_rows(forest, rows[:16]), forest.predict(rows[:16]))


@pytest.mark.parametrize(
    "encoder",
    [
        OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, max_categories=4),
        OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=4),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    ],
    ids=str,
)
@pytest.mark.parametrize("has_missing", [True, False])
def test_text_that_is_looked_up_becomes_what_the_encoder_makes_of_it(encoder, has_missing):
    random = np.random.default_rng(0)
    seen = [*"abcdefgh", *([np.nan] if has_missing else [])]
    table = pd.DataFrame(
        {name: pd.Series(random.choice(seen, 100).tolist(), dtype=object) for name in "xy"}
    ).replace("nan", np.nan)
    encoder = clone(encoder).fit(table)
    few = pd.DataFrame({"x": ["a", "new", np.nan, "h"], "y": ["b", "b", np.nan, ""]}, dtype=object)
    expected = encoder.transform(few)

    found = Codes.of(encoder).transform(few)

    dense = expected.toarray() if sparse.issparse(expected) else expected
    np.testing.assert_array_equal(found, dense)


def test_encoder_that_refuses_text_goes_on_refusing_it():
    encoder = OrdinalEncoder().fit(pd.DataFrame({"x": ["a", "b"]}))

    assert Codes.of(encoder) is None


def test_sparse_rows_are_scored_as_well():
    random = np.random.default_rng(0)
    rows = sparse.random(200, 30, 0.2, format="csr", random_state=0)
    forest = RandomForestClassifier(20, random_state=0).fit(rows, random.integers(0, 2, 200))

    np.testing.assert_array_equal(few_rows(forest, rows[:5]), forest.predict_proba(rows[:5]))


def test_what_is_not_known_to_be_the_same_takes_the_way_of_scikit_learn():
    rows = np.random.default_rng(0).normal(size=(100, 3))
    forest = RandomForestClassifier(5, random_state=0).fit(rows, rows[:, 0] > 0)

    assert few_rows(forest, rows[:17]) is None
    assert few_rows(RandomForestRegressor(5).fit(rows, rows[:, :2]), rows[:1]) is None
    assert few_rows(forest, np.full((1, 3), 1e300)) is None
    assert few_rows(forest.set_params(n_jobs=2), rows[:1]) is None

    class Own(RandomForestClassifier):
        """Predicts as it likes."""

    assert few_rows(Own(5).fit(rows, rows[:, 0] > 0), rows[:1]) is None


@pytest.mark.parametrize(
    "estimator",
    [
        "LogisticRegression",
        "RandomForestClassifier",
        "HistGradientBoostingClassifier",
        "GaussianNB",
        "KNeighborsClassifier",
        "LinearSVC",
    ],
)
def test_one_row_alone_is_scored_as_among_many(estimator, tmp_path):
    random = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "age": random.normal(40, 10, 300),
            "town": random.choice(["a", "b", None], 300),
            "since": pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 99, 300), "D"),
        }
    )
    table.loc[::7, "age"] = np.nan
    table["bought"] = np.where(random.random(300) < 0.5, "yes", "no")
    context = Context(
        run="r",
        step="model.train.one",
        project="p",
        root=tmp_path,
        scratch=tmp_path,
        task=Task(target="bought"),
        seed=0,
    )
    model = fit(Sklearn(estimator=estimator), table, context)
    clean = model[0].transform(table)
    many = predictions_of(model, clean)
    alone = pd.concat([predictions_of(model, clean.iloc[[row]]) for row in range(20)])

    assert alone["prediction"].tolist() == many["prediction"].head(20).tolist()
    for name in set(many.columns) - {"prediction"}:
        # Sums of many rows at once may round otherwise in the last digit.
        np.testing.assert_allclose(alone[name], many[name].head(20), rtol=1e-12)
    first = prepared(model, clean.head(3))
    second = model[1:-1].transform(clean.head(3))
    assert type(first) is type(second)
    first, second = (each.toarray() if sparse.issparse(each) else each for each in (first, second))
    np.testing.assert_array_equal(first, second)

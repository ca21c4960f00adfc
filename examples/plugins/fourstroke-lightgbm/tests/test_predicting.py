"""What is trained, and what predictions look like."""

from __future__ import annotations

import random

import lightgbm
import numpy as np
import pandas as pd
import pytest
from conftest import KINDS, ROWS

from fourstroke import DataError, StepError
from fourstroke_lightgbm import LightGBM


def shared_generators() -> tuple[object, str]:
    numpy_state = np.random.get_state(legacy=False)  # noqa: NPY002 - the shared one is meant
    return random.getstate(), repr(numpy_state)


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("binary", ["prediction", "probability_no", "probability_yes"]),
        ("multiclass", ["prediction", "probability_1", "probability_2", "probability_3"]),
        ("regression", ["prediction"]),
    ],
)
def test_predictions_have_a_column_a_class(trained, table, kind, columns):
    plugin, model, where = trained(kind)

    said = plugin.predict(model, table, where)

    assert list(said.columns) == columns


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_classes_are_learnt(trained, table, kind):
    plugin, model, where = trained(kind)

    said = plugin.predict(model, table, where)

    assert (said["prediction"] == table[KINDS[kind]]).mean() > 0.85
    assert np.allclose(said.filter(like="probability_").sum(axis=1), 1)


def test_numbers_are_learnt(trained, table):
    plugin, model, where = trained("regression")

    said = plugin.predict(model, table, where)

    assert np.corrcoef(said["prediction"], table["price"])[0, 1] > 0.9


def test_labels_keep_their_type(trained, table):
    plugin, model, where = trained("multiclass")

    said = plugin.predict(model, table, where)

    assert set(said["prediction"]) <= {1, 2, 3}
    assert pd.api.types.is_integer_dtype(said["prediction"])


def test_truth_values_are_labels_too(table, context):
    table["dear"] = table["dear"] == "yes"
    plugin, where = LightGBM(rounds=3), context()

    said = plugin.predict(plugin.train(table, where), table, where)

    assert list(said.columns) == ["prediction", "probability_False", "probability_True"]
    assert said["prediction"].dtype == bool


def test_trees_are_those_of_lightgbm_itself(trained, table):
    plugin, model, where = trained("regression", features=("size", "rooms"))
    rows = lightgbm.Dataset(table[["size", "rooms"]].to_numpy(float), table["price"])
    same = {"learning_rate": 0.05, "seed": 3, "verbosity": -1, "num_threads": 1}
    expected = lightgbm.train(
        {**same, "objective": "regression", "deterministic": True, "force_col_wise": True}, rows, 20
    )

    said = plugin.predict(model, table, where)

    assert (said["prediction"] == expected.predict(table[["size", "rooms"]])).all()


def test_index_and_order_of_rows_are_kept(trained, table):
    plugin, model, where = trained()
    turned = table.sample(frac=1, random_state=1)

    said = plugin.predict(model, turned, where)

    assert said.index.equals(turned.index)
    pd.testing.assert_frame_equal(said.sort_index(), plugin.predict(model, table, where))


def test_order_of_columns_and_further_ones_change_nothing(trained, table):
    plugin, model, where = trained()
    turned = table[table.columns[::-1]].drop(columns="dear").assign(further=1)

    said = plugin.predict(model, turned, where)

    pd.testing.assert_frame_equal(said, plugin.predict(model, table, where))


def test_dtypes_of_a_reader_change_nothing(trained, table):
    plugin, model, where = trained()
    other = table.astype({"place": "category", "rooms": "Float64", "garden": object})

    said = plugin.predict(model, other, where)

    pd.testing.assert_frame_equal(said, plugin.predict(model, table, where))


def test_no_rows_give_no_predictions(trained, table):
    plugin, model, where = trained("multiclass")

    said = plugin.predict(model, table.iloc[:0], where)

    assert said.shape == (0, 4)


def test_table_is_left_as_it_was(table, context):
    before, plugin, where = table.copy(), LightGBM(rounds=3), context()

    plugin.predict(plugin.train(table, where), table, where)

    pd.testing.assert_frame_equal(table, before)


def test_same_seed_gives_the_same_bytes(trained):
    settings = {"params": {"bagging_fraction": 0.5, "bagging_freq": 1}}

    first, second = trained(**settings)[1], trained(**settings)[1]

    assert first.text == second.text


def test_threads_change_no_tree(trained):
    one, two = trained(threads=1)[1], trained(threads=2)[1]

    assert one.text.partition("\nparameters:")[0] == two.text.partition("\nparameters:")[0]


def test_seed_matters_where_rows_are_drawn(table, context):
    plugin = LightGBM(rounds=5, params={"bagging_fraction": 0.5, "bagging_freq": 1})

    first = plugin.train(table, context(seed=1))
    second = plugin.train(table, context(seed=2))

    assert first.text.partition("\nparameters:")[0] != second.text.partition("\nparameters:")[0]


def test_global_random_state_is_left_alone(trained):
    before = shared_generators()

    trained()

    assert shared_generators() == before


def test_text_that_training_never_saw_is_told(trained, table):
    plugin, model, where = trained()
    table.loc[5:7, "place"] = "west"

    plugin.predict(model, table, where)

    assert where.notes.messages == [
        "column 'place': 3 of 300 rows hold text that training never saw, such as 'west'"
    ]


def test_text_that_training_never_saw_counts_as_missing(trained, table):
    plugin, model, where = trained()

    strange = plugin.predict(model, table.assign(place="west"), where)

    missing = plugin.predict(model, table.assign(place=None), where)
    pd.testing.assert_frame_equal(strange, missing)


def test_text_that_training_never_saw_is_refused_on_request(trained, table):
    plugin, model, where = trained(unseen="error")
    table.loc[5:7, "place"] = "west"

    with pytest.raises(DataError, match=r"column 'place': 3 of 300 rows .* such as 'west'"):
        plugin.predict(model, table, where)


def test_every_column_at_fault_is_told(trained, table):
    plugin, model, where = trained()
    wrong = table.drop(columns="rooms").assign(size="large", sizes=1)

    with pytest.raises(DataError) as told:
        plugin.predict(model, wrong, where)

    lines = str(told.value).splitlines()
    assert lines[0].startswith("column 'size', row 0: the model was trained on numbers here")
    assert lines[1].startswith("column 'rooms': the model needs this column")


def test_missing_column_names_the_one_that_may_be_meant(trained, table):
    plugin, model, where = trained()

    with pytest.raises(DataError, match="did you mean 'room'"):
        plugin.predict(model, table.rename(columns={"rooms": "room"}), where)


def test_infinite_number_is_named_by_its_row(trained, table):
    plugin, model, where = trained()
    table.loc[7, "size"] = np.inf

    with pytest.raises(DataError, match="column 'size', row 7: infinity"):
        plugin.predict(model, table, where)


def test_model_of_another_plugin_is_refused(trained, table):
    plugin, _, where = trained()

    with pytest.raises(StepError, match="str was not trained by this plugin"):
        plugin.predict("model", table, where)


def test_explainers_find_the_methods_of_scikit_learn(trained, table):
    _, model, _ = trained()

    said = model.predict(table)

    assert model.feature_names_in_ == ("size", "rooms", "place", "garden", "built")
    assert (said == np.array(model.classes_)[model.predict_proba(table).argmax(axis=1)]).all()
    assert len(said) == ROWS

"""Which tables and settings are taken, and how others are refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fourstroke import ConfigError, DataError, StepError
from fourstroke_lightgbm import LightGBM
from fourstroke_lightgbm.parameters import known_parameters


def test_target_id_and_ignored_columns_are_no_features(trained):
    _, model, _ = trained()

    assert model.feature_names_in_ == ("size", "rooms", "place", "garden", "built")


def test_names_that_lightgbm_would_not_take_are_taken(table, context):
    table = table.rename(columns={"size": 'size [m²], "net": {all}'})

    model = LightGBM(rounds=2).train(table, context())

    assert 'size [m²], "net": {all}' in model.feature_names_in_


def test_column_without_a_value_is_no_feature_and_told(table, context):
    where = context()

    model = LightGBM(rounds=2).train(table.assign(empty=None), where)

    assert "empty" not in model.feature_names_in_
    assert where.notes.messages == ["column 'empty' is no feature: it has no value in any row"]


def test_text_of_too_many_values_is_no_feature_and_told(table, context):
    where = context()

    model = LightGBM(rounds=2, max_categories=2).train(table, where)

    assert "place" not in model.feature_names_in_
    assert where.notes.messages == [
        "column 'place' is no feature: its text has 3 values, more than max_categories = 2"
    ]


def test_balanced_classes_raise_the_rare_one(table, context):
    table["dear"] = np.where(table["price"] > 150, "yes", "no")
    where = context()
    plain, balanced = LightGBM(rounds=5), LightGBM(rounds=5, balanced=True)

    low = plain.predict(plain.train(table, where), table, where)["probability_yes"].mean()
    high = balanced.predict(balanced.train(table, where), table, where)["probability_yes"].mean()

    assert low < 0.15
    assert high > 0.25


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dear": "yes"}, "column 'dear': all rows to train on are of one class, 'yes'"),
        ({"dear": None}, "column 'dear', row 0: the target is missing in 300 of 300 rows"),
        ({"dear": 0.5}, "column 'dear', row 0: the target holds fractions such as 0.5"),
        ({"size": 1j}, "column 'size', row 0: .* cannot be used here"),
        ({"size": np.inf}, "column 'size', row 0: infinity"),
    ],
)
def test_table_that_cannot_be_learnt_from_is_refused(table, context, change, message):
    with pytest.raises(DataError, match=message):
        LightGBM(rounds=2).train(table.assign(**change), context())


def test_column_of_several_kinds_names_the_row(table, context):
    table["rooms"] = table["rooms"].astype(object)
    table.loc[4, "rooms"] = "many"

    with pytest.raises(DataError, match="column 'rooms', row 4: 'many' cannot be used here"):
        LightGBM(rounds=2).train(table, context())


def test_column_of_no_usable_kind_names_its_first_cell(table, context):
    table["age"] = pd.Series([None] + [pd.Timedelta(days=1)] * 299)

    with pytest.raises(DataError, match=r"column 'age', row 1: Timedelta\(.* cannot be used here"):
        LightGBM(rounds=2).train(table, context())


def test_no_rows_cannot_be_learnt_from(table, context):
    with pytest.raises(DataError, match="there is no row to train on"):
        LightGBM(rounds=2).train(table.iloc[:0], context())


def test_target_that_is_not_there_is_told(table, context):
    with pytest.raises(DataError, match=r"column 'deer': the target is not .*did you mean 'dear'"):
        LightGBM(rounds=2).train(table, context(target="deer"))


def test_three_classes_are_no_binary_task(table, context):
    with pytest.raises(DataError, match="a binary task has two classes, and there are 3: 1, 2, 3"):
        LightGBM(rounds=2).train(table, context(target="class"))


def test_text_is_no_target_of_a_regression(table, context):
    with pytest.raises(DataError, match="the target of a regression must be numbers"):
        LightGBM(rounds=2).train(table, context("regression", target="dear"))


def test_positive_class_has_to_be_one(table, context):
    with pytest.raises(ConfigError, match=r"task.positive: the target has no class 'maybe'"):
        LightGBM(rounds=2).train(table, context(positive="maybe"))


def test_nothing_to_learn_from_is_told(table, context):
    with pytest.raises(DataError, match="no column is left to learn from"):
        LightGBM(rounds=2).train(table[["id", "dear"]], context())


def test_two_columns_of_one_name_are_refused(table, context):
    twice = pd.concat([table, table[["size"]]], axis=1)

    with pytest.raises(DataError, match="column 'size': two columns have this name"):
        LightGBM(rounds=2).train(twice, context())


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"lambda_l3": 1}, r"params.lambda_l3: LightGBM has no such parameter \(did you mean"),
        ({"reg_lambda": 1}, "params.reg_lambda: LightGBM has no such parameter"),
        ({"num_leaves": 7}, r"params.num_leaves: this is a setting .*\(set `leaves`\)"),
        ({"machines": "10.0.0.1:80"}, "params.machines: this is not to be set"),
        ({"objective": "regression"}, "params.objective: this is not to be set"),
    ],
)
def test_parameter_that_is_not_to_be_set_is_refused(table, context, params, message):
    with pytest.raises(ConfigError, match=message):
        LightGBM(rounds=2, params=params).train(table, context())


def test_all_wrong_parameters_are_told_at_once(table, context):
    with pytest.raises(ConfigError) as told:
        LightGBM(rounds=2, params={"seed": 1, "dept": 3}).train(table, context())

    assert len(str(told.value).splitlines()) == 2


def test_wrong_value_of_a_parameter_is_told(table, context):
    with pytest.raises(
        StepError, match=r"model\.train\.trees: LightGBM cannot be trained: .*max_bin"
    ):
        LightGBM(rounds=2, params={"max_bin": "many"}).train(table, context())


def test_regression_may_have_another_objective(table, context):
    model = LightGBM(rounds=2, params={"objective": "quantile"}).train(table, context("regression"))

    assert "objective=quantile" in model.text


def test_regression_has_nothing_to_balance(table, context):
    with pytest.raises(ConfigError, match="a regression has no classes to balance"):
        LightGBM(rounds=2, balanced=True).train(table, context("regression"))


def test_feature_that_the_task_excludes_is_refused(table, context):
    with pytest.raises(ConfigError, match="features: 'id' is the target, the id or ignored"):
        LightGBM(rounds=2, features=("id",)).train(table, context())


def test_lightgbm_states_its_parameters():
    known = known_parameters()

    assert {"max_depth", "lambda_l2", "bagging_fraction", "num_class"} <= known
    assert "reg_lambda" not in known

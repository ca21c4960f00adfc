"""The split contract: bundled splits keep it; a wrong one fails the check meant for it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from wrong import failed_checks

from fourstroke import DataError, Task, hookimpl, plugin
from fourstroke.testing.contracts.split import SplitContract
from fourstroke_pandas import (
    AutomaticSplit,
    GroupSplit,
    RandomSplit,
    StratifiedSplit,
    TimeSplit,
)

BY_GROUP = Task(target="label", id="id", group="visits")
BY_TIME = Task(target="label", id="id", time="since")


class TestRandomSplit(SplitContract):
    plugin = RandomSplit


class TestRandomSplitInThree(SplitContract):
    plugin = RandomSplit
    settings: ClassVar = {"test": 0.1, "validation": 0.3}


class TestStratifiedSplit(SplitContract):
    plugin = StratifiedSplit


class TestStratifiedSplitInThree(SplitContract):
    plugin = StratifiedSplit
    settings: ClassVar = {"test": 0.3, "validation": 0.2, "column": "city"}
    by = "city"


class TestGroupSplit(SplitContract):
    plugin = GroupSplit
    task = BY_GROUP


class TestGroupSplitInThree(SplitContract):
    plugin = GroupSplit
    settings: ClassVar = {"validation": 0.2, "column": "visits"}
    by = "visits"


class TestTimeSplit(SplitContract):
    plugin = TimeSplit
    task = BY_TIME


class TestTimeSplitInThree(SplitContract):
    plugin = TimeSplit
    settings: ClassVar = {"validation": 0.2, "column": "since"}
    by = "since"


class TestAutomaticSplit(SplitContract):
    plugin = AutomaticSplit
    capabilities = StratifiedSplit.capabilities


class TestAutomaticSplitOfNumbers(SplitContract):
    plugin = AutomaticSplit
    task = Task(target="income", kind="regression", id="id")
    capabilities = RandomSplit.capabilities


class TestAutomaticSplitByGroup(SplitContract):
    plugin = AutomaticSplit
    task = BY_GROUP
    capabilities = GroupSplit.capabilities


class TestAutomaticSplitByTime(SplitContract):
    plugin = AutomaticSplit
    task = BY_TIME
    capabilities = TimeSplit.capabilities


@plugin
class Plain:
    """Hold out a quarter at random: right in all, and the base of what is wrong in one thing."""

    capabilities = frozenset({"random"})

    @hookimpl
    def split(self, data, context):
        return self.divided(data, context.seed)

    def divided(self, data, seed):
        if len(data) < 2:
            raise DataError(f"{len(data)} rows are too few")
        order = np.random.default_rng(seed).permutation(len(data))
        count = max(1, len(data) // 4)
        return {"train": data.iloc[order[count:]], "test": data.iloc[order[:count]]}


@plugin
class LeavesGaps(Plain):
    """Leave some rows out, and say so."""

    @hookimpl
    def split(self, data, context):
        parts = self.divided(data, context.seed)
        context.say("three rows between train and test are left out")
        return {**parts, "train": parts["train"].iloc[:-3] if len(data) > 9 else parts["train"]}


@plugin
class HasAnEmptyPart(Plain):
    """Give a part that nobody asked for."""

    def divided(self, data, seed):
        return {**Plain.divided(self, data, seed), "validation": data.iloc[:0]}


@plugin
class HoldsOutTrainingRows(Plain):
    """Train on all rows."""

    def divided(self, data, seed):
        return {**Plain.divided(self, data, seed), "train": data}


@plugin
class DrawsWithReplacement(Plain):
    """Draw training rows several times."""

    def divided(self, data, seed):
        parts = Plain.divided(self, data, seed)
        rows = [*range(len(parts["train"])), 0]
        return {**parts, "train": parts["train"].iloc[rows]}


@plugin
class LosesARow(Plain):
    """Lose the last row for training."""

    def divided(self, data, seed):
        parts = Plain.divided(self, data, seed)
        return {**parts, "train": parts["train"].iloc[: max(1, len(parts["train"]) - 1)]}


@plugin
class DropsAColumn(Plain):
    """Leave a column out."""

    def divided(self, data, seed):
        return Plain.divided(self, data.drop(columns="city", errors="ignore"), seed)


@plugin
class FillsCells(Plain):
    """Fill missing cells on the way."""

    def divided(self, data, seed):
        parts = Plain.divided(self, data, seed)
        return {name: part.fillna({"age": 0.0}) for name, part in parts.items()}


@plugin
class GoesByCells(Plain):
    """Leave out of training whatever looks like a test row."""

    def divided(self, data, seed):
        parts = Plain.divided(self, data, seed)
        if "id" in data:
            parts["train"] = data[~data["id"].isin(parts["test"]["id"]).to_numpy()]
        return parts


@plugin
class DependsOnGlobalState(Plain):
    """Draw rows as the generator decides which all share."""

    def divided(self, data, seed):
        return Plain.divided(self, data, seed + int(np.random.get_state()[1][0]))


@plugin
class CountsCalls(Plain):
    """Divide otherwise at each call of an object."""

    labels: ClassVar = []

    def divided(self, data, seed):
        self.labels.append(1)
        parts = Plain.divided(self, data, seed)
        return {
            name: part.set_axis([len(self.labels)] * len(part), axis=0)
            for name, part in parts.items()
        }


@plugin
class DropsByLabel(Plain):
    """Find the training rows by their labels."""

    def divided(self, data, seed):
        parts = Plain.divided(self, data, seed)
        return {**parts, "train": data.drop(index=parts["test"].index)}


@plugin
class KnowsNumbersAlone(Plain):
    """Compare cells one by one, as if each were a number."""

    def divided(self, data, seed):
        old = sum(1 for age in data.get("age", ()) if age > 1000)
        return Plain.divided(self, data, seed + old)


@plugin
class GoesByType(Plain):
    """Take other types for other cells."""

    def divided(self, data, seed):
        is_whole = "visits" in data and data["visits"].dtype == np.int64
        return Plain.divided(self, data, seed + is_whole)


@plugin
class GoesByPosition(Plain):
    """Go by what the first column is called."""

    def divided(self, data, seed):
        return Plain.divided(self, data, seed + len(data.columns[0]))


@plugin
class CountsColumns(Plain):
    """Go by how many columns there are."""

    def divided(self, data, seed):
        return Plain.divided(self, data, seed + len(data.columns))


@plugin
class ChangesTheTable(Plain):
    """Mark in the table where its rows went."""

    def divided(self, data, seed):
        parts = {name: part.copy() for name, part in Plain.divided(self, data, seed).items()}
        data["part"] = "train"
        return parts


@plugin
class StumblesOverTwoRows(Plain):
    """Compute what two rows do not have."""

    def divided(self, data, seed):
        if len(data) == 2:
            raise ValueError("n_splits=4 cannot be greater than 2")
        return Plain.divided(self, data, seed)


@plugin
class HoldsOutNoRow(Plain):
    """Round down the test rows of a short table."""

    def divided(self, data, seed):
        parts = Plain.divided(self, data, seed)
        return parts if len(data) > 2 else {"train": data, "test": data.iloc[:0]}


@plugin
class DividesNothing(Plain):
    """Give empty parts of an empty table."""

    def divided(self, data, seed):
        return Plain.divided(self, data, seed) if len(data) else {"train": data, "test": data}


@plugin
class StumblesOverEmptiness(Plain):
    """Let the error of a library through."""

    def divided(self, data, seed):
        if not len(data):
            raise ValueError("a must be greater than 0 unless no samples are taken")
        return Plain.divided(self, data, seed)


@plugin
class StumblesOverColumns(Plain):
    """Take a column for granted."""

    def divided(self, data, seed):
        assert data["age"] is not None
        return Plain.divided(self, data, seed)


@plugin
class IgnoresTheSeed(Plain):
    """Draw the same rows, always."""

    def divided(self, data, seed):
        return Plain.divided(self, data, 0)


@plugin
class IsNotStratified(Plain):
    """Claim shares that chance does not give."""

    capabilities = frozenset({"random", "stratified"})


@plugin
class IsNotGrouped(Plain):
    """Claim groups, and ignore them."""

    capabilities = frozenset({"random", "grouped"})


@plugin
class IsNotOrdered(Plain):
    """Claim an order, and ignore it."""

    capabilities = frozenset({"random", "ordered"})


@plugin
class CutsThroughATime(Plain):
    """Divide rows of one time."""

    capabilities = frozenset({"ordered"})

    def divided(self, data, seed):
        if len(data) < 2 or "since" not in data:
            raise DataError("there are too few rows, or no column 'since'")
        ordered = data.sort_values("since", kind="stable")
        return {"train": ordered.iloc[:-1], "test": ordered.iloc[-1:]}


@pytest.mark.parametrize("right", [Plain, LeavesGaps])
def test_right_split_keeps_the_contract(right):
    assert failed_checks(SplitContract, right) == []


def test_function_keeps_the_contract():
    def halves(data):
        """Divide in the middle."""
        if len(data) < 2:
            raise DataError(f"{len(data)} rows are too few")
        half = len(data) // 2
        return {"train": data.iloc[:half], "test": data.iloc[half:]}

    assert failed_checks(SplitContract, halves) == []


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (HasAnEmptyPart, "test_parts_have_rows"),
        (HoldsOutTrainingRows, "test_no_row_is_in_two_parts"),
        (DrawsWithReplacement, "test_no_row_is_in_two_parts"),
        (LosesARow, "test_every_row_is_in_a_part"),
        (DropsAColumn, "test_rows_come_as_they_were"),
        (FillsCells, "test_rows_come_as_they_were"),
        (GoesByCells, "test_equal_rows_are_rows"),
        (DependsOnGlobalState, "test_same_seed_gives_the_same_split"),
        (CountsCalls, "test_same_seed_gives_the_same_split"),
        (DropsByLabel, "test_labels_of_rows_mean_nothing"),
        (KnowsNumbersAlone, "test_nullable_types_are_taken"),
        (GoesByType, "test_nullable_types_are_taken"),
        (GoesByPosition, "test_columns_are_found_by_name"),
        (CountsColumns, "test_columns_are_found_by_name"),
        (ChangesTheTable, "test_table_is_left_as_it_is"),
        (StumblesOverTwoRows, "test_two_rows_are_divided_or_refused"),
        (HoldsOutNoRow, "test_two_rows_are_divided_or_refused"),
        (DividesNothing, "test_empty_table_is_refused"),
        (StumblesOverEmptiness, "test_empty_table_is_refused"),
        (StumblesOverColumns, "test_missing_column_is_named"),
        (IgnoresTheSeed, "test_another_seed_gives_another_split"),
        (IsNotStratified, "test_every_class_has_its_share"),
        (IsNotGrouped, "test_groups_stay_together"),
        (IsNotOrdered, "test_training_rows_are_earlier"),
        (CutsThroughATime, "test_training_rows_are_earlier"),
    ],
)
def test_wrong_split_fails_the_check_meant_for_it(wrong, expected):
    task = Task(target="label", id="id", group="visits", time="since")

    assert failed_checks(SplitContract, wrong, task=task) == [expected]

"""The contract of trainers: the bundled one keeps it, and each wrong one fails the check meant for it."""

from __future__ import annotations

import random

import pandas as pd
import pytest
from wrong import failed_checks

from fourstroke import DataError, Task, hookimpl, plugin
from fourstroke.testing import TrainContract
from fourstroke_sklearn import Sklearn


class TestLogisticRegression(TrainContract):
    plugin = Sklearn
    settings = {"estimator": "LogisticRegression"}
    capabilities = ("binary", "probability", "missing", "unseen", "learns", "seeded")


class TestHistGradientBoosting(TrainContract):
    plugin = Sklearn
    settings = {"estimator": "HistGradientBoostingClassifier", "params": {"max_iter": 20}}
    capabilities = ("binary", "probability", "missing", "unseen", "learns", "seeded")


class TestForestOfSeveralClasses(TrainContract):
    plugin = Sklearn
    settings = {"estimator": "RandomForestClassifier", "params": {"n_estimators": 10}}
    capabilities = ("multiclass", "probability", "missing", "unseen", "learns", "seeded")
    task = Task(target="label", kind="multiclass", id="id")


class TestRidge(TrainContract):
    plugin = Sklearn
    settings = {"estimator": "Ridge"}
    capabilities = ("regression", "missing", "unseen", "learns", "seeded")
    task = Task(target="label", kind="regression", id="id")


CLASSES = ("no", "yes")


@plugin
class Plain:
    """Predict by the mean age of each class: right in all, and the base of what is wrong in one thing."""

    capabilities = frozenset({"binary", "probability", "missing", "unseen", "learns", "seeded"})

    @hookimpl
    def train(self, data, context):
        self.require(data)
        if data.empty:
            raise DataError("there are no rows")
        ages = data.groupby(data[context.task.target].astype(str))["age"].mean()
        return {"ages": {name: float(age) for name, age in ages.items()}}

    @hookimpl
    def predict(self, model, data):
        self.require(data)
        shares = [self.share(model["ages"], age) for age in data["age"]]
        return pd.DataFrame(
            {
                "prediction": [self.label(model["ages"], share) for share in shares],
                "probability_no": [1 - share for share in shares],
                "probability_yes": shares,
            },
            index=data.index,
        )

    def share(self, ages, age):
        if set(ages) != set(CLASSES):
            return float("yes" in ages)
        middle, reach = sum(ages.values()) / 2, abs(ages["yes"] - ages["no"]) + 1
        score = 0.5 + (age - middle) / reach / 10 if age == age else 0.5
        return min(max(score, 0.01), 0.99)

    def label(self, ages, share):
        return "yes" if share > 0.5 else "no"

    def require(self, data):
        if "age" not in data:
            raise DataError("there is no column 'age'")


@plugin
class ShufflesRows(Plain):
    """Give predictions under other labels."""

    @hookimpl
    def predict(self, model, data):
        return Plain.predict(self, model, data).reset_index(drop=True)


@plugin
class InventsClasses(Plain):
    """Predict a class that nobody has seen."""

    def label(self, ages, share):
        return "perhaps" if share > 0.5 else "no"

    @hookimpl
    def predict(self, model, data):
        found = Plain.predict(self, model, data)
        return found.assign(probability_perhaps=found["probability_yes"])


@plugin
class ForgetsSeed(Plain):
    """Draw from the generator that all share."""

    capabilities = Plain.capabilities - {"seeded"}

    @hookimpl
    def train(self, data, context):
        noise = random.Random(random.getstate()[1][1]).random()
        model = Plain.train(self, data, context)
        return {"ages": {name: age + 20 * noise for name, age in model["ages"].items()}}


@plugin
class LooksAtNeighbours(Plain):
    """Score a row by the mean of all."""

    @hookimpl
    def predict(self, model, data):
        return Plain.predict(self, model, data.assign(age=data["age"] - data["age"].mean() + 45))


@plugin
class ChangesItsTable(Plain):
    """Fill gaps in the table of others."""

    @hookimpl
    def train(self, data, context):
        data["age"] = data["age"].fillna(0.0)
        return Plain.train(self, data, context)


@plugin
class CountsColumns(Plain):
    """Go by the place of a column."""

    @hookimpl
    def predict(self, model, data):
        self.require(data)
        place = ["id", "age", "income", "visits", "city", "member", "since", "label"].index("age")
        column = data.iloc[:, place] if data.shape[1] > place else data["age"]
        numbers = pd.to_numeric(column, errors="coerce")
        return Plain.predict(self, model, data.assign(age=numbers))


@plugin
class NeedsTarget(Plain):
    """Score only what has a target."""

    @hookimpl
    def predict(self, model, data, context):
        if context.task.target not in data:
            return Plain.predict(self, model, data).assign(
                prediction="no", probability_no=1.0, probability_yes=0.0
            )
        return Plain.predict(self, model, data)


@plugin
class LearnsIds(Plain):
    """Learn from the column that names a row."""

    @hookimpl
    def train(self, data, context):
        model = Plain.train(self, data, context)
        if "id" in data and len(data):
            shift = int(str(data["id"].iloc[0])[1:]) / 10
            model["ages"] = {name: age + shift for name, age in model["ages"].items()}
        return model


@plugin
class NamesNothing(Plain):
    """Fail without a word about the column."""

    def require(self, data):
        if "age" not in data:
            raise DataError("something is missing")


@plugin
class LearnsFromNothing(Plain):
    """Make a model of no rows."""

    @hookimpl
    def train(self, data, context):
        return {"ages": {}} if data.empty else Plain.train(self, data, context)


@plugin
class DividesByNothing(Plain):
    """Fall over one class."""

    @hookimpl
    def train(self, data, context):
        if data[context.task.target].nunique() == 1:
            raise ZeroDivisionError("one class")
        return Plain.train(self, data, context)


class Opaque(dict):
    """A model that no codec knows; as a mapping it is equal to nothing else."""


@plugin
class FailsOnNoRow(Plain):
    """Fall over an empty table when it scores."""

    @hookimpl
    def predict(self, model, data):
        if data.empty:
            raise IndexError("no row")
        return Plain.predict(self, model, data)


@plugin
class GivesOdds(Plain):
    """Give twice the probability."""

    @hookimpl
    def predict(self, model, data):
        found = Plain.predict(self, model, data)
        return found.assign(probability_no=found["probability_no"] / 2)


@plugin
class SaysTheOther(Plain):
    """Predict the less likely class."""

    capabilities = Plain.capabilities - {"learns"}

    def label(self, ages, share):
        return "no" if share > 0.5 else "yes"


@plugin
class RefusesGaps(Plain):
    """Claim gaps, and fail at them."""

    @hookimpl
    def predict(self, model, data):
        if len(data) and data["age"].isna().all() and data["income"].isna().all():
            raise DataError("there is no age")
        return Plain.predict(self, model, data)


@plugin
class TakesStrangersForAll(Plain):
    """Score everybody otherwise when one city is unknown."""

    @hookimpl
    def predict(self, model, data):
        is_strange = "city" in data and (data["city"] == "Atlantis").any()
        return Plain.predict(self, model, data.assign(age=data["age"] + 30 * is_strange))


@plugin
class KnowsNothing(Plain):
    """Say no to everybody."""

    def share(self, ages, age):
        return 0.0


@plugin
class ClaimsNoKind(Plain):
    """Learn nothing in particular."""

    capabilities = Plain.capabilities - {"binary"}


@plugin
class MinglesWithTime(Plain):
    """Keep in the model how often it was trained."""

    @hookimpl
    def train(self, data, context):
        COUNT.append(1)
        return Plain.train(self, data, context) | {"trained": len(COUNT)}


COUNT: list[int] = []


def test_plain_trainer_keeps_the_contract():
    assert failed_checks(TrainContract, Plain) == []


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (ClaimsNoKind, "test_a_kind_of_task_is_claimed"),
        (InventsClasses, "test_predictions_are_of_the_target"),
        (ForgetsSeed, "test_same_seed_gives_the_same_predictions"),
        (LooksAtNeighbours, "test_row_is_scored_the_same_alone"),
        (ChangesItsTable, "test_tables_are_left_alone"),
        (CountsColumns, "test_order_of_columns_does_not_matter"),
        (NeedsTarget, "test_target_is_not_needed_for_scoring"),
        (LearnsIds, "test_columns_that_are_no_features_have_no_influence"),
        (NamesNothing, "test_missing_column_is_named"),
        (ShufflesRows, "test_predictions_come_one_a_row"),
        (LearnsFromNothing, "test_nothing_to_learn_from_is_refused"),
        (DividesByNothing, "test_one_class_is_learnt_or_refused"),
        (FailsOnNoRow, "test_no_row_is_scored_or_refused"),
        (GivesOdds, "test_probabilities_are_those_of_the_classes"),
        (SaysTheOther, "test_prediction_is_the_likeliest_class"),
        (RefusesGaps, "test_missing_features_are_taken"),
        (TakesStrangersForAll, "test_unseen_category_is_scored"),
        (KnowsNothing, "test_it_does_better_than_without_features"),
        (MinglesWithTime, "test_same_seed_gives_the_same_files"),
    ],
)
def test_wrong_trainer_fails_the_check_meant_for_it(wrong, expected):
    assert expected in failed_checks(TrainContract, wrong)

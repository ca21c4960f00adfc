"""What a trainer has to hold: the same model by the same seed, and rows scored as they come."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from fourstroke.artifacts.codecs import Codecs
from fourstroke.artifacts.digest import digest_bytes
from fourstroke.entities.task import Task
from fourstroke.errors import DataError, FourstrokeError
from fourstroke.testing.claims import expect
from fourstroke.testing.contract import Contract, requires
from fourstroke.testing.global_seed import global_seed
from fourstroke.testing.samples import people
from fourstroke.testing.tables import as_frame, difference, otherwise_indexed

if TYPE_CHECKING:
    from fourstroke.typing import Trains

_TOLERANCE = 1e-6


class TrainContract(Contract):
    """What every trainer has to hold, with the prediction that belongs to it.

    A plugin has to claim the kinds of task that it learns. One that learns other kinds than
    ``binary`` names its ``task``, and gives a ``sample`` with such a target.
    """

    stage = "train"
    offered: ClassVar = {
        "binary": "it learns two classes",
        "multiclass": "it learns more than two classes",
        "regression": "it learns numbers",
        "probability": "it gives the probability of each class",
        "missing": "rows with missing features are learnt from, and scored",
        "unseen": "rows with a category that training never saw are scored",
        "learns": "it does better on the sample than the most frequent class, or the mean",
        "seeded": "training has no part in it that the seed does not decide",
    }
    plugin: ClassVar[Trains | Callable[..., Trains]]

    def sample(self) -> pd.DataFrame:
        """Give a table to learn from, target included; by default as the task's kind needs it."""
        data = people()
        if self.task.kind == "multiclass":
            return data.assign(**{self.task.target: data["label"] + data["member"].map(str)})
        if self.task.kind == "regression":
            return data.assign(**{self.task.target: data["age"].fillna(40.0) * 2 + data["visits"]})
        return data

    def train(self, data: pd.DataFrame, *, seed: int = 7) -> Any:
        """Train as a step does."""
        return self.caller().train("own", data=data, context=self.context(seed=seed))

    def predict(self, model: Any, data: pd.DataFrame) -> pd.DataFrame:
        """Score as a step does."""
        table = self.caller().predict("own", model=model, data=data, context=self.context())
        return as_frame(table)

    def exercise(self) -> None:
        """Train and score once."""
        self.predict(self.train(self.sample()), self.sample())

    @property
    def complete(self) -> pd.DataFrame:
        """The sample, without rows that lack a feature, unless it claims to take them."""
        return (
            self.sample()
            if "missing" in self.claimed()
            else self.sample().dropna().reset_index(drop=True)
        )

    def test_a_kind_of_task_is_claimed(self) -> None:
        """It says what it learns: at least one of binary, multiclass and regression."""
        kinds = {"binary", "multiclass", "regression"} & self.claimed()

        expect(kinds, "it claims no kind of task: binary, multiclass or regression")
        expect(self.task.kind in kinds, f"the contract's task is {self.task.kind}, not claimed")

    def test_predictions_come_one_a_row(self) -> None:
        """Each row gets one prediction, in order and under its label."""
        data = self.complete
        shuffled = data.sample(frac=1, random_state=3)

        found = self.predict(self.train(data), shuffled)

        expect("prediction" in found.columns, "there is no column 'prediction'")
        expect(len(found) == len(shuffled), f"{len(found)} predictions for {len(shuffled)} rows")
        expect(found.index.equals(shuffled.index), "the labels of the rows are others")

    def test_predictions_are_of_the_target(self) -> None:
        """A prediction is a class that training has seen, or a finite number."""
        data = self.complete
        found = self.predict(self.train(data), data)["prediction"]

        if self.task.kind == "regression":
            values = np.asarray(found, dtype=float)
            expect(np.isfinite(values).all(), "a prediction is no finite number")
            return
        strange = set(map(str, found)) - set(map(str, data[self.task.target]))
        expect(not strange, f"it predicts {sorted(strange)[:3]}, which training never saw")

    def test_same_seed_gives_the_same_predictions(self) -> None:
        """Training twice with one seed gives one model, whatever state the process is in."""
        data = self.complete
        with global_seed(1):
            first = self.predict(self.train(data.copy()), data)
        with global_seed(2):
            second = self.predict(self.train(data.copy()), data)

        told = difference(second, first)
        expect(not told, f"trained again with the same seed, {told}")

    def test_row_is_scored_the_same_alone(self) -> None:
        """What a row is given does not depend on the rows beside it."""
        data = self.complete
        model = self.train(data)
        whole = self.predict(model, data)

        for row in (0, len(data) // 2, len(data) - 1):
            told = difference(
                self.predict(model, data.iloc[[row]]).reset_index(drop=True),
                whole.iloc[[row]].reset_index(drop=True),
                is_exact=False,
            )
            expect(not told, f"row {row} is scored otherwise when it stands alone: {told}")

    def test_tables_are_left_alone(self) -> None:
        """Neither the table that it learns from nor the one that it scores is changed."""
        data, scored = self.complete, self.complete
        self.predict(self.train(data), scored)

        for table, what in ((data, "learns from"), (scored, "scores")):
            told = difference(table, self.complete, has_index=True)
            expect(not told, f"the table that it {what} was changed: {told}")

    def test_order_of_columns_does_not_matter(self) -> None:
        """Columns are found by name when rows are scored."""
        data = self.complete
        model = self.train(data)

        told = difference(self.predict(model, data[data.columns[::-1]]), self.predict(model, data))

        expect(not told, f"with the columns in another order, {told}")

    def test_unknown_column_does_not_matter(self) -> None:
        """One column more, that training had not, changes no prediction."""
        data = self.complete
        model = self.train(data)

        told = difference(self.predict(model, data.assign(more=1.0)), self.predict(model, data))

        expect(not told, f"with one column more, {told}")

    def test_target_is_not_needed_for_scoring(self) -> None:
        """Rows to be scored have no target."""
        data = self.complete
        model = self.train(data)

        told = difference(
            self.predict(model, data.drop(columns=self.task.target)), self.predict(model, data)
        )

        expect(not told, f"without the target, {told}")

    def test_columns_that_are_no_features_have_no_influence(self) -> None:
        """The id and what the task ignores are not learnt from."""
        names = [
            name
            for name in sorted(self.task.not_features - {self.task.target})
            if name in self.complete
        ]
        data = self.complete
        mixed = data.assign(**{name: list(reversed(data[name].tolist())) for name in names})

        told = difference(
            self.predict(self.train(mixed), data), self.predict(self.train(data), data)
        )

        expect(not told, f"with {', '.join(names)} mixed up, {told}")

    def test_missing_column_is_named(self) -> None:
        """A feature that the rows to be scored lack is named by a DataError, unless it is not used."""
        data = self.complete
        model = self.train(data)
        for name in (each for each in data.columns if each not in self.task.not_features):
            try:
                self.predict(model, data.drop(columns=name))
            except DataError as error:
                expect(name in str(error), f"without {name!r} the error does not name it: {error}")
            except Exception as error:
                told = f"without {name!r} it raised {type(error).__name__} ({error})"
                raise AssertionError(f"{told}, not a DataError that names it") from error

    def test_labels_of_rows_mean_nothing(self) -> None:
        """Labels that are there twice, or in any order, change neither model nor predictions."""
        data = self.complete
        expected = self.predict(self.train(data), data).reset_index(drop=True)

        for way, labelled in otherwise_indexed(data):
            found = self.predict(self.train(labelled.copy()), labelled)
            expect(found.index.equals(labelled.index), f"with {way} the labels are others")
            told = difference(found.reset_index(drop=True), expected)
            expect(not told, f"with {way}, {told}")

    def test_no_row_is_scored_or_refused(self) -> None:
        """An empty table gives no prediction, or is a DataError."""
        model = self.train(self.complete)
        try:
            found = self.predict(model, self.complete.head(0))
        except DataError:
            return
        except Exception as error:
            raise AssertionError(f"it raised {type(error).__name__}: {error}") from error
        expect(len(found) == 0, f"no row was given {len(found)} predictions")

    def test_nothing_to_learn_from_is_refused(self) -> None:
        """A table without rows is an error of fourstroke, and no model."""
        try:
            self.train(self.complete.head(0))
        except FourstrokeError:
            return
        except Exception as error:
            raise AssertionError(f"it raised {type(error).__name__}: {error}") from error
        raise AssertionError("it made a model of no rows")

    def test_one_class_is_learnt_or_refused(self) -> None:
        """Rows of one class alone are learnt, and then it is predicted; or are a DataError."""
        data = self.complete
        if self.task.kind == "regression":
            data = data.assign(**{self.task.target: 3.0})
        else:
            data = data[data[self.task.target] == data[self.task.target].iloc[0]]
        try:
            found = self.predict(self.train(data), data)["prediction"]
        except DataError:
            return
        except Exception as error:
            raise AssertionError(f"it raised {type(error).__name__}: {error}") from error
        expect(len(set(found)) <= 1, "of one class it predicts several")

    def test_model_is_kept_and_comes_back(self) -> None:
        """The installed codec of its type stores the model; what comes back predicts the same."""
        data = self.complete
        model = self.train(data)
        _, codec = Codecs(self.folder).for_value(model)
        place = Path(tempfile.mkdtemp(dir=self.folder))
        codec.encode(model, place)

        told = difference(self.predict(codec.decode(place), data), self.predict(model, data))

        expect(not told, f"after it was stored, {told}")

    @requires("seeded")
    def test_same_seed_gives_the_same_files(self) -> None:
        """Two trainings with one seed give equal files: the same model is the same version."""
        first, second = (self._files_of(self.train(self.complete)) for _ in range(2))

        expect(first == second, "the files of two trainings with one seed differ")

    @requires("probability")
    def test_probabilities_are_those_of_the_classes(self) -> None:
        """Each class has its column, of values from 0 to 1 that sum to 1."""
        data = self.complete
        found = self.predict(self.train(data), data)
        names = [f"probability_{label}" for label in sorted(set(map(str, data[self.task.target])))]

        missing = [name for name in names if name not in found.columns]
        expect(not missing, f"there is no column {missing[:1]}")
        values = found[names].to_numpy(dtype=float)
        within = (values >= -_TOLERANCE).all() and (values <= 1 + _TOLERANCE).all()
        expect(within, "a probability is not from 0 to 1")
        sums = np.abs(values.sum(axis=1) - 1).max()
        expect(sums < _TOLERANCE, f"the probabilities of a row sum to 1 but for {sums:.2g}")

    @requires("probability")
    def test_prediction_is_the_likeliest_class(self) -> None:
        """No class is likelier than the one that is predicted."""
        data = self.complete
        found = self.predict(self.train(data), data)
        names = [name for name in found.columns if str(name).startswith("probability_")]
        best = found[names].max(axis=1).to_numpy(dtype=float)
        own = np.array(
            [row[f"probability_{row['prediction']}"] for row in found.to_dict("records")],
            dtype=float,
        )

        worse = int((own < best - _TOLERANCE).sum())
        expect(not worse, f"in {worse} rows another class is likelier than the prediction")

    @requires("missing")
    def test_missing_features_are_taken(self) -> None:
        """Rows in which every feature is missing are scored like any others."""
        data = self.complete
        model = self.train(data)
        features = [name for name in data.columns if name not in self.task.not_features]
        hollow = data.head(3).copy()
        for name in features:
            hollow[name] = hollow[name].mask(hollow.index == hollow.index)

        found = self.predict(model, hollow)

        expect(len(found) == len(hollow), f"{len(found)} predictions for {len(hollow)} rows")

    @requires("unseen")
    def test_unseen_category_is_scored(self) -> None:
        """A text that training never saw does not stop the others from being scored."""
        data = self.complete
        model = self.train(data)
        strange = data.head(5).copy()
        strange["city"] = ["Atlantis", *strange["city"].tolist()[1:]]

        found = self.predict(model, strange)

        expected = self.predict(model, data.head(5))
        told = difference(found.iloc[1:], expected.iloc[1:], is_exact=False)
        expect(not told, f"beside a strange row, {told}")

    @requires("learns")
    def test_it_does_better_than_without_features(self) -> None:
        """On the sample it beats the most frequent class, or the mean."""
        data = self.complete
        half = len(data) // 2
        found = self.predict(self.train(data.head(half)), data.tail(len(data) - half))
        truth = data[self.task.target].tail(len(data) - half)

        if self.task.kind == "regression":
            own = float(
                ((np.asarray(found["prediction"], dtype=float) - truth.to_numpy()) ** 2).mean()
            )
            dull = float(((data[self.task.target].head(half).mean() - truth) ** 2).mean())
            expect(own < dull, f"its mean squared error is {own:.3g}, that of the mean {dull:.3g}")
            return
        own = float((found["prediction"].map(str).to_numpy() == truth.map(str).to_numpy()).mean())
        frequent = data[self.task.target].head(half).map(str).mode().iloc[0]
        dull = float((truth.map(str) == frequent).mean())
        expect(own > dull, f"it is right in {own:.1%}, always {frequent!r} in {dull:.1%}")

    def _files_of(self, model: Any) -> dict[str, str]:
        _, codec = Codecs(self.folder).for_value(model)
        place = Path(tempfile.mkdtemp(dir=self.folder))
        codec.encode(model, place)
        files = (path for path in sorted(place.rglob("*")) if path.is_file())
        return {
            path.relative_to(place).as_posix(): digest_bytes(path.read_bytes()) for path in files
        }


MULTICLASS = Task(target="label", kind="multiclass", id="id")
REGRESSION = Task(target="label", kind="regression", id="id")

"""What an evaluator has to hold: figures that are figures, better for what is better."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from fourstroke.errors import FourstrokeError
from fourstroke.testing.claims import expect
from fourstroke.testing.contract import Contract, requires
from fourstroke.testing.global_seed import global_seed
from fourstroke.testing.samples import people
from fourstroke.testing.scored import Majority, predictions_of
from fourstroke.testing.tables import difference, otherwise_indexed

if TYPE_CHECKING:
    import pandas as pd

    from fourstroke.entities.facts import Evaluation, Metric
    from fourstroke.typing import Evaluates, FunctionPlugin


class EvaluateContract(Contract):
    """What every evaluator has to hold, on predictions of two classes."""

    stage = "evaluate"
    offered: ClassVar = {
        "interval": "the primary metric has a confidence interval",
        "baseline": "the primary metric is given for a model without features, too",
    }
    plugin: ClassVar[Evaluates | Callable[..., Evaluates] | FunctionPlugin]

    def sample(self) -> pd.DataFrame:
        """Give held-out rows, target included."""
        return people()

    def evaluate(self, data: pd.DataFrame, predictions: pd.DataFrame) -> Evaluation:
        """Measure as a step does."""
        return self.caller().evaluate(
            "own", model=Majority(), data=data, predictions=predictions, context=self.context()
        )

    def measured(self, share_right: float, *, rows: int | None = None) -> Evaluation:
        """Measure predictions of which a share is right."""
        data = self.sample() if rows is None else self.sample().head(rows)
        return self.evaluate(data, predictions_of(data, self.task, share_right=share_right))

    def exercise(self) -> None:
        """Measure once."""
        self.measured(0.8)

    def test_something_is_measured(self) -> None:
        """There is a metric, and the first one has a value."""
        metrics = self.measured(0.8).metrics

        expect(metrics, "it measured nothing")
        expect(metrics[0].value is not None, f"the primary metric has no value: {metrics[0].why}")

    def test_metrics_have_names_of_their_own(self) -> None:
        """Two metrics are told apart by their names."""
        names = [each.name for each in self.measured(0.8).metrics]

        expect(all(names), "a metric has no name")
        expect(len(set(names)) == len(names), f"a name comes twice: {sorted(names)}")

    def test_values_are_numbers_or_have_a_reason(self) -> None:
        """A value is finite; where there is none, it says why."""
        for share in (0.0, 0.8, 1.0):
            for each in self.measured(share).metrics:
                if each.value is None:
                    expect(each.why.strip(), f"{each.name} has no value, and does not say why")
                else:
                    expect(math.isfinite(each.value), f"{each.name} is {each.value}")

    def test_intervals_hold_their_values(self) -> None:
        """A confidence interval has two finite ends, and the value between them."""
        for share in (0.5, 0.8, 1.0):
            for each in self.measured(share).metrics:
                told = _fault_of_interval(each)
                expect(not told, f"{each.name}: {told}")

    def test_better_predictions_get_a_better_value(self) -> None:
        """The primary metric puts all right above most right, and that above none right."""
        best, good, worst = (self.measured(share).metrics[0] for share in (1.0, 0.8, 0.0))

        expect(best.is_better_than(good), f"all right: {best.value}, most right: {good.value}")
        expect(good.is_better_than(worst), f"most right: {good.value}, none right: {worst.value}")

    def test_rows_are_counted(self) -> None:
        """A metric says on how many rows it was measured."""
        rows = len(self.sample())
        for each in self.measured(0.8).metrics:
            expect(each.rows == rows, f"{each.name} says {each.rows} rows, of {rows}")

    def test_same_predictions_give_the_same_figures(self) -> None:
        """Measuring twice gives equal evaluations, whatever state the process is in."""
        with global_seed(1):
            first = self.measured(0.8)
        with global_seed(2):
            second = self.measured(0.8)

        expect(first == second, "the second time it gave other figures")

    def test_tables_are_left_alone(self) -> None:
        """Rows and predictions stay as they were."""
        data = self.sample()
        predictions = predictions_of(data, self.task)
        self.evaluate(data, predictions)

        told = difference(data, self.sample(), has_index=True) or difference(
            predictions, predictions_of(self.sample(), self.task), has_index=True
        )
        expect(not told, f"a table was changed: {told}")

    def test_labels_of_rows_mean_nothing(self) -> None:
        """Rows and predictions are put together by their places."""
        expected = [each.value for each in self.measured(0.8).metrics]

        for way, data in otherwise_indexed(self.sample()):
            found = self.evaluate(data, predictions_of(data, self.task, share_right=0.8))
            values = [each.value for each in found.metrics]
            expect(values == expected, f"with {way} the figures are others")

    def test_one_class_is_measured_or_told(self) -> None:
        """Held-out rows of one class give figures, each with a value or a reason."""
        data = self.sample()
        data = data[data[self.task.target] == "no"]
        found = self.evaluate(data, predictions_of(data, self.task))

        for each in found.metrics:
            told = each.value is not None or each.why.strip()
            expect(told, f"{each.name} has no value, and does not say why")

    def test_no_rows_are_told(self) -> None:
        """Without rows there is no value, or an error of fourstroke."""
        try:
            found = self.measured(0.8, rows=0)
        except FourstrokeError:
            return
        except Exception as error:
            raise AssertionError(f"it raised {type(error).__name__}: {error}") from error
        made_up = [each.name for each in found.metrics if each.value is not None]
        expect(not made_up, f"of no rows it measured {made_up}")

    @requires("interval")
    def test_primary_metric_has_an_interval(self) -> None:
        """The first metric says how sure it is."""
        metric = self.measured(0.8).metrics[0]

        expect(metric.low is not None and metric.high is not None, f"{metric.name} has none")

    @requires("interval")
    def test_more_rows_make_an_interval_narrower(self) -> None:
        """Of ten times the rows one is surer."""
        few, many = self.measured(0.8, rows=60).metrics[0], self._of_many().metrics[0]

        expect(
            _width(many) < _width(few), f"{_width(many):.3g} on many rows, {_width(few):.3g} on few"
        )

    @requires("baseline")
    def test_baseline_is_that_of_a_model_without_features(self) -> None:
        """The baseline has the primary metric, and good predictions are better than it."""
        found = self.measured(0.9)
        primary = found.metrics[0]
        dull = next((each for each in found.baseline if each.name == primary.name), None)

        expect(dull is not None, f"the baseline has no {primary.name}")
        expect(dull is None or primary.is_better_than(dull), "good predictions do not beat it")

    def _of_many(self) -> Evaluation:
        data = people(2400)
        return self.evaluate(data, predictions_of(data, self.task, share_right=0.8))


def _width(metric: Metric) -> float:
    return (metric.high or 0.0) - (metric.low or 0.0)


def _fault_of_interval(metric: Metric) -> str:
    if metric.low is None and metric.high is None:
        return ""
    if metric.low is None or metric.high is None:
        return "its interval has one end"
    if not (math.isfinite(metric.low) and math.isfinite(metric.high)):
        return f"its interval is {metric.low} to {metric.high}"
    if metric.value is None:
        return "it has an interval and no value"
    slack = 1e-9
    is_inside = metric.low - slack <= metric.value <= metric.high + slack
    return "" if is_inside else f"{metric.value} is not from {metric.low} to {metric.high}"

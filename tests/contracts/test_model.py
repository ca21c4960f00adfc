"""The contracts of evaluators and explanations: kept by what is bundled, failed by what is wrong."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pandas as pd
import pytest
from wrong import failed_checks

from fourstroke import (
    Chart,
    Context,
    DataError,
    Evaluation,
    Metric,
    Section,
    Series,
    Table,
    hookimpl,
    plugin,
)
from fourstroke.testing import EvaluateContract, ExplainContract
from fourstroke.testing.samples import people
from fourstroke_sklearn import Inspection, Quality, Shap, Sklearn


class TestQuality(EvaluateContract):
    plugin = Quality
    capabilities = ("interval", "baseline")


class TestInspection(ExplainContract):
    plugin = Inspection
    capabilities = ("rows",)

    def model(self):
        trainer = Sklearn(estimator="LogisticRegression")
        context = Context(
            run="r", step="s", project="p", root=self.folder, scratch=self.folder, task=self.task
        )
        return trainer.train(people(), context)


class TestShap(TestInspection):
    plugin = Shap


@plugin
class Share:
    """Measure the share of rows that are right."""

    capabilities = frozenset({"interval", "baseline"})

    @hookimpl
    def evaluate(self, data, predictions, context):
        if data.empty:
            raise DataError("there are no rows")
        truth = data[context.task.target].to_numpy()
        right = float((predictions["prediction"].to_numpy() == truth).mean())
        dull = float(pd.Series(truth).value_counts(normalize=True).iloc[0])
        return Evaluation(
            metrics=(self.metric(right, len(data)),),
            baseline=(Metric(name="share", value=dull, rows=len(data)),),
        )

    def metric(self, right, rows):
        reach = 2 * (0.25 / rows) ** 0.5
        return Metric(name="share", value=right, low=right - reach, high=right + reach, rows=rows)


@plugin
class MeasuresNothing(Share):
    """Give no metric."""

    capabilities = frozenset()

    @hookimpl
    def evaluate(self, data, predictions, context):
        return Evaluation(metrics=())


@plugin
class RepeatsNames(Share):
    """Measure twice under one name."""

    @hookimpl
    def evaluate(self, data, predictions, context):
        found = Share.evaluate(self, data, predictions, context)
        return attrs.evolve(found, metrics=found.metrics * 2)


@plugin
class GivesNaN(Share):
    """Give a second metric that is no number."""

    @hookimpl
    def evaluate(self, data, predictions, context):
        found = Share.evaluate(self, data, predictions, context)
        return attrs.evolve(
            found, metrics=(*found.metrics, Metric(name="x", value=math.nan, rows=len(data)))
        )


@plugin
class MissesItself(Share):
    """Give an interval beside the value."""

    def metric(self, right, rows):
        return Metric(
            name="share", value=right, low=right + 0.1, high=right + 0.2 + 1 / rows, rows=rows
        )


@plugin
class LikesErrors(Share):
    """Measure errors, and say that more is better."""

    capabilities = frozenset({"interval"})

    def metric(self, right, rows):
        return attrs.evolve(Share.metric(self, 1 - right, rows))


@plugin
class MiscountsRows(Share):
    """Say another number of rows."""

    def metric(self, right, rows):
        return attrs.evolve(Share.metric(self, right, rows), rows=7)


@plugin
class DrawsLots(Share):
    """Use the generator that all share."""

    def metric(self, right, rows):
        noise = float(np.random.RandomState(np.random.get_state()[1][1]).normal()) / 1e6
        return attrs.evolve(
            Share.metric(self, right, rows), low=right - 0.2 - abs(noise) - 1 / rows
        )


@plugin
class ChangesRows(Share):
    """Fill gaps in the rows of others."""

    @hookimpl
    def evaluate(self, data, predictions, context):
        data["age"] = 0.0
        return Share.evaluate(self, data, predictions, context)


@plugin
class GoesByLabels(Share):
    """Put rows and predictions together by their labels."""

    @hookimpl
    def evaluate(self, data, predictions, context):
        joined = (
            data.join(predictions, how="inner")
            if data.index.is_unique
            else data.head(1).join(predictions.head(1))
        )
        return Share.evaluate(self, joined, joined, context)


@plugin
class MeasuresNoRows(Share):
    """Measure where there is nothing."""

    @hookimpl
    def evaluate(self, data, predictions, context):
        if data.empty:
            return Evaluation(metrics=(Metric(name="share", value=1.0),))
        return Share.evaluate(self, data, predictions, context)


@plugin
class ClaimsIntervals(Share):
    """Claim an interval, and give none."""

    def metric(self, right, rows):
        return Metric(name="share", value=right, rows=rows)


@plugin
class WidensWithRows(Share):
    """Be less sure of more rows."""

    def metric(self, right, rows):
        reach = rows / 10_000
        return Metric(name="share", value=right, low=right - reach, high=right + reach, rows=rows)


@plugin
class ForgetsBaseline(Share):
    """Claim a baseline, and give none."""

    @hookimpl
    def evaluate(self, data, predictions, context):
        return attrs.evolve(Share.evaluate(self, data, predictions, context), baseline=())


@pytest.mark.parametrize(
    ("plugin_", "expected"),
    [
        (Share, set()),
        (MeasuresNothing, {"test_something_is_measured"}),
        (RepeatsNames, {"test_metrics_have_names_of_their_own"}),
        (GivesNaN, {"test_values_are_numbers_or_have_a_reason"}),
        (MissesItself, {"test_intervals_hold_their_values"}),
        (LikesErrors, {"test_better_predictions_get_a_better_value"}),
        (MiscountsRows, {"test_rows_are_counted"}),
        (DrawsLots, {"test_same_predictions_give_the_same_figures"}),
        (ChangesRows, {"test_tables_are_left_alone"}),
        (GoesByLabels, {"test_labels_of_rows_mean_nothing"}),
        (MeasuresNoRows, {"test_no_rows_are_told"}),
        (ClaimsIntervals, {"test_primary_metric_has_an_interval"}),
        (WidensWithRows, {"test_more_rows_make_an_interval_narrower"}),
        (ForgetsBaseline, {"test_baseline_is_that_of_a_model_without_features"}),
    ],
)
def test_evaluator_fails_the_check_meant_for_it(plugin_, expected):
    failed = set(failed_checks(EvaluateContract, plugin_))

    assert failed >= expected
    assert bool(failed) is bool(expected)


@plugin
class Gaps:
    """Show how many gaps there are."""

    @hookimpl
    def explain(self, data):
        gaps = [float(data[name].isna().sum()) for name in data.columns]
        series = Series(name="gaps", x=tuple(data.columns), y=tuple(gaps))
        table = Table(columns=("column", "gaps"), rows=tuple(zip(data.columns, gaps, strict=True)))
        return [self.section(Chart(title="Gaps", kind="bars", series=(series,)), table)]

    def section(self, chart, table):
        return Section(title="Gaps", charts=(chart,), tables=(table,))


@plugin
class ShowsNothing(Gaps):
    """Give a title alone."""

    def section(self, chart, table):
        return Section(title="Gaps")


@plugin
class DrawsNaN(Gaps):
    """Draw what is no number."""

    def section(self, chart, table):
        series = attrs.evolve(chart.series[0], y=(math.nan,) * len(chart.series[0].y))
        return Gaps.section(self, attrs.evolve(chart, series=(series,)), table)


@plugin
class CutsRows(Gaps):
    """Leave cells out."""

    def section(self, chart, table):
        return Gaps.section(self, chart, attrs.evolve(table, rows=(("age",),)))


@plugin
class TellsOtherwise(Gaps):
    """Say another thing each time."""

    def section(self, chart, table):
        COUNT.append(1)
        return attrs.evolve(Gaps.section(self, chart, table), text=f"call {len(COUNT)}")


COUNT: list[int] = []


@plugin
class FillsGaps(Gaps):
    """Fill the gaps of others."""

    @hookimpl
    def explain(self, data):
        found = Gaps.explain(self, data)
        data["age"] = 0.0
        return found


@plugin
class CountsLabels(Gaps):
    """Count labels instead of rows."""

    @hookimpl
    def explain(self, data):
        [section] = Gaps.explain(self, data)
        return [attrs.evolve(section, text=f"{data.index.nunique()} rows")]


@plugin
class NeedsRows(Gaps):
    """Fall over an empty table."""

    @hookimpl
    def explain(self, data):
        data.iloc[0]
        return Gaps.explain(self, data)


@pytest.mark.parametrize(
    ("plugin_", "expected"),
    [
        (Gaps, []),
        (ShowsNothing, ["test_sections_have_titles_and_something_to_show"]),
        (CutsRows, ["test_tables_are_whole"]),
        (FillsGaps, ["test_table_is_left_alone"]),
        (CountsLabels, ["test_labels_of_rows_mean_nothing"]),
        (NeedsRows, ["test_no_rows_are_explained_or_refused"]),
    ],
)
def test_explanation_fails_the_check_meant_for_it(plugin_, expected):
    assert failed_checks(ExplainContract, plugin_) == expected


def test_explanation_that_draws_no_numbers_is_caught():
    assert "test_charts_can_be_drawn" in failed_checks(ExplainContract, DrawsNaN)


def test_explanation_that_changes_is_caught():
    assert "test_same_model_is_explained_the_same" in failed_checks(ExplainContract, TellsOtherwise)

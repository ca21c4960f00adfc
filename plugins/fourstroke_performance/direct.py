"""Estimated performance of a regression: a second model learns how far the first one errs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no types

from fourstroke import Observation
from fourstroke_performance.answers import Classes, answers_of
from fourstroke_performance.catalogue import ESTIMATED, chosen
from fourstroke_performance.estimated import PREFIX, Known
from fourstroke_performance.judging import compare, lacks
from fourstroke_performance.measured import Figure, Measured
from fourstroke_performance.of_numbers import mean_loss, root
from fourstroke_performance.packing import Sample, coded, for_trees
from fourstroke_performance.realised import held_out
from fourstroke_performance.telling import judged, shown, unjudged

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from fourstroke import Task, Window
    from fourstroke_performance.judging import Comparison, Limits
    from fourstroke_performance.labels import Array

STATISTIC: Final = "dle"
_ROUNDS: Final = 60
_FOLDS: Final = 3
# Which loss each figure is the mean of.
_LOSSES: Final = {"mae": "absolute", "mse": "square", "rmse": "square"}


@attrs.frozen(kw_only=True, eq=False)
class Reference:
    """What is kept of the held-out rows.

    Parameters
    ----------
    rows : int
        How many there were.
    figures : mapping of str to Known
        Realised, and as rows estimate that a second model was not fitted on.
    sample : Sample
        Rows with prediction and outcome, which the second model is fitted on.
    """

    rows: int
    figures: Mapping[str, Known]
    sample: Sample

    @classmethod
    def of(
        cls,
        data: pd.DataFrame,
        predictions: pd.DataFrame,
        task: Task,
        metrics: tuple[str, ...],
        *,
        sample: int,
        seed: int,
    ) -> Reference:
        """Measure the held-out rows, and keep at most ``sample`` of them.

        Raises
        ------
        ConfigError
            If a metric is not known.
        PluginError
            If the target is not there, or predictions are none.
        """
        names = chosen(metrics, ESTIMATED[task.kind], kind=task.kind)
        rows = held_out(data, predictions, task)
        extra = {
            "said": rows.answers.said.astype(np.float32),
            "truth": rows.truth.astype(np.float32),
        }
        kept = Sample.of(data[rows.kept], extra, task, most=sample, seed=seed)
        guessed = _out_of_fold(kept, {_LOSSES[name] for name in names}, seed)
        figures = {}
        for name in names if guessed else ():
            realised = rows.measured(name)
            estimated = Measured.of(figure_of_losses(name, guessed[_LOSSES[name]]))
            if realised is not None and estimated is not None:
                figures[name] = Known(realised=realised, estimated=estimated)
        return cls(rows=len(rows.truth), figures=figures, sample=kept)

    def to_json(self) -> dict[str, Any]:
        """Turn into mappings, lists, text and numbers."""
        figures = {name: known.to_json() for name, known in self.figures.items()}
        return {"rows": self.rows, "figures": figures, "sample": self.sample.to_json()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Reference:
        """Read back what `to_json` gave."""
        return cls(
            rows=value["rows"],
            figures={name: Known.from_json(known) for name, known in value["figures"].items()},
            sample=Sample.from_json(value["sample"]),
        )


def figure_of_losses(name: str, losses: Array) -> Figure:
    """Average losses that are believed: their mean, or the root of it."""
    mean = mean_loss(name, losses)
    return root(mean, name) if name == "rmse" else mean


def watch(
    window: Window, reference: Reference, limits: Limits, *, seed: int
) -> tuple[Observation, ...]:
    """Give one observation a figure, all of them named as estimates.

    Notes
    -----
    Direct loss estimation, of NannyML (https://nannyml.readthedocs.io, "How it works: estimation of
    performance of a regression"): boosted trees learn the absolute or squared error of the model from
    features and prediction on the reference, and the mean of what they expect of a window's rows is
    the estimate.
    """
    if not reference.figures:
        why = f"the reference has {reference.rows:,} usable rows, too few to learn errors from"
        return (_nothing(why),)
    losses = {_LOSSES[name] for name in reference.figures}
    models = {loss: _fit(reference.sample, loss, slice(None), seed) for loss in sorted(losses)}
    expected: dict[str, list[Array]] = {loss: [] for loss in models}
    rows = unusable = 0
    for batch in window.batches:
        answers = answers_of(batch.predictions, Classes(kind="regression"))
        rows += len(answers.said)
        unusable += int((~answers.usable).sum())
        if answers.usable.any():
            codes = coded(reference.sample.columns, batch.data)[answers.usable]
            inputs = _inputs(codes, answers.said[answers.usable])
            for loss, model in models.items():
                expected[loss].append(_expected(model, inputs))
    found = {loss: np.concatenate(parts) for loss, parts in expected.items() if parts}
    return (*shown(rows, unusable), *_compared(found, rows - unusable, reference, limits))


def _compared(
    found: Mapping[str, Array], usable: int, reference: Reference, limits: Limits
) -> list[Observation]:
    told: list[Observation] = []
    comparisons: list[Comparison] = []
    for name, known in reference.figures.items():
        losses = found.get(_LOSSES[name])
        measured = None if losses is None else Measured.of(figure_of_losses(name, losses))
        why = ""
        for which, count in (("window", usable), ("reference", reference.rows)):
            if count < limits.minimum_rows and not why:
                why = (
                    f"the {which} has {count:,} usable rows, and {limits.minimum_rows:,} are needed"
                )
        why = why or (lacks(measured) if measured is not None else "")
        if why or measured is None:
            value = None if why or measured is None else known.at_work(measured)
            told.append(
                unjudged(name, why, value, known.realised, statistic=STATISTIC, prefix=PREFIX)
            )
            continue
        # What errors the second model has learnt depends on the outcomes of the reference.
        held = attrs.evolve(known.realised, rows=reference.sample.rows)
        comparisons.append(compare(known.at_work(measured), known.uncertain, held=held))
    return [*told, *judged(comparisons, limits, statistic=STATISTIC, prefix=PREFIX)]


def _out_of_fold(sample: Sample, losses: set[str], seed: int) -> dict[str, Array]:
    """Give for each loss what is expected of rows by a model that was fitted on others."""
    if sample.rows < _FOLDS * 2:
        return {}
    fold = np.random.default_rng(seed).permutation(sample.rows) % _FOLDS
    found = {}
    for loss in losses:
        expected = np.empty(sample.rows)
        for number in range(_FOLDS):
            model = _fit(sample, loss, fold != number, seed)
            chosen_rows = fold == number
            inputs = _inputs(sample.codes[chosen_rows], sample.extra["said"][chosen_rows])
            expected[chosen_rows] = _expected(model, inputs)
        found[loss] = expected
    return found


def _fit(sample: Sample, loss: str, rows: Any, seed: int) -> HistGradientBoostingRegressor:
    error = sample.extra["truth"][rows].astype(float) - sample.extra["said"][rows].astype(float)
    model = HistGradientBoostingRegressor(
        max_iter=_ROUNDS,
        categorical_features=np.array([*sample.categories, False]),
        early_stopping=False,
        random_state=seed,
    )
    target = np.abs(error) if loss == "absolute" else error**2
    # Threads that wait for each other on a busy machine take a hundred times as long.
    with threadpool_limits(1):
        return model.fit(_inputs(sample.codes[rows], sample.extra["said"][rows]), target)


def _expected(model: HistGradientBoostingRegressor, inputs: Array) -> Array:
    with threadpool_limits(1):
        return np.asarray(np.maximum(model.predict(inputs), 0.0))


def _inputs(codes: Array, said: Array) -> Array:
    return np.column_stack([for_trees(codes), said.astype(float)])


def _nothing(why: str) -> Observation:
    return Observation(name=f"{PREFIX}performance", status="unknown", statistic=STATISTIC, why=why)

"""Estimated performance of a classification: what a model is worth, before any outcome is known."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np

from fourstroke import Observation
from fourstroke_performance.answers import Classes
from fourstroke_performance.calibrating import Calibration, beliefs
from fourstroke_performance.catalogue import ESTIMATED, chosen
from fourstroke_performance.gathering import gather
from fourstroke_performance.judging import compare, lacks, smallest_effect
from fourstroke_performance.measured import Figure, Measured
from fourstroke_performance.of_many import ManyClasses, figure_of_many
from fourstroke_performance.of_two import TwoClasses, figure_of_two
from fourstroke_performance.packing import MISSING, Sample
from fourstroke_performance.realised import held_out
from fourstroke_performance.sampling import drawn_codes
from fourstroke_performance.telling import judged, shown, unjudged
from fourstroke_performance.weighing import Weighed, weigh

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from fourstroke import Task, Window
    from fourstroke_performance.answers import Answers
    from fourstroke_performance.gathering import Gathered
    from fourstroke_performance.judging import Comparison, Limits
    from fourstroke_performance.labels import Array

PREFIX: Final = "estimated_"
# As many scores as a sample of the reference may hold, over all classes.
_MOST_CELLS: Final = 200_000
# What weights cannot make up for: rows of the window that are like none of the reference.
_LEAST_COVERED: Final = 0.5
NO_SCORES: Final = "the model gives no probabilities or scores to estimate from"


@attrs.frozen(kw_only=True)
class Known:
    """A figure of the reference, realised and estimated in the way that windows are."""

    realised: Measured
    estimated: Measured

    @property
    def uncertain(self) -> Measured:
        """The estimate, with the sampling error that the realised figure has.

        Notes
        -----
        By the law of total variance that of the estimate is smaller: it lacks what outcomes scatter
        around their probabilities. But a drop within what the realised figure of a window of this size
        does by itself could never be confirmed, and NannyML's thresholds, three standard deviations of
        realised figures of chunks, mean the same.
        """
        return attrs.evolve(
            self.estimated, spread=self.realised.spread, skewness=self.realised.skewness
        )

    def at_work(self, window: Measured) -> Measured:
        """Give a window's estimate with the sampling error that its realised figure would have."""
        many = window.basis / max(self.estimated.basis / self.estimated.rows, 1e-12)
        scale = math.sqrt(window.rows / max(many, 1e-12))
        return attrs.evolve(window, spread=self.realised.spread * scale)

    def to_json(self) -> dict[str, Any]:
        """Turn into mappings of text and numbers."""
        return {"realised": self.realised.to_json(), "estimated": self.estimated.to_json()}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Known:
        """Read back what `to_json` gave."""
        realised, estimated = (
            Measured.from_json(value[part]) for part in ("realised", "estimated")
        )
        return cls(realised=realised, estimated=estimated)


@attrs.frozen(kw_only=True, eq=False)
class Reference:
    """What is kept of the held-out rows.

    Parameters
    ----------
    classes : Classes
        The classes by name.
    members : tuple of int
        Those that means over classes go over.
    rows : int
        How many rows there were.
    calibrations : tuple of Calibration
        Of the class of interest, or of each class; none if the model gives no scores.
    figures : mapping of str to Known
        By name.
    sample : Sample, optional
        Rows with scores and outcomes, for PAPE.
    """

    classes: Classes
    members: tuple[int, ...]
    rows: int
    calibrations: tuple[Calibration, ...]
    figures: Mapping[str, Known]
    sample: Sample | None = None

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
        is_pooled: bool = False,
    ) -> Reference:
        """Calibrate on the held-out rows and measure them; keep ``sample`` of them, 0 for none.

        ``is_pooled`` says whether probabilities are held against the rows of all splits together.

        Raises
        ------
        ConfigError
            If a metric is not known.
        PluginError
            If the target is not there, or predictions are none.
        """
        names = chosen(metrics, ESTIMATED[task.kind], kind=task.kind)
        rows = held_out(data, predictions, task)
        if rows.answers.scores is None or not len(rows.truth):
            return cls(
                classes=rows.classes,
                members=rows.members,
                rows=len(rows.truth),
                calibrations=(),
                figures={},
            )
        mended = Calibration.if_better_together if is_pooled else Calibration.if_better
        calibrations = _calibrations(
            rows.answers, rows.truth, rows.classes, partial(mended, seed=seed)
        )
        figures = {}
        for name in names:
            realised = rows.measured(name)
            figure = estimated_figure(name, rows.answers, calibrations, rows.classes, rows.members)
            estimated = Measured.of(figure, rows.clusters)
            if realised is not None and estimated is not None:
                figures[name] = Known(realised=realised, estimated=estimated)
        kept = None
        if sample:
            extra: dict[str, Array] = {
                "scores": rows.answers.scores.astype(np.float32),
                "truth": rows.truth.astype(np.int16),
            }
            most = min(sample, _MOST_CELLS // max(len(calibrations), 1))
            kept = Sample.of(data[rows.kept], extra, task, most=most, seed=seed)
        return cls(
            classes=rows.classes,
            members=rows.members,
            rows=len(rows.truth),
            calibrations=calibrations,
            figures=figures,
            sample=kept,
        )

    def to_json(self) -> dict[str, Any]:
        """Turn into mappings, lists, text and numbers."""
        return {
            "classes": self.classes.to_json(),
            "members": list(self.members),
            "rows": self.rows,
            "calibrations": [each.to_json() for each in self.calibrations],
            "figures": {name: known.to_json() for name, known in self.figures.items()},
            "sample": None if self.sample is None else self.sample.to_json(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Reference:
        """Read back what `to_json` gave."""
        sample = value["sample"]
        return cls(
            classes=Classes.from_json(value["classes"]),
            members=tuple(value["members"]),
            rows=value["rows"],
            calibrations=tuple(map(Calibration.from_json, value["calibrations"])),
            figures={name: Known.from_json(known) for name, known in value["figures"].items()},
            sample=None if sample is None else Sample.from_json(sample),
        )


def estimated_figure(
    name: str,
    answers: Answers,
    calibrations: Sequence[Calibration],
    classes: Classes,
    members: tuple[int, ...],
) -> Figure:
    """Compute one figure of rows whose outcome is only believed: CBPE."""
    if answers.scores is None:
        return Figure(name=name, value=None, why=NO_SCORES)
    belief = beliefs(calibrations, answers.scores)
    if classes.kind == "binary":
        said = answers.said == classes.position
        return figure_of_two(name, TwoClasses(positive=belief, said=said, score=answers.scores))
    many = ManyClasses(
        belief=lambda number: belief[:, number],
        said=answers.said,
        scores=answers.scores,
        members=members,
        left_out=len(classes.names) - len(members),
    )
    return figure_of_many(name, many)


def watch(
    window: Window, reference: Reference, limits: Limits, *, is_adaptive: bool, seed: int
) -> tuple[Observation, ...]:
    """Give one observation a figure, all of them named as estimates."""
    statistic = "pape" if is_adaptive else "cbpe"
    rows = gather(window, reference.classes, with_outcomes=False)
    if not reference.figures:
        why = NO_SCORES if reference.rows else "the reference has no rows with an outcome"
        return (*shown(rows.rows, rows.unusable), _nothing(why, statistic))
    doubt = _doubt(rows, reference, limits)
    weighed = None
    if is_adaptive and not doubt:
        weighed = _weighed(window, reference, seed)
        doubt = _too_far(weighed, limits)
    calibrations = _fitted(reference, weighed) if weighed and not doubt else reference.calibrations
    note = "" if weighed is None else _note(weighed)
    told: list[Observation] = [*shown(rows.rows, rows.unusable)]
    comparisons: list[Comparison] = []
    for name, known in reference.figures.items():
        figure = estimated_figure(
            name, rows.answers, calibrations, reference.classes, reference.members
        )
        measured = Measured.of(figure) if len(rows.answers.said) else None
        why = doubt or (figure.why if measured is None else _lacks(measured, known))
        if why or measured is None:
            value = None if doubt or measured is None else known.at_work(measured)
            told.append(
                unjudged(name, why, value, known.realised, statistic=statistic, prefix=PREFIX)
            )
            continue
        held = None
        if weighed is not None:
            # Labels of few rows carry the calibration: their chance counts, too.
            held = attrs.evolve(known.realised, rows=max(int(weighed.effective), 1))
        measured = attrs.evolve(known.at_work(measured), why=_misses(known, limits) or measured.why)
        comparisons.append(compare(measured, known.uncertain, held=held))
    return (
        *told,
        *judged(comparisons, limits, statistic=statistic, prefix=PREFIX, note=note),
    )


def _calibrations(
    answers: Answers,
    truth: Array,
    classes: Classes,
    mended: Callable[[Array, Array], Calibration],
) -> tuple[Calibration, ...]:
    scores = answers.scores
    if scores is None:
        return ()
    columns = [classes.position] if scores.ndim == 1 else range(len(classes.names))
    found = []
    for number in columns:
        own = scores if scores.ndim == 1 else scores[:, number]
        positive = (truth == number).astype(float)
        if answers.is_probability:
            found.append(mended(own, positive))
        else:
            found.append(Calibration.fitted(own, positive))
    return tuple(found)


def _weighed(window: Window, reference: Reference, seed: int) -> Weighed | None:
    sample = reference.sample
    if sample is None or not sample.columns:
        return None
    codes = drawn_codes(window, sample.columns, most=sample.rows, seed=seed)
    # A column that the window has not at all would set everything apart.
    held = (codes != MISSING).any(axis=0)
    categories = [each for each, is_held in zip(sample.categories, held, strict=True) if is_held]
    if not categories:
        return None
    return weigh(sample.codes[:, held], codes[:, held], categories, seed=seed)


def _fitted(reference: Reference, weighed: Weighed) -> tuple[Calibration, ...]:
    """Calibrate on the reference's rows as they are weighed for this window."""
    sample = reference.sample
    if sample is None:
        return reference.calibrations
    scores, truth = sample.extra["scores"].astype(float), sample.extra["truth"]
    if scores.ndim == 1:
        positive = (truth == reference.classes.position).astype(float)
        return (Calibration.fitted(scores, positive, weighed.weights),)
    return tuple(
        Calibration.fitted(scores[:, n], (truth == n).astype(float), weighed.weights)
        for n in range(scores.shape[1])
    )


def _doubt(rows: Gathered, reference: Reference, limits: Limits) -> str:
    for which, count in (("window", len(rows.answers.said)), ("reference", reference.rows)):
        if count < limits.minimum_rows:
            return f"the {which} has {count:,} usable rows, and {limits.minimum_rows:,} are needed"
    return "" if rows.answers.scores is not None else NO_SCORES


def _too_far(weighed: Weighed | None, limits: Limits) -> str:
    if weighed is None:
        return (
            "reference and window share no feature to weigh rows by: estimate with method = 'cbpe'"
        )
    if weighed.covered < _LEAST_COVERED:
        where = f"{weighed.covered:.0%} of it where the reference has rows"
        return f"the window lies too far from the reference, {where}: {_note(weighed)}"
    if weighed.effective >= limits.minimum_rows:
        return ""
    return (
        f"the window lies too far from the reference: {_note(weighed)}, and"
        f" {limits.minimum_rows:,} are needed"
    )


def _note(weighed: Weighed) -> str:
    return (
        f"domain AUC {weighed.domain_auc:.3f}, the reference is worth {weighed.effective:,.0f} of its"
        f" {len(weighed.weights):,} rows here"
    )


def _lacks(measured: Measured, known: Known) -> str:
    return lacks(measured) or lacks(known.realised)


def _misses(known: Known, limits: Limits) -> str:
    """Tell if the estimate does not even hold on the reference."""
    gap = known.estimated.value - known.realised.value
    if abs(gap) <= smallest_effect(known.realised, limits):
        return ""
    return f"on the reference itself the estimate is {gap:+.4f} off, so judge the change alone"


def _nothing(why: str, statistic: str) -> Observation:
    return Observation(name=f"{PREFIX}performance", status="unknown", statistic=statistic, why=why)

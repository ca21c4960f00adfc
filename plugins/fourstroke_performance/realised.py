"""Realised performance: what a model was worth, once outcomes are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np

from fourstroke import Observation, PluginError
from fourstroke_performance.answers import Answers, Classes, answers_of, outcomes_of
from fourstroke_performance.catalogue import REALISED, chosen
from fourstroke_performance.gathering import Gathered, gather
from fourstroke_performance.judging import compare, lacks, widened
from fourstroke_performance.measured import Measured
from fourstroke_performance.of_many import ManyClasses, figure_of_many
from fourstroke_performance.of_numbers import figure_of_numbers
from fourstroke_performance.of_two import TwoClasses, figure_of_two
from fourstroke_performance.telling import judged, shown, unjudged

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from fourstroke import Task, Window
    from fourstroke_performance.judging import Comparison, Limits
    from fourstroke_performance.labels import Array
    from fourstroke_performance.measured import Figure

STATISTIC: Final = "realised"
# A class of a smaller share of the reference is not part of a mean over classes: a window of some
# hundred rows would hold none of it.
_RARE: Final = 0.01


@attrs.frozen(kw_only=True)
class Reference:
    """What is kept of the held-out rows: each figure with how far chance moves it.

    Parameters
    ----------
    classes : Classes
        The classes by name.
    members : tuple of int
        Those that means over classes go over.
    rows : int
        How many rows there were.
    figures : mapping of str to Measured
        By name.
    """

    classes: Classes
    members: tuple[int, ...]
    rows: int
    figures: Mapping[str, Measured]

    @classmethod
    def of(
        cls, data: pd.DataFrame, predictions: pd.DataFrame, task: Task, metrics: tuple[str, ...]
    ) -> Reference:
        """Measure the held-out rows.

        Raises
        ------
        ConfigError
            If a metric is not known.
        PluginError
            If the target is not there, or predictions are none.
        """
        names = chosen(metrics, REALISED[task.kind], kind=task.kind)
        rows = held_out(data, predictions, task)
        figures = {name: found for name in names if (found := rows.measured(name)) is not None}
        return cls(
            classes=rows.classes, members=rows.members, rows=len(rows.truth), figures=figures
        )

    def to_json(self) -> dict[str, Any]:
        """Turn into mappings, lists, text and numbers."""
        return {
            "classes": self.classes.to_json(),
            "members": list(self.members),
            "rows": self.rows,
            "figures": {name: figure.to_json() for name, figure in self.figures.items()},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Reference:
        """Read back what `to_json` gave."""
        figures = value["figures"].items()
        return cls(
            classes=Classes.from_json(value["classes"]),
            members=tuple(value["members"]),
            rows=value["rows"],
            figures={name: Measured.from_json(figure) for name, figure in figures},
        )


@attrs.frozen(kw_only=True, eq=False)
class HeldOut:
    """Held-out rows that have an answer and an outcome.

    Parameters
    ----------
    classes : Classes
        The classes by name.
    answers : Answers
        What the model said.
    truth : array of shape (n,), int32 or float64
        What turned out.
    kept : array, bool
        Which of all held-out rows these are.
    clusters : array of shape (n,), int, optional
        Which of them belong together, by the task's group.
    members : tuple of int
        The classes that means over classes go over.
    """

    classes: Classes
    answers: Answers
    truth: Array
    kept: Array
    clusters: Array | None
    members: tuple[int, ...]

    def measured(self, name: str) -> Measured | None:
        """Measure one figure with how far chance moves it; ``None`` if it is not defined."""
        figure = realised_figure(name, self.answers, self.truth, self.classes, self.members)
        return Measured.of(figure, self.clusters)


def held_out(data: pd.DataFrame, predictions: pd.DataFrame, task: Task) -> HeldOut:
    """Bring held-out rows and what the model said of them together.

    Raises
    ------
    PluginError
        If the target is not there.
    """
    if task.target not in data.columns:
        raise PluginError(f"the held-out rows have no column {task.target!r}", where="task.target")
    classes = Classes.of(task, predictions, data[task.target])
    answers = answers_of(predictions, classes)
    outcomes = outcomes_of(data[task.target], len(predictions), classes)
    kept = answers.usable & outcomes.known
    truth = outcomes.truth[kept]
    return HeldOut(
        classes=classes,
        answers=answers.rows(kept),
        truth=truth,
        kept=kept,
        clusters=_clusters(data, task, kept),
        members=_frequent(truth, classes),
    )


def realised_figure(
    name: str, answers: Answers, truth: Array, classes: Classes, members: tuple[int, ...]
) -> Figure:
    """Compute one figure of rows whose outcome is known."""
    if classes.kind == "regression":
        return figure_of_numbers(name, truth, answers.said)
    if classes.kind == "binary":
        rows = TwoClasses(
            positive=(truth == classes.position).astype(float),
            said=answers.said == classes.position,
            score=answers.scores,
            is_probability=answers.is_probability,
        )
        return figure_of_two(name, rows)
    many = ManyClasses(
        belief=lambda number: (truth == number).astype(float),
        said=answers.said,
        scores=answers.scores,
        members=members,
        left_out=len(classes.names) - len(members),
        is_probability=answers.is_probability,
    )
    return figure_of_many(name, many)


def _frequent(truth: Array, classes: Classes) -> tuple[int, ...]:
    """Name the classes that make up at least one in a hundred rows; none for other tasks."""
    if classes.kind != "multiclass" or not len(truth):
        return ()
    counts = np.bincount(truth[truth >= 0], minlength=len(classes.names))
    return tuple(np.flatnonzero(counts >= max(_RARE * len(truth), 1)).tolist())


def _clusters(data: pd.DataFrame, task: Task, kept: Array) -> Array | None:
    """Give a number to the groups of rows that belong together, if the task names a column of groups."""
    if not task.group or task.group not in data.columns:
        return None
    codes = data[task.group].factorize(use_na_sentinel=False)[0][kept]
    return np.asarray(np.unique(codes, return_inverse=True)[1], dtype=np.intp)


def watch(window: Window, reference: Reference, limits: Limits) -> tuple[Observation, ...]:
    """Give one observation a figure, after one of how many outcomes there are."""
    rows = gather(window, reference.classes, with_outcomes=True)
    told = [coverage(window, rows), *shown(rows.rows, rows.unusable)]
    doubt = _doubt(window, rows, reference, limits)
    comparisons: list[Comparison] = []
    for name, known in reference.figures.items():
        figure = realised_figure(
            name, rows.answers, rows.truth, reference.classes, reference.members
        )
        measured = Measured.of(figure) if len(rows.truth) else None
        why = doubt or (figure.why if measured is None else lacks(measured) or lacks(known))
        if why or measured is None:
            told.append(unjudged(name, why, measured, known, statistic=STATISTIC))
        else:
            comparisons.append(compare(measured, widened(known, measured)))
    return (*told, *judged(comparisons, limits, statistic=STATISTIC))


def coverage(window: Window, rows: Gathered) -> Observation:
    """Tell of how many rows the outcome is known, and whether more may come."""
    why = f"{rows.labelled:,} of {rows.rows:,} rows have an outcome"
    if rows.strange:
        # Somebody mistyped them, say: a matter of the data, of which the monitor of their quality tells.
        named = ", ".join(map(repr, rows.named[:3])) or "text, or infinite"
        why += f"; {rows.strange:,} have one that the model does not know: {named}"
    if not window.is_mature:
        why += f"; {still_coming(window)}"
    return Observation(
        name="outcomes",
        status="ok" if rows.labelled else "unknown",
        value=rows.labelled / rows.rows if rows.rows else None,
        statistic="coverage",
        why=why,
    )


def still_coming(window: Window) -> str:
    """Say until when outcomes have the time to come in."""
    until = "" if window.matures_at is None else f" until {window.matures_at:%Y-%m-%d %H:%M} UTC"
    return f"outcomes are still coming in{until}"


def _doubt(window: Window, rows: Gathered, reference: Reference, limits: Limits) -> str:
    if reference.rows < limits.minimum_rows:
        few = f"{reference.rows:,} rows, and {limits.minimum_rows:,} are needed"
        return f"the reference has {few}"
    usable = len(rows.truth)
    if usable < limits.minimum_rows:
        lacking = limits.minimum_rows - usable
        return f"{usable:,} of {rows.rows:,} rows have an outcome; {lacking:,} more are needed to judge"
    if not window.is_mature:
        return f"{still_coming(window)}, and those that come first may be special"
    return ""

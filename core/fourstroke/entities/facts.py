"""Facts that stages state about data and models: checks, metrics, charts, tables, sections."""

from __future__ import annotations

import math
from typing import Final, Literal

import attrs

Status = Literal["pass", "warn", "fail", "inconclusive", "skipped", "error"]
Severity = Literal["error", "warning"]
Scalar = str | int | float | bool | None

_SAYS_NO = frozenset({"fail", "inconclusive", "error"})

# A field that older records do not have: while it has its default it is left out when they are
# written, so that their digests stay what they are.
LATER: Final = {"later": True}


def _finite_or_text(value: Scalar) -> Scalar:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


@attrs.frozen(kw_only=True)
class Check:
    """One thing that was checked, in data or in a candidate, and what came of it.

    Parameters
    ----------
    name : str
        What was checked, unique within the step.
    status : {"pass", "warn", "fail", "inconclusive", "skipped", "error"}
        The outcome. ``fail``, ``inconclusive`` and ``error`` say no.
    observed : str or float or int or bool, optional
        What was found. NaN and infinity are stated as text: a report has to be valid JSON.
    required : str
        What was asked for, such as ``>= 0.85``.
    why : str
        One sentence for people.
    severity : {"error", "warning"}
        Whether a "no" stops the run or is only shown.
    column : str
        The column concerned; empty if it is the whole table.
    rows : tuple of int
        Positions of the first rows that failed, counted from 0.
    interval : tuple of float, optional
        Confidence interval of what was observed.
    until : str
        The moment, in ISO 8601 with its offset, after which it has to be checked again although
        nothing changed: what is fresh today is old next week. Empty if time changes nothing.
    rows_needed : int, optional
        Of an inconclusive check: about how many rows would tell, if what was observed stays.
    evidence : str
        What the finding rests on: the method and its rows, a digest, a file.
    against : {"", "champion"}
        ``champion`` if it asks how the candidate does beside the model at work. A no of such a check
        keeps a version from being promoted, and nobody from rolling back to it.
    """

    name: str
    status: Status
    observed: Scalar = attrs.field(default=None, converter=_finite_or_text)
    required: str = ""
    why: str = ""
    severity: Severity = "error"
    column: str = ""
    rows: tuple[int, ...] = ()
    interval: tuple[float, float] | None = None
    until: str = ""
    rows_needed: int | None = attrs.field(default=None, metadata=LATER)
    evidence: str = attrs.field(default="", metadata=LATER)
    against: Literal["", "champion"] = attrs.field(default="", metadata=LATER)

    @property
    def says_no(self) -> bool:
        """Whether this check stops the run."""
        return self.severity == "error" and self.status in _SAYS_NO


@attrs.frozen(kw_only=True)
class ContractChange:
    """One difference between two contracts of a table.

    Parameters
    ----------
    name : str
        What changed, such as ``age: min``.
    old, new : str
        What was asked, and what is asked now, in words.
    why : str
        What it means, in one sentence.
    is_breaking : bool
        Whether data that keeps to the new contract may hold what the old one ruled out.
    """

    name: str
    old: str
    new: str
    why: str = ""
    is_breaking: bool = False


@attrs.frozen(kw_only=True)
class Metric:
    """One figure of a model's quality.

    Parameters
    ----------
    name : str
        As in scikit-learn's ``metrics``: ``roc_auc``, ``accuracy``, ``rmse``.
    value : float, optional
        The figure; ``None`` if it is not defined, and then ``why`` says why.
    low, high : float, optional
        Confidence interval at ``confidence``.
    confidence : float
        The interval's level: how often intervals made like this one cover the truth.
    rows : int
        How many rows it was computed on.
    higher_is_better : bool
        The direction of improvement.
    method : str
        How the interval was found: ``wilson``, ``delong``, ``bootstrap``.
    why : str
        The reason of a missing value, or of a missing interval.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    confidence: float = 0.95
    rows: int = 0
    higher_is_better: bool = True
    method: str = ""
    why: str = ""

    def is_better_than(self, other: Metric) -> bool:
        """Compare two values of one metric; a missing value is worse than any."""
        if self.value is None or other.value is None:
            return self.value is not None
        return self.value > other.value if self.higher_is_better else self.value < other.value


@attrs.frozen(kw_only=True)
class Series:
    """One line, one set of points or one set of bars: ``x`` and ``y`` have the same length.

    Parameters
    ----------
    name : str
        What the legend calls it.
    x : tuple of float or str
        Places from left to right; text for bars.
    y : tuple of float
        Heights.
    low, high : tuple of float
        The interval around each height; empty without one.
    """

    name: str
    x: tuple[float | str, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@attrs.frozen(kw_only=True)
class Chart:
    """A picture that a report draws.

    Parameters
    ----------
    title : str
        What it shows.
    kind : {"lines", "bars", "points"}
        How its series are drawn.
    series : tuple of Series
        What is drawn, the most important first.
    x_label, y_label : str
        What the axes measure, with the unit.
    diagonal : bool
        Whether the line on which both are equal is drawn too.
    """

    title: str
    kind: Literal["lines", "bars", "points"]
    series: tuple[Series, ...]
    x_label: str = ""
    y_label: str = ""
    diagonal: bool = False


@attrs.frozen(kw_only=True)
class Table:
    """A small table for people, not a data set.

    Parameters
    ----------
    columns : tuple of str
        Headings.
    rows : tuple of tuple
        Each of as many cells as there are columns.
    title : str
        What it shows.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    title: str = ""


@attrs.frozen(kw_only=True)
class Section:
    """A part of a report.

    Parameters
    ----------
    title : str
        Its heading.
    text : str
        A sentence or more, in plain words.
    charts : tuple of Chart
        Pictures, below the text.
    tables : tuple of Table
        Small tables, below the pictures.
    """

    title: str
    text: str = ""
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()


@attrs.frozen(kw_only=True)
class Slice:
    """A metric on the rows in which ``column`` has one value or lies in one range.

    Parameters
    ----------
    column : str
        What the rows are told apart by.
    value : str
        Which of them: the value, or the range as text.
    metric : Metric
        The figure on these rows alone.
    """

    column: str
    value: str
    metric: Metric


@attrs.frozen(kw_only=True)
class Evaluation:
    """What one evaluator found out about one model on held-out rows.

    Parameters
    ----------
    metrics : tuple of Metric
        The primary one first.
    baseline : tuple of Metric
        The same metrics of a model that ignores all features.
    slices : tuple of Slice
        The primary metric by groups, the worst first.
    charts : tuple of Chart
        Curves for the report.
    sections : tuple of Section
        Whatever else belongs into the report.
    """

    metrics: tuple[Metric, ...]
    baseline: tuple[Metric, ...] = ()
    slices: tuple[Slice, ...] = ()
    charts: tuple[Chart, ...] = ()
    sections: tuple[Section, ...] = ()

    def metric(self, name: str) -> Metric | None:
        """Give the metric of this name, or nothing."""
        return next((metric for metric in self.metrics if metric.name == name), None)

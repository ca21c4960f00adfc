"""What another version would have said of rows that were answered, and what that would have been worth."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import attrs

from fourstroke.entities.facts import Metric

Judgement = Literal["better", "worse", "unclear", "equal", "unknown"]


@attrs.frozen(kw_only=True)
class LeftOut:
    """Rows that could not be replayed, and why.

    Parameters
    ----------
    why : str
        The reason, in one sentence.
    rows, batches : int
        How many.
    """

    why: str
    rows: int
    batches: int


@attrs.frozen(kw_only=True)
class ScoreShift:
    """By how much a score differs between two versions, over the same rows.

    Parameters
    ----------
    score : str
        The column of predictions: ``probability_yes``, or ``prediction`` of a regression.
    rows : int
        Rows on which both are numbers.
    before, after : float
        The means of the version that answered, and of the candidate.
    mean_change, largest_change : float
        Of the absolute differences, row by row.
    distance : float, optional
        Of the two distributions, between 0 and 1; of probabilities alone.
    """

    score: str
    rows: int
    before: float
    after: float
    mean_change: float
    largest_change: float
    distance: float | None = None


@attrs.frozen(kw_only=True)
class MetricOnBoth:
    """A metric of two versions on the same rows with a known outcome.

    Parameters
    ----------
    name : str
        Of the metric.
    before, after : Metric
        Of the version that answered, and of the candidate.
    difference : Metric, optional
        The candidate's less the other's, with its interval; ``None`` if nothing takes it.
    """

    name: str
    before: Metric
    after: Metric
    difference: Metric | None = None

    @property
    def judgement(self) -> Judgement:
        """Say whether the candidate is better beyond doubt: by the interval of the difference."""
        found = self.difference
        if found is None or found.value is None or found.low is None or found.high is None:
            return "unknown"
        if found.low == found.high == 0:
            return "equal"
        sign = 1 if self.after.higher_is_better else -1
        low, high = sorted((sign * found.low, sign * found.high))
        if low > 0:
            return "better"
        return "worse" if high < 0 else "unclear"


@attrs.frozen(kw_only=True)
class Latency:
    """How long answers took.

    Parameters
    ----------
    rows : int
        Replayed rows that both versions were timed on.
    before, after : float, optional
        Milliseconds a thousand rows, of the version that answered and of the candidate.
    median, late : float, optional
        Milliseconds of a request as the service measured it then: its median and the 95th percentile.
    """

    rows: int = 0
    before: float | None = None
    after: float | None = None
    median: float | None = None
    late: float | None = None


@attrs.frozen(kw_only=True)
class Backtest:
    """Logged traffic, replayed through another version.

    Parameters
    ----------
    model : str
        Whose traffic.
    version, against : int
        The candidate, and the version that answered.
    since, until : datetime, optional
        From when, and until before when; whole batches count.
    batches, rows : int
        What was replayed.
    differ : int, optional
        Rows that the two put into different classes; ``None`` of a regression.
    left_out : tuple of LeftOut
        Rows of the log that could not be replayed.
    unlogged : int
        Rows that were answered on those days and are not in the log: left out by sampling, or lost.
    shifts : tuple of ScoreShift
        What became of scores.
    known : int
        Rows with a known outcome.
    metrics : tuple of MetricOnBoth
        On these, the primary one first.
    latency : Latency
        How long answers took.
    repeated, strayed : int
        Rows that the version that answered was asked again, and of how many it said something else.
    notes : tuple of str
        What else is to be known.
    """

    model: str
    version: int
    against: int
    since: datetime | None = None
    until: datetime | None = None
    batches: int = 0
    rows: int = 0
    differ: int | None = None
    left_out: tuple[LeftOut, ...] = ()
    unlogged: int = 0
    shifts: tuple[ScoreShift, ...] = ()
    known: int = 0
    metrics: tuple[MetricOnBoth, ...] = ()
    latency: Latency = attrs.field(factory=Latency)
    repeated: int = 0
    strayed: int = 0
    notes: tuple[str, ...] = ()

    @property
    def judgement(self) -> Judgement:
        """Say how the candidate compares by the primary metric."""
        return self.metrics[0].judgement if self.metrics else "unknown"

    @property
    def words(self) -> str:
        """Say in a sentence or two what came of it."""
        if not self.rows:
            return f"none of the rows that v{self.against} answered could be replayed"
        replayed = (
            f"{self.model}@v{self.version} on {_rows(self.rows)} that v{self.against} answered"
        )
        said = f"{replayed}: {self._differing()}"
        if not self.known:
            return f"{said}; no outcome is known, so nobody can say which is right"
        return f"{said}; {self._judged()}"

    def _differing(self) -> str:
        if self.differ is not None:
            share = f" ({self.differ / self.rows:.1%})" if self.differ else ""
            return f"another class for {self.differ:,}{share}"
        if not self.shifts:
            return "no numbers to compare"
        shift = self.shifts[0]
        return f"{shift.mean_change:.4g} away on average, {shift.largest_change:.4g} at most"

    def _judged(self) -> str:
        if not self.metrics:
            return f"{_rows(self.known)} have a known outcome, and no metric could be taken"
        first = self.metrics[0]
        on = f"on {_rows(self.known)} with a known outcome its {first.name}"
        if first.difference is None or first.difference.value is None:
            return f"{on} is {_figure(first.after.value)}, that of v{self.against} {_figure(first.before.value)}"
        by = f"{first.difference.value:+.4g}"
        if first.difference.low is not None and first.difference.high is not None:
            by = f"{by} [{first.difference.low:+.4g}, {first.difference.high:+.4g}]"
        endings = {
            "better": "better",
            "worse": "worse",
            "equal": "no different",
            "unclear": "too close to tell",
            "unknown": "not judged",
        }
        return f"{on} differs by {by}: {endings[first.judgement]}"


def _rows(count: int) -> str:
    return f"{count:,} {'row' if count == 1 else 'rows'}"


def _figure(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.4g}"

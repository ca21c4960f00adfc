"""Count in what two versions' answers to the same rows differ, batch by batch: what is kept does not grow."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.entities.backtest import ScoreShift

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BINS: Final = 20
_PREDICTION: Final = "prediction"
_PROBABILITY: Final = "probability_"
_SCORES: Final = (_PROBABILITY, "score_")
# Of more classes than people read, the first ones.
_MOST_SCORES: Final = 20


@attrs.define
class _Score:
    """One score of two versions."""

    is_probability: bool
    rows: int = 0
    before: float = 0.0
    after: float = 0.0
    change: float = 0.0
    largest: float = 0.0
    bins: tuple[list[int], list[int]] = attrs.field(factory=lambda: ([0] * _BINS, [0] * _BINS))

    def add(self, before: Sequence[Any], after: Sequence[Any]) -> None:
        for one, two in zip(before, after, strict=True):
            if not (_is_number(one) and _is_number(two)):
                continue
            first, second = float(one), float(two)
            self.rows += 1
            self.before += first
            self.after += second
            self.change += abs(second - first)
            self.largest = max(self.largest, abs(second - first))
            if self.is_probability:
                for value, counts in zip((first, second), self.bins, strict=True):
                    counts[min(max(int(value * _BINS), 0), _BINS - 1)] += 1

    def shift(self, name: str) -> ScoreShift:
        return ScoreShift(
            score=name,
            rows=self.rows,
            before=self.before / self.rows,
            after=self.after / self.rows,
            mean_change=self.change / self.rows,
            largest_change=self.largest,
            distance=jensen_shannon(*self.bins) if self.is_probability else None,
        )


@attrs.define
class Differing:
    """How often, and how far, answers differ.

    Parameters
    ----------
    is_regression : bool
        Whether answers are numbers, which differ always and are not counted as classes.
    positive : str
        The class of interest of a binary task, whose score tells that of the other; else empty.
    """

    is_regression: bool
    positive: str = ""
    rows: int = 0
    differ: int = 0
    _scores: dict[str, _Score] = attrs.field(factory=dict)

    def add(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Count the rows of a batch.

        Parameters
        ----------
        before, after : mapping of str to array
            The columns of predictions, with a ``tolist`` each.
        """
        said = [columns[_PREDICTION].tolist() for columns in (before, after)]
        self.rows += len(said[0])
        if not self.is_regression:
            self.differ += sum(map(differs, *said))
        for name in self._compared(before, after):
            score = self._scores.setdefault(name, _Score(name.startswith(_PROBABILITY)))
            score.add(before[name].tolist(), after[name].tolist())

    @property
    def shifts(self) -> tuple[ScoreShift, ...]:
        """What became of each score."""
        return tuple(score.shift(name) for name, score in self._scores.items() if score.rows)

    def _compared(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
        if self.is_regression:
            return [_PREDICTION]
        names = [
            name
            for kind in _SCORES
            for name in before
            if str(name).startswith(kind) and name in after
        ]
        wanted = {f"{kind}{self.positive}" for kind in _SCORES} if self.positive else set()
        return ([name for name in names if name in wanted] or names)[:_MOST_SCORES]


def differs(one: Any, two: Any) -> bool:
    """Say whether two answers differ; one that is missing is like another that is missing.

    Examples
    --------
    >>> differs(1, 1.0), differs("yes", "no"), differs(float("nan"), None)
    (False, True, False)
    """
    if _is_missing(one) or _is_missing(two):
        return not (_is_missing(one) and _is_missing(two))
    return bool(one != two)


def jensen_shannon(first: Sequence[int], second: Sequence[int]) -> float:
    """Give the distance of two counts over the same bins: 0 for equal shares, 1 for none in common.

    The square root of the divergence of J. Lin (1991), Divergence measures based on the Shannon
    entropy, in bits; it is a metric (D. M. Endres, J. E. Schindelin 2003).

    Examples
    --------
    >>> jensen_shannon([5, 5], [1, 1]), jensen_shannon([3, 0], [0, 9])
    (0.0, 1.0)
    >>> round(jensen_shannon([1, 1], [1, 3]), 4)
    0.2209
    """
    total = sum(first), sum(second)
    divergence = 0.0
    for counts in zip(first, second, strict=True):
        shares = [count / whole for count, whole in zip(counts, total, strict=True)]
        middle = sum(shares) / 2
        divergence += sum(share * math.log2(share / middle) / 2 for share in shares if share)
    return math.sqrt(min(max(divergence, 0.0), 1.0))


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)

"""Where a model is weaker than elsewhere: groups of rows by one column and by two, told from chance.

As in Y. Chung, T. Kraska, N. Polyzotis, K. Tae, S. E. Whang (2019), Slice Finder: automated data
slicing for model validation: Welch's test of the loss within against that of all other rows, and
control of the false discoveries among all groups that were looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd
from scipy import stats

from fourstroke import DataError, Section, Table, Task
from fourstroke_sklearn.families import plain_column
from fourstroke_sklearn.scored import Classified, Scored
from fourstroke_sklearn.slices import group_names

if TYPE_CHECKING:
    from fourstroke_sklearn.intervals import Array

_FEWEST_ROWS: Final = 50
_SMALLEST_SHARE: Final = 0.01
_MOST_COLUMNS: Final = 30
_MOST_VALUES: Final = 10
_SHOWN: Final = 10
# A pair is worth telling if it is that much worse than each of its columns alone.
_WORSE: Final = 1.25
_OTHERS: Final = "(others)"
_Name = tuple[tuple[str, str], ...]


@attrs.frozen(kw_only=True)
class WeakSpot:
    """A group of rows in which the loss is larger than in all others.

    Parameters
    ----------
    name : tuple of (column, value)
        One or two of them.
    rows : int
        How many rows are in it.
    loss, elsewhere : float
        The mean loss within, and of all other rows.
    chance : float
        The p value of Welch's one-sided test, adjusted by Benjamini and Hochberg.
    """

    name: _Name
    rows: int
    loss: float
    elsewhere: float
    chance: float

    @property
    def effect(self) -> float:
        """By how much the loss is larger."""
        return self.loss - self.elsewhere


def weak_spots(data: pd.DataFrame, rows: Scored, task: Task, *, level: float) -> list[WeakSpot]:
    """Find the groups in which the model is weaker, the weakest first.

    Parameters
    ----------
    data : DataFrame
        The rows' columns.
    rows : Classified or Estimated
        The same rows with what the model said.
    task : Task
        Its features are looked at; numbers by quarters.
    level : float
        The share of groups among those told that may be chance: the false-discovery rate.
    """
    loss = losses(rows)
    if len(loss) < 2 * _FEWEST_ROWS or not np.ptp(loss) > 0:
        return []
    columns = dict(_coded(data, task))
    found = [*_singly(columns, loss), *_in_pairs(columns, loss)]
    if not found:
        return []
    adjusted = stats.false_discovery_control([spot.chance for spot in found], method="bh")
    sure = [
        attrs.evolve(spot, chance=float(chance))
        for spot, chance in zip(found, adjusted, strict=True)
        if chance <= level and spot.effect > 0
    ]
    return sorted(_worth_telling(sure), key=lambda spot: -spot.effect)


def weak_spots_section(data: pd.DataFrame, rows: Scored, task: Task) -> tuple[Section, ...]:
    """Tell the weak spots as a section of the report; nothing if there is none."""
    level = 0.05
    spots = weak_spots(data, rows, task, level=level)
    if not spots:
        return ()
    what = loss_name(rows)
    text = (
        f"Groups of rows, by one column and by two, in which the {what} is larger than elsewhere:"
        f" at most {level:.0%} of them are expected to be chance (Welch's test, Benjamini-Hochberg)."
    )
    lines = tuple(
        (
            " and ".join(f"{column} = {value}" for column, value in spot.name),
            spot.rows,
            _short(spot.loss),
            _short(spot.elsewhere),
            f"{spot.chance:.2g}",
        )
        for spot in spots[:_SHOWN]
    )
    more = f"The {len(lines)} weakest of {len(spots)}." if len(spots) > len(lines) else ""
    table = Table(
        title=more, columns=("group", "rows", what, "elsewhere", "adjusted p"), rows=lines
    )
    return (Section(title="Where it is weakest", text=text, tables=(table,)),)


def losses(rows: Scored) -> Array:
    """Give each row's loss: logarithmic of probabilities, else 1 for an error; absolute of numbers."""
    if not isinstance(rows, Classified):
        return np.asarray(np.abs(rows.truth - rows.said))
    if rows.probabilities is None:
        return np.asarray(rows.truth != rows.said, dtype=np.float64)
    own = rows.probabilities[np.arange(len(rows.truth)), rows.truth]
    # One row must not outweigh a whole group: a probability of a millionth is wrong enough.
    return np.asarray(-np.log(np.clip(own, 1e-6, 1.0)))


def loss_name(rows: Scored) -> str:
    """Name the loss."""
    if not isinstance(rows, Classified):
        return "mean absolute error"
    return "share of errors" if rows.probabilities is None else "mean log loss"


def _coded(data: pd.DataFrame, task: Task) -> Iterator[tuple[str, tuple[Array, list[str]]]]:
    """Give each feature as codes of its groups, with their names."""
    names = [name for name in data.columns if name not in {*task.not_features, task.time}]
    for name in names[:_MOST_COLUMNS]:
        try:
            plain = plain_column(data[name])
        except DataError:
            continue
        values = pd.Series(group_names(plain, is_asked=True), dtype=object)
        frequent = values.value_counts().index[:_MOST_VALUES]
        codes, groups = pd.factorize(values.where(values.isin(frequent), _OTHERS))
        if len(groups) > 1:
            yield str(name), (np.asarray(codes), [str(group) for group in groups])


def _singly(columns: dict[str, tuple[Array, list[str]]], loss: Array) -> Iterator[WeakSpot]:
    for name, (codes, groups) in columns.items():
        for number, tested in _tested(codes, len(groups), loss):
            if groups[number] != _OTHERS:
                yield attrs.evolve(tested, name=((name, groups[number]),))


def _in_pairs(columns: dict[str, tuple[Array, list[str]]], loss: Array) -> Iterator[WeakSpot]:
    for (one, (first, ones)), (two, (second, twos)) in combinations(columns.items(), 2):
        codes = first * len(twos) + second
        for number, tested in _tested(codes, len(ones) * len(twos), loss):
            left, right = divmod(number, len(twos))
            if _OTHERS not in {ones[left], twos[right]}:
                yield attrs.evolve(tested, name=((one, ones[left]), (two, twos[right])))


def _tested(codes: Array, groups: int, loss: Array) -> Iterator[tuple[int, WeakSpot]]:
    """Test every group that is large enough against all rows that are not in it."""
    total = len(loss)
    count = np.bincount(codes, minlength=groups)
    total_of = np.bincount(codes, weights=loss, minlength=groups)
    squares = np.bincount(codes, weights=loss**2, minlength=groups)
    fewest = max(_FEWEST_ROWS, _SMALLEST_SHARE * total)
    for number in np.flatnonzero((count >= fewest) & (total - count >= fewest)):
        inside = _moments(count[number], total_of[number], squares[number])
        outside = _moments(
            total - count[number], loss.sum() - total_of[number], (loss**2).sum() - squares[number]
        )
        test: Any = stats.ttest_ind_from_stats(
            *inside, *outside, equal_var=False, alternative="greater"
        )
        chance = float(test.pvalue) if np.isfinite(test.pvalue) else 1.0
        spot = WeakSpot(
            name=(), rows=int(count[number]), loss=inside[0], elsewhere=outside[0], chance=chance
        )
        yield int(number), spot


def _moments(count: Any, total: Any, squares: Any) -> tuple[float, float, int]:
    """Give mean, standard deviation and number."""
    mean = total / count
    spread = max(float(squares - count * mean**2), 0.0) / (count - 1)
    return float(mean), float(np.sqrt(spread)), int(count)


def _worth_telling(spots: list[WeakSpot]) -> Iterator[WeakSpot]:
    """Leave out pairs that say no more than one of their columns does."""
    singly = {spot.name: spot.effect for spot in spots if len(spot.name) == 1}
    for spot in spots:
        parents = [singly.get((part,), 0.0) for part in spot.name]
        if len(spot.name) == 1 or spot.effect > _WORSE * max(parents):
            yield spot


def _short(value: float) -> float:
    return float(f"{value:.4g}")

"""The ways to divide rows: each gives the part of every row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd

from fourstroke import Context, DataError
from fourstroke_pandas.families import family_of
from fourstroke_pandas.frames import as_frame, in_column, keep_rows, missing_column, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt

    # The part of each row: a position in `_PARTS`.
    Labels = npt.NDArray[np.int8]

_PARTS = ("train", "validation", "test")
_TRAIN, _VALIDATION, _TEST = range(3)
# Of rows that are in no part.
_NONE = len(_PARTS)

# A number with more values than that is no class, and is divided within its tenths.
_MOST_CLASSES = 20


@attrs.frozen(kw_only=True)
class Shares:
    """Which shares of the rows are held out."""

    test: float
    validation: float = 0.0

    def counts(self, rows: int) -> tuple[int, int]:
        """Say how many of some rows go to `validation` and `test`: to each asked for one at least.

        Raises
        ------
        DataError
            If none would be left for training.
        """
        test = max(1, round(rows * self.test))
        validation = max(1, round(rows * self.validation)) if self.validation else 0
        if test + validation >= rows:
            raise DataError(
                f"{rows:,} rows are too few to divide", where="split", hint="collect more rows"
            )
        return validation, test


def parts(data: Any, divide: Callable[[pd.DataFrame], Labels]) -> Mapping[str, pd.DataFrame]:
    """Divide a table; rows keep their order in each part.

    Parameters
    ----------
    divide : callable
        Gives the part of each row.

    Raises
    ------
    DataError
        If the table cannot be divided so.
    """
    frame = as_frame(data)
    labels = divide(frame)
    return {
        name: keep_rows(frame, labels == label)
        for label, name in enumerate(_PARTS)
        if label != _VALIDATION or (labels == label).any()
    }


def randomly(data: pd.DataFrame, shares: Shares, seed: int) -> Labels:
    """Divide at random."""
    validation, test = shares.counts(len(data))
    order = np.random.default_rng(seed).permutation(len(data))
    labels = np.full(len(data), _TRAIN, dtype=np.int8)
    labels[order[:test]] = _TEST
    labels[order[test : test + validation]] = _VALIDATION
    return labels


def by_class(data: pd.DataFrame, column: str, shares: Shares, context: Context) -> Labels:
    """Divide so that every class has its share of every part, to less than one row and a half.

    Each class gets the whole rows of its share; the rows that are then still due go to the classes whose
    fraction is largest. Of each class one row at least is left for training.
    """
    classes = _classes(_column(data, column))
    validation, test = shares.counts(len(data))
    sizes = np.bincount(classes)
    of_test = _apportioned(sizes, test, shares.test, sizes - 1)
    of_validation = _apportioned(sizes, validation, shares.validation, sizes - 1 - of_test)
    if not of_test.sum():
        raise DataError(
            "no class has two rows, so that none can be held out",
            where=in_column(column),
            hint="split at random",
        )
    alone = int((sizes == 1).sum())
    if alone:
        which = "a class" if alone == 1 else f"{alone:,} classes"
        verb = "has" if alone == 1 else "have"
        context.say(f"{which} of {column} {verb} a single row, which is kept for training")
    labels = np.full(len(data), _TRAIN, dtype=np.int8)
    generator = np.random.default_rng(context.seed)
    # Rows of one class lie together in this order, at random within it.
    shuffled = generator.permutation(len(data))
    ordered = shuffled[np.argsort(classes[shuffled], kind="stable")]
    rank = np.arange(len(data)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    due_test = np.repeat(of_test, sizes)
    due_both = due_test + np.repeat(of_validation, sizes)
    labels[ordered[rank < due_both]] = _VALIDATION
    labels[ordered[rank < due_test]] = _TEST
    return labels


def by_group(data: pd.DataFrame, column: str, shares: Shares, seed: int) -> Labels:
    """Divide whole groups, in random order, each where it brings the shares nearest."""
    values = _column(data, column)
    _refuse_missing(values, column, "group")
    codes, groups = pd.factorize(values, sort=False)
    needed = 3 if shares.validation else 2
    if len(groups) < needed:
        raise DataError(
            f"there are {len(groups)} groups, and {needed} parts to fill",
            where=in_column(column),
            hint="collect more groups, or split in another way",
        )
    validation, test = shares.counts(len(data))
    sizes = np.bincount(codes, minlength=len(groups))
    part_of = np.full(len(groups), _TRAIN, dtype=np.int8)
    left = list(np.random.default_rng(seed).permutation(len(groups)))
    for label, due, kept in ((_TEST, test, needed - 1), (_VALIDATION, validation, 1)):
        chosen = _nearest(left, sizes, due, most=len(left) - kept) if due else []
        part_of[chosen] = label
        taken = set(chosen)
        left = [group for group in left if group not in taken]
    return part_of[codes]


def by_time(data: pd.DataFrame, column: str, shares: Shares) -> Labels:
    """Hold out the latest rows; the cut lies between two times, as near to the share as can be."""
    times = _times(_column(data, column), column)
    validation, test = shares.counts(len(data))
    order = np.argsort(times, kind="stable")
    ordered = times[order]
    cuts = np.flatnonzero(ordered[1:] != ordered[:-1]) + 1
    needed = 2 if validation else 1
    if len(cuts) < needed:
        raise DataError(
            f"there are {len(cuts) + 1} different times, and {needed + 1} parts to fill",
            where=in_column(column),
            hint="split in another way",
        )
    end = _nearest_cut(cuts[needed - 1 :], len(data) - test)
    labels = np.full(len(data), _TRAIN, dtype=np.int8)
    labels[order[end:]] = _TEST
    if validation:
        start = _nearest_cut(cuts[cuts < end], len(data) - test - validation)
        labels[order[start:end]] = _VALIDATION
    return labels


def by_time_and_group(
    data: pd.DataFrame, time: str, group: str, shares: Shares, context: Context
) -> Labels:
    """Hold out the latest rows, and leave earlier rows of their groups out: it says how many.

    A group on both sides would tell the model of rows that it is measured on.

    Raises
    ------
    DataError
        If no row is left for training.
    """
    labels = by_time(data, time, shares)
    groups = _column(data, group)
    _refuse_missing(groups, group, "group")
    codes, _ = pd.factorize(groups, sort=False)
    for part, later in ((_TRAIN, (_VALIDATION, _TEST)), (_VALIDATION, (_TEST,))):
        is_known = np.isin(codes, codes[np.isin(labels, later)])
        labels[(labels == part) & is_known] = _NONE
    left_out = int((labels == _NONE).sum())
    needed = [_TRAIN, _VALIDATION] if shares.validation else [_TRAIN]
    if not all((labels == part).any() for part in needed):
        raise DataError(
            "nearly every group has rows among the latest, so that none is left for an earlier part",
            where=in_column(group),
            hint='name the one that counts more: [data.split] use = "time", or "group"',
        )
    if left_out:
        context.say(
            f"{left_out:,} of {len(data):,} rows are in no part: later rows of their {group} are held out"
        )
    return labels


def _apportioned(
    sizes: npt.NDArray[np.int64], due: int, share: float, most: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Give each class its share of the rows that are due: Hamilton's method of largest remainders."""
    exact = sizes * share
    given: npt.NDArray[np.int64] = np.minimum(np.floor(exact).astype(np.int64), most)
    order = np.lexsort((-sizes, given - exact))
    open_ = order[(given < most)[order] & (exact > 0)[order]]
    given[open_[: max(0, due - int(given.sum()))]] += 1
    return given


def _nearest(left: list[int], sizes: npt.NDArray[np.int64], due: int, *, most: int) -> list[int]:
    """Take groups in order as long as each brings their sum nearer to what is due."""
    chosen: list[int] = []
    total = 0
    for group in left:
        if len(chosen) == most:
            break
        if abs(total + sizes[group] - due) < abs(total - due):
            chosen.append(group)
            total += int(sizes[group])
    # All groups are larger than twice what is due: the smallest one comes nearest.
    return chosen or [min(left, key=lambda group: int(sizes[group]))]


def _nearest_cut(cuts: npt.NDArray[np.intp], wanted: int) -> int:
    return int(cuts[np.abs(cuts - wanted).argmin()])


def _column(data: pd.DataFrame, column: str) -> pd.Series[Any]:
    if column not in data.columns:
        raise missing_column(column, data.columns)
    return data[column]


def _classes(values: pd.Series[Any]) -> npt.NDArray[np.int64]:
    """Give each class of a column a number; missing cells are a class of their own."""
    if family_of(values) in {"integer", "number"} and values.nunique() > _MOST_CLASSES:
        rank = values.rank(method="first", na_option="bottom").to_numpy().astype(np.int64)
        return (rank - 1) * 10 // len(values)
    codes, _ = pd.factorize(values, sort=False, use_na_sentinel=False)
    return codes.astype(np.int64)


def _times(values: pd.Series[Any], column: str) -> npt.NDArray[Any]:
    """Give times as numbers that order them."""
    _refuse_missing(values, column, "time")
    family = family_of(values)
    if family in {"integer", "number"}:
        return values.to_numpy(dtype=np.int64 if family == "integer" else np.float64)
    if family not in {"text", "datetime"}:
        raise DataError(
            f"{family} is no time", where=in_column(column), hint="name a column of times"
        )
    try:
        found = pd.to_datetime(values, format="ISO8601" if family == "text" else None, utc=True)
    except ValueError as error:
        read = pd.to_datetime(values, format="ISO8601", utc=True, errors="coerce")
        row = int(read.isna().to_numpy().argmax())
        raise DataError(
            f"{quoted(values.iloc[row])} is no time such as 2024-05-31",
            where=in_column(column, row),
            hint="cast the column to datetime before",
        ) from error
    # One unit for all, whatever the column's own is.
    return found.dt.as_unit("ns").astype(np.int64).to_numpy()


def _refuse_missing(values: pd.Series[Any], column: str, what: str) -> None:
    missing = values.isna().to_numpy()
    if missing.any():
        raise DataError(
            f"{int(missing.sum()):,} rows have no {what}",
            where=in_column(column, int(missing.argmax())),
            hint=f'filter them out before: where = "not missing({column})"',
        )

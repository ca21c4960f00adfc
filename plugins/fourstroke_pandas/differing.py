"""In what two tables differ: rows by key, cells by column, distributions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd

from fourstroke import ColumnChange, DataError, TableDifference
from fourstroke_pandas.frames import in_column, likely
from fourstroke_pandas.profile.sketch import Sketch
from fourstroke_pandas.profile.table import sketches_of, told, weights_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

    Hashes = npt.NDArray[np.uint64]

# Changed rows whose cells are compared one by one, and examples that are told of a column.
_COMPARED: Final = 100_000
_EXAMPLES: Final = 3
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)


@attrs.frozen(eq=False)
class _Rows:
    """The rows of a table as hashes of 64 bits: of the key, or of the whole row without one."""

    keys: Hashes
    rows: Hashes


def compare(before: Iterable[Any], after: Iterable[Any], key: Sequence[str]) -> TableDifference:
    """Say in what two tables differ; see the hook ``compare_tables``."""
    old, new = sketches_of(before), sketches_of(after)
    families = {name: told(name, sketch).family for name, sketch in old.items()}
    later = {name: told(name, sketch).family for name, sketch in new.items()}
    shared = sorted(set(old) & set(new))
    for name in key:
        for known, which in ((old, "the earlier"), (new, "the later")):
            if name not in known:
                raise DataError(
                    f"there is no such column in {which} table",
                    where=in_column(name),
                    hint=likely(name, known),
                )
    first, second = _rows(before, key, shared), _rows(after, key, shared)
    if key:
        _refuse_twice(first, key, "earlier")
        _refuse_twice(second, key, "later")
        found = _by_key(first, second)
        cells = _cells(before, after, key, shared, found.changed)
    else:
        found, cells = _by_row(first, second), {}
    columns = [
        *_schema(families, later),
        *_by_column(shared, old, new, cells, is_keyed=bool(key)),
    ]
    return TableDifference(
        rows_before=len(first.rows),
        rows_after=len(second.rows),
        key=tuple(key),
        added=found.added,
        removed=found.removed,
        changed=len(found.changed),
        columns=tuple(columns),
    )


# Rows


@attrs.frozen(eq=False)
class _Found:
    added: int
    removed: int
    changed: Hashes


def _rows(pieces: Iterable[Any], key: Sequence[str], shared: Sequence[str]) -> _Rows:
    keys, rows = [np.array([], dtype=np.uint64)], [np.array([], dtype=np.uint64)]
    for piece in pieces:
        rows.append(_hashed(piece, shared))
        keys.append(_hashed(piece, key) if key else rows[-1])
    return _Rows(np.concatenate(keys), np.concatenate(rows))


def _hashed(part: pd.DataFrame, names: Sequence[str]) -> Hashes:
    found = np.zeros(len(part), dtype=np.uint64)
    for name in names:
        cells = _comparable(part[name])
        if cells.dtype == object:
            cells = np.array(["\0" if cell is None else cell for cell in cells], dtype=object)
        # The order of the columns counts: the cells 1, 2 are not the cells 2, 1.
        found = found * _FACTOR + np.asarray(pd.util.hash_array(cells), dtype=np.uint64)
    return found


def _comparable(column: pd.Series[Any]) -> Any:
    """Give cells of any library as floats, or as text: 1, 1.0 and Int64 1 are one value."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    is_flag = pd.api.types.is_bool_dtype(column.dtype)
    if pd.api.types.is_numeric_dtype(column.dtype) and not is_flag:
        return column.to_numpy(dtype=np.float64, na_value=np.nan) + 0.0
    return np.array(
        [
            None if is_missing else str(cell)
            for cell, is_missing in zip(column, column.isna(), strict=True)
        ],
        dtype=object,
    )


def _refuse_twice(rows: _Rows, key: Sequence[str], which: str) -> None:
    again = len(rows.keys) - len(np.unique(rows.keys))
    if again:
        raise DataError(
            f"{again:,} rows of the {which} table have the key of a row before",
            where=", ".join(key),
            hint="name columns that together name one row, or compare without a key",
        )


def _by_key(first: _Rows, second: _Rows) -> _Found:
    added = int((~np.isin(second.keys, first.keys)).sum())
    is_there = np.isin(first.keys, second.keys)
    order = np.argsort(second.keys)
    shared = first.keys[is_there]
    partner = order[np.searchsorted(second.keys, shared, sorter=order)]
    is_changed = first.rows[is_there] != second.rows[partner]
    return _Found(added, int((~is_there).sum()), shared[is_changed])


def _by_row(first: _Rows, second: _Rows) -> _Found:
    """Compare rows as multisets: each counts as often as it is there."""
    values, counts = np.unique(np.concatenate([first.rows, second.rows]), return_counts=True)
    before = np.zeros(len(values), dtype=np.int64)
    known, times = np.unique(first.rows, return_counts=True)
    before[np.searchsorted(values, known)] = times
    difference = (counts - before) - before
    return _Found(
        int(difference[difference > 0].sum()),
        int(-difference[difference < 0].sum()),
        np.array([], dtype=np.uint64),
    )


# Cells


def _cells(
    before: Iterable[Any],
    after: Iterable[Any],
    key: Sequence[str],
    shared: Sequence[str],
    changed: Hashes,
) -> dict[str, tuple[int, tuple[tuple[str, str, str], ...]]]:
    """Count changed cells by column, with examples, of the first rows that changed."""
    wanted = np.unique(changed)[:_COMPARED]
    if not len(wanted):
        return {}
    one, two = (_taken(pieces, key, shared, wanted) for pieces in (before, after))
    found = {}
    for name in shared:
        differs = ~((one[name] == two[name]) | (one[name].isna() & two[name].isna()))
        if name in key or not differs.any():
            continue
        first = differs[differs].index[:_EXAMPLES]
        examples = tuple(
            (
                ", ".join(_short(one.loc[place, part]) for part in key),
                _short(one.loc[place, name]),
                _short(two.loc[place, name]),
            )
            for place in first
        )
        found[name] = (int(differs.sum()), examples)
    return found


def _taken(
    pieces: Iterable[Any], key: Sequence[str], shared: Sequence[str], wanted: Hashes
) -> pd.DataFrame:
    taken = []
    for piece in pieces:
        hashes = _hashed(piece, key)
        is_one = np.isin(hashes, wanted)
        part = piece.loc[is_one, list(shared)]
        plain = {name: pd.Series(_comparable(part[name]), dtype=object) for name in shared}
        taken.append(pd.DataFrame(plain).set_axis(hashes[is_one], axis=0))
    return pd.concat(taken).sort_index()


def _short(cell: Any) -> str:
    if cell is None or cell != cell:  # noqa: PLR0124 - NaN is not equal to itself
        return "missing"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    text = str(cell)
    return text if len(text) <= 40 else f"{text[:37]}..."  # noqa: PLR2004 - a cell of a terminal


# Columns


def _schema(before: Mapping[str, str], after: Mapping[str, str]) -> list[ColumnChange]:
    found = [
        ColumnChange(name=name, what="removed", before=family)
        for name, family in before.items()
        if name not in after
    ]
    for name, family in after.items():
        if name not in before:
            found.append(ColumnChange(name=name, what="added", after=family))
        elif _kind(before[name]) != _kind(family) and "empty" not in {before[name], family}:
            found.append(ColumnChange(name=name, what="type", before=before[name], after=family))
    return found


def _kind(family: str) -> str:
    """Take whole numbers for numbers: a missing cell makes the one of the other in some libraries."""
    return "number" if family == "integer" else family


def _by_column(
    shared: Sequence[str],
    old: Mapping[str, Sketch],
    new: Mapping[str, Sketch],
    cells: Mapping[str, tuple[int, tuple[tuple[str, str, str], ...]]],
    *,
    is_keyed: bool,
) -> list[ColumnChange]:
    found = []
    for name in shared:
        before, after = told(name, old[name]), told(name, new[name])
        apart = distance(old[name], new[name])
        count, examples = cells.get(name, (0, ()))
        if not count and not apart:
            continue
        found.append(
            ColumnChange(
                name=name,
                what="cells" if count else "distribution",
                before=_brief(before),
                after=_brief(after),
                cells=count if is_keyed else None,
                distance=round(apart, 6),
                examples=examples,
            )
        )
    return found


def _brief(column: Any) -> str:
    missing = f", {column.missing:,} missing" if column.missing else ""
    if column.mean is not None:
        return f"mean {column.mean:.4g}{missing}"
    if column.family == "datetime":
        return f"{str(column.least)[:10]} to {str(column.largest)[:10]}{missing}"
    first = next(iter(column.top), None)
    return f"{first[0]!r} {first[1]:,} times{missing}" if first else "no cells"


def distance(one: Sketch, other: Sketch) -> float:
    """Give the Jensen-Shannon distance of two columns, missing cells being a value of their own.

    It is 0 for equal distributions and 1 for ones that share nothing (base 2). J. Lin (1991), Divergence
    measures based on the Shannon entropy.
    """
    both = (one, other)
    # In the same buckets, if one of them was not counted value by value.
    if (one.exact is None) != (other.exact is None) and one.n and other.n:
        both = tuple(attrs.evolve(each, exact=None) for each in both)  # type: ignore[assignment]
    weights = [{**weights_of(each), None: each.missing, math.inf: each.infinite} for each in both]
    totals = [sum(each.values()) for each in weights]
    if not all(totals):
        return 0.0 if totals[0] == totals[1] else 1.0
    divergence = 0.0
    for value in {**weights[0], **weights[1]}:
        p, q = (each.get(value, 0) / total for each, total in zip(weights, totals, strict=True))
        middle = (p + q) / 2
        divergence += sum(part * math.log2(part / middle) / 2 for part in (p, q) if part)
    return math.sqrt(max(divergence, 0.0)) if divergence > 1e-12 else 0.0  # noqa: PLR2004 - rounding

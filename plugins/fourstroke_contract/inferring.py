"""Write the contract that a table keeps to: what is impossible is an error, what is odd a warning."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fourstroke_contract.cells import Cells, plain_value
from fourstroke_contract.table_rules import as_frame
from fourstroke_contract.terms import Column, Rule, Terms, Whole

if TYPE_CHECKING:
    from fourstroke import Task

# Fewer rows say little about what is missing, or about what names a row.
_FEW_ROWS = 1_000
_LEAST_ROWS_OF_A_KEY = 50
_MOST_VALUES = 50
_MOST_CODES = 10
_SHARE_OF_VALUES = 0.05
_ID_LIKE = 0.99
_LOW, _HIGH = 0.001, 0.999
# At least this share of the rows lies within what is usual.
_USUAL = 0.99
_LONGEST_VALUE = 100
_NAMED_LIKE_A_KEY = re.compile(
    r"(^|[_\W])(id|uuid|guid|key)$|^(id|uuid)([_\W]|$)|[a-z]I[dD]$", re.IGNORECASE
)


def infer(data: Any, task: Task) -> Terms:
    """Write the contract that a table keeps to.

    Parameters
    ----------
    data : table
        The table.
    task : Task
        Its id column names a row if its values do.
    """
    frame = as_frame(data)
    cells = {str(name): Cells(frame.iloc[:, place]) for place, name in enumerate(frame.columns)}
    columns = {name: _column(each, len(frame)) for name, each in cells.items()}
    key = _key(cells, columns, task, len(frame))
    if key:
        columns[key] = _as_key(columns[key])
    table = Whole(
        rows=(max(1, len(frame) // 2), None),
        key=(key,) if key else (),
        others="warn",
        warn=frozenset({"rows"}),
    )
    return Terms(table=table, columns=columns, rules=_orders(cells))


def _column(cells: Cells, rows: int) -> Column:
    family, warn = cells.family, set()
    known = rows - int(cells.missing.sum())
    share = 1 - known / rows if rows else 0.0
    if rows == 0 or known == 0:
        return Column(missing=1.0)
    if family == "number" and share and _is_whole(cells):
        # A missing cell makes fractions of whole numbers.
        family = "integer"
    if share or rows < _FEW_ROWS:
        warn.add("missing")
    given: dict[str, Any] = {"type": family, "missing": _rounded_up(share)}
    distinct = _distinct(cells)
    is_id_like = (
        family in {"text", "integer"}
        and known >= _LEAST_ROWS_OF_A_KEY
        and distinct > _ID_LIKE * known
    )
    if is_id_like and distinct == known:
        given["unique"] = True
        warn.add("unique")
    given |= _values(cells, family, distinct, known, is_id_like=is_id_like)
    warn |= {"allowed", "length"} & given.keys()
    mostly = {"usual": _USUAL} if "usual" in given else {}
    infinite = _infinite(cells) if family == "number" else 0.0
    if infinite:
        mostly = {
            rule: min(_USUAL, round(1 - _rounded_up(infinite), 2)) for rule in ("type", *mostly)
        }
    return Column(**given, warn=frozenset(warn), mostly=mostly)


def _values(
    cells: Cells, family: str, distinct: int, known: int, *, is_id_like: bool
) -> dict[str, Any]:
    """Say which values a column has: a set, a range, or how long they are."""
    few = min(_MOST_VALUES, max(2, int(_SHARE_OF_VALUES * known)))
    if family == "text":
        _, values = cells.coded
        lengths = values.astype("str").str.len()
        longest = int(lengths.max())
        if distinct <= few and longest <= _LONGEST_VALUE:
            return {"allowed": tuple(sorted(map(str, values)))}
        least = int(lengths.min())
        # Texts of one length are codes; others may grow.
        return {"length": (least, longest) if least == longest else (min(least, 1), 2 * longest)}
    if family in {"integer", "number"}:
        found = _range(cells, family, is_id_like=is_id_like)
        if family == "integer" and distinct <= min(few, _MOST_CODES):
            _, values = cells.coded
            found["allowed"] = tuple(sorted(int(value) for value in values))
            found.pop("usual", None)
        return found
    return {}


def _range(cells: Cells, family: str, *, is_id_like: bool) -> dict[str, Any]:
    numbers = cells.numbers.astype("float64")
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        return {}
    found: dict[str, Any] = {"min": 0} if finite.min() >= 0 else {}
    if is_id_like:
        return found
    low, first, third, high = np.quantile(finite, [_LOW, 0.25, 0.75, _HIGH])
    room = third - first
    if not np.isfinite(room):
        return found
    low, high = low - room, high + room
    if found:
        low = max(low, 0.0)
    return found | {"usual": (_nice(low, family), _nice(high, family))}


def _nice(value: float, family: str) -> int | float:
    """Give a bound with the digits that a person would write."""
    if family == "integer" or float(value).is_integer():
        return round(value)
    return float(f"{value:.4g}")


def _is_whole(cells: Cells) -> bool:
    numbers = cells.numbers[~cells.missing]
    return bool(np.isfinite(numbers).all() and (np.floor(numbers) == numbers).all())


def _infinite(cells: Cells) -> float:
    return float(np.isinf(cells.numbers.astype("float64")).mean())


def _distinct(cells: Cells) -> int:
    if cells.family in {"nested", "mixed", "binary"}:
        return 0
    _, values = cells.coded
    return len(values)


def _rounded_up(share: float) -> float:
    """Give twice the share, in hundredths: what is missing varies."""
    return min(1.0, float(np.ceil(share * 200) / 100)) if share else 0.0


def _key(cells: dict[str, Cells], columns: dict[str, Column], task: Task, rows: int) -> str:
    if rows < _LEAST_ROWS_OF_A_KEY:
        return ""
    unique = [
        name for name, column in columns.items() if column.unique and not cells[name].has_missing
    ]
    if task.id in unique:
        return task.id
    return next((name for name in unique if _NAMED_LIKE_A_KEY.search(name)), "")


def _as_key(column: Column) -> Column:
    """Leave to the table's key what it says of the column already."""
    return Column(
        type=column.type,
        missing=0.0,
        min=column.min,
        length=column.length,
        warn=column.warn - {"unique", "missing"},
    )


def _orders(cells: dict[str, Cells]) -> tuple[Rule, ...]:
    """Find times that always come one after the other."""
    times = [name for name, each in cells.items() if each.family in {"datetime", "date"}]
    found = []
    for place, first in enumerate(times[:_MOST_CODES]):
        for second in times[place + 1 : _MOST_CODES]:
            for early, late in ((first, second), (second, first)):
                one, other = cells[early].times, cells[late].times
                if (one.dt.tz is None) != (other.dt.tz is None):
                    continue
                both = one.notna() & other.notna()
                if both.sum() >= _LEAST_ROWS_OF_A_KEY and bool((one[both] <= other[both]).all()):
                    must = f"{_named(early)} <= {_named(late)}"
                    found.append(Rule(name=must, must=must, severity="warning"))
                    break
    return tuple(found)


def _named(column: str) -> str:
    return column if column.isidentifier() else f"col({column!r})"


def latest(data: Any) -> dict[str, str]:
    """Give the latest time of each column of times, as a text."""
    frame = as_frame(data)
    found = {}
    for place, name in enumerate(frame.columns):
        cells = Cells(frame.iloc[:, place])
        if cells.family in {"datetime", "date"}:
            time = cells.times.max()
            if not pd.isna(time):
                found[str(name)] = str(plain_value(time))
    return found

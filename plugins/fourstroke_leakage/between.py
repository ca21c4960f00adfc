"""Ask what is in both the training part and the others: rows, ids, groups, and times."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api import types

from fourstroke import Check
from fourstroke_leakage.duplicates import duplicates
from fourstroke_leakage.parts import as_numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from fourstroke_leakage.parts import Parts

    Asked = tuple[str, Check]

# Fewer rows say little about what names a row.
_FEW_ROWS = 100
_ID_LIKE = 0.99
# The share of different values from which a column that is named like an id is one.
_NAMED_AND_VARIED = 0.1
_SHOWN = 3
_NAMED_LIKE_AN_ID = re.compile(
    r"(^|[_\W])(id|ids|uuid|guid)$|^(id|uuid|guid)([_\W]|$)|[a-z]I[dD]$", re.IGNORECASE
)


def across(parts: Parts, most: float) -> Iterator[Asked]:
    """Ask every question about what is on both sides.

    Parameters
    ----------
    parts : Parts
        The parts.
    most : float
        The share of held-out rows that may be in the training part as well.
    """
    if not parts.trained or not parts.held_out:
        why = "a part has no rows"
        yield "duplicates", Check(name="duplicates", status="skipped", why=why)
        return
    yield "duplicates", duplicates(parts, most)
    yield "ids", _ids(parts)
    yield "groups", _groups(parts)
    yield "time", _time(parts)
    yield "identifiers", _identifiers(parts)


def _ids(parts: Parts) -> Check:
    name = parts.task.id
    made: dict[str, Any] = {"name": "ids", "column": name, "required": "no id on both sides"}
    if not parts.has(name):
        return Check(name="ids", status="skipped", why="the task names no id column")
    codes, trained = parts.codes(name), parts.trained
    both = _shared(codes, trained)
    if not both.any():
        return Check(**made, status="pass", observed=0, why="every id is on one side")
    known = codes[codes > 0]
    is_row_id = len(np.unique(codes[:trained])) == trained and len(np.unique(known)) > 1
    count = len(np.unique(codes[trained:][both]))
    told = f"{count:,} ids are in the training part and held out; {_examples(parts, name, both)}"
    if is_row_id:
        why = f"{told}: the same rows are on both sides"
        return Check(**made, status="fail", observed=count, why=why, rows=_first(both))
    why = f"{told}: an id has several rows, so name the column under task.group"
    return Check(
        **made, status="warn", severity="warning", observed=count, why=why, rows=_first(both)
    )


def _groups(parts: Parts) -> Check:
    name = parts.task.group
    made: dict[str, Any] = {"name": "groups", "column": name, "required": "no group on both sides"}
    if not parts.has(name):
        return Check(name="groups", status="skipped", why="the task names no group column")
    codes, trained = parts.codes(name), parts.trained
    both = _shared(codes, trained)
    if not both.any():
        return Check(**made, status="pass", observed=0, why="every group is on one side")
    count = len(np.unique(codes[trained:][both]))
    why = f"{count:,} groups are in the training part and held out; {_examples(parts, name, both)}"
    why += ': split with use = "group"'
    return Check(**made, status="fail", observed=count, why=why, rows=_first(both))


def _time(parts: Parts) -> Check:
    name = parts.task.time
    made: dict[str, Any] = {
        "name": "time",
        "column": name,
        "required": "training before all others",
    }
    if not parts.has(name):
        return Check(name="time", status="skipped", why="the task names no time column")
    numbers = as_numbers(_as_times(parts.table[name]))
    if numbers is None:
        return Check(**made, status="skipped", why="its cells are no times")
    train, others = numbers[: parts.trained], numbers[parts.trained :]
    if np.isnan(train).all() or np.isnan(others).all():
        return Check(**made, status="skipped", why="a part has no times")
    before = others < np.nanmax(train)
    share = float(before.mean())
    if not before.any():
        return Check(
            **made, status="pass", observed=0.0, why="no held-out row is older than training"
        )
    why = f"{share:.2%} of the held-out rows are older than the newest row for training"
    return Check(
        **made,
        status="warn",
        severity="warning",
        observed=round(share, 6),
        why=f'{why}: split with use = "time"',
        rows=_first(before),
    )


def _identifiers(parts: Parts) -> Check:
    task = parts.task
    found = [
        name
        for name in parts.features
        if name not in {task.time, task.group} and _is_identifier(parts, name)
    ]
    listed = ", ".join(map(repr, found[:_SHOWN]))
    made: dict[str, Any] = {"name": "identifiers", "required": "no identifier among the features"}
    if not found:
        return Check(**made, status="pass", observed=0, why="no feature names a row")
    return Check(
        **made,
        status="warn",
        severity="warning",
        column=found[0],
        observed=len(found),
        why=f"{listed} name rows and are used as features: name them under task.id or task.ignore",
    )


def _is_identifier(parts: Parts, name: str) -> bool:
    values, rows = parts.table[name], len(parts.table)
    if rows < _FEW_ROWS:
        return False
    codes = parts.codes(name)
    known = codes[codes > 0]
    if not known.size:
        return False
    distinct = len(np.unique(known))
    is_named = bool(_NAMED_LIKE_AN_ID.search(name))
    if is_named and distinct > _NAMED_AND_VARIED * rows:
        numbers = parts.numbers(name)
        return numbers is None or bool(np.all(np.floor(numbers) == numbers))
    if distinct <= _ID_LIKE * rows:
        return False
    if types.is_integer_dtype(values.dtype):
        numbers = parts.numbers(name)
        return numbers is not None and float(np.ptp(numbers)) + 1 <= 2 * rows
    if types.is_datetime64_any_dtype(values.dtype) or parts.numbers(name) is not None:
        return False
    # Sentences are text to learn from; one word that is never there twice is a name.
    some = values.dropna().astype("str").head(1000)
    return bool((~some.str.contains(r"\s", regex=True)).mean() > _ID_LIKE)


def _as_times(values: pd.Series[Any]) -> pd.Series[Any]:
    if as_numbers(values) is not None:
        return values
    try:
        return pd.to_datetime(values.astype(object), utc=True, format="ISO8601")
    except (ValueError, TypeError):
        return values


def _shared(codes: npt.NDArray[np.int64], trained: int) -> npt.NDArray[np.bool_]:
    """Say of each held-out row whether its value is in the training part, too."""
    seen = np.zeros(int(codes.max(initial=0)) + 1, dtype=bool)
    seen[codes[:trained]] = True
    seen[0] = False
    return np.asarray(seen[codes[trained:]], dtype=bool)


def _examples(parts: Parts, name: str, both: npt.NDArray[np.bool_]) -> str:
    held = parts.table[name].iloc[parts.trained :][both].drop_duplicates().head(_SHOWN)
    return f"such as {', '.join(repr(str(value)) for value in held)}"


def _first(rows: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    """Give positions among the held-out rows, which come in the order of the parts' names."""
    return tuple(map(int, np.flatnonzero(rows)[:10]))

"""Hold one column against its terms: one finding a rule, and no rule hides another."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd

from fourstroke_contract.cells import Cells, shown
from fourstroke_contract.finding import MISSING, Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fourstroke_contract.cells import Mask
    from fourstroke_contract.terms import Column

_SHOWN = 6
_NUMBERS = frozenset({"integer", "number"})


def hold(name: str, cells: Cells, terms: Column) -> Iterator[Finding]:
    """Hold a column against every rule of its terms."""
    fits = True
    if terms.type is not None:
        found = _type(name, cells, terms)
        fits = found.status != "fail"
        yield found
    for rule, look in _RULES.items():
        if not terms.asks(rule):
            continue
        made = Finding(
            name=f"{name}: {rule}",
            column=name,
            required=_required(rule, terms),
            severity=terms.severity(rule),
            mostly=_mostly(rule, terms),
            cell=cells.column.iloc.__getitem__,
        )
        yield _found(made, look, cells, terms, fits=fits)


def absent(name: str, known: list[str], near: str) -> Finding:
    """Tell of a column that is not there."""
    tail = f" ({near})" if known and near else ""
    return Finding(
        name=f"{name}: required",
        column=name,
        required="present",
        status="fail",
        why=f"there is no column {name!r}{tail}",
    )


def _found(
    made: Finding, look: Callable[[Cells, Column], Mask], cells: Cells, terms: Column, *, fits: bool
) -> Finding:
    if not len(cells):
        return attrs.evolve(made, status="skipped", why="the table has no rows")
    try:
        at_fault = look(cells, terms)
    except (TypeError, ValueError, ArithmeticError) as error:
        why = f"it cannot be checked: {' '.join(str(error).split())}"
        # Of cells of another type the rule about types tells.
        return attrs.evolve(made, status="fail" if fits else "skipped", why=why)
    if made.name.endswith(": missing"):
        return attrs.evolve(made, at_fault=at_fault, cell=None, fault=MISSING)
    return attrs.evolve(made, at_fault=at_fault)


def _mostly(rule: str, terms: Column) -> float:
    if rule == "missing":
        return 1 - float(terms.missing or 0)
    return terms.mostly.get(rule, 1.0)


def _required(rule: str, terms: Column) -> str:
    if rule == "missing":
        return f"<= {terms.missing:g}"
    if rule in {"min", "max"}:
        return f"{'>=' if rule == 'min' else '<='} {shown(getattr(terms, rule)).strip(chr(39))}"
    if rule in {"usual", "length"}:
        low, high = getattr(terms, rule)
        return f"{'length ' if rule == 'length' else 'usually '}{low} to {high}"
    if rule == "allowed":
        more = ", ..." if len(terms.allowed) > _SHOWN else ""
        return f"one of {', '.join(map(shown, terms.allowed[:_SHOWN]))}{more}"
    return f"matches {terms.pattern}" if rule == "pattern" else "no value twice"


# The rule about types


def _type(name: str, cells: Cells, terms: Column) -> Finding:
    asked, family = str(terms.type), cells.family
    made = Finding(
        name=f"{name}: type",
        column=name,
        required=asked,
        severity=terms.severity("type"),
        mostly=terms.mostly.get("type", 1.0),
        observed=f"{family} ({cells.column.dtype})",
        why=f"its cells are {family}",
    )
    if not len(cells):
        # A type that only cells can tell is not known yet.
        is_told = family == asked or (asked == "number" and family == "integer")
        return (
            made if is_told else attrs.evolve(made, status="skipped", why="the table has no rows")
        )
    if family == "empty" or (family == "number" and bool(cells.missing.all())):
        # A column without a cell has a type by accident, and `missing` tells of it.
        return attrs.evolve(made, why="it has no cells")
    if asked == "number" and family in _NUMBERS:
        return _finite(made, cells) if family == "number" else made
    if asked == "integer" and family == "number":
        return _whole(made, cells)
    if family == asked or (asked == "datetime" and family == "date"):
        return made
    rows = _odd_rows(cells, asked)
    told = f"{made.why}, not {asked}"
    if rows is not None and rows.any():
        first = np.flatnonzero(rows)[:3]
        examples = ", ".join(f"row {row}: {shown(cells.column.iloc[row])}" for row in first)
        told += f"; {int(rows.sum()):,} of {len(cells):,} rows cannot be read as it; {examples}"
    return attrs.evolve(made, status="fail", why=told)


def _finite(made: Finding, cells: Cells) -> Finding:
    at_fault = np.isinf(cells.numbers)
    if not at_fault.any():
        return made
    cell = cells.column.iloc.__getitem__
    return attrs.evolve(made, required="finite numbers", at_fault=at_fault, cell=cell)


def _whole(made: Finding, cells: Cells) -> Finding:
    """Take whole numbers that a missing cell made fractions of."""
    values = cells.numbers
    with np.errstate(invalid="ignore"):
        at_fault = np.isinf(values) | (np.floor(values) != values) & ~cells.missing
    if not at_fault.any():
        return made
    cell = cells.column.iloc.__getitem__
    return attrs.evolve(made, required="whole numbers", at_fault=at_fault, cell=cell)


def _odd_rows(cells: Cells, asked: str) -> Mask | None:
    """Say which cells cannot even be read as what is asked for."""
    column = cells.column.astype(object)
    if asked in _NUMBERS:
        read: Any = pd.to_numeric(column, errors="coerce")
    elif asked in {"datetime", "date"} and cells.family in {"text", "mixed"}:
        read = pd.to_datetime(column, errors="coerce", format="ISO8601", utc=True)
    elif asked == "text" and cells.family == "mixed":
        return np.array([not isinstance(cell, str) for cell in column]) & ~cells.missing
    else:
        return None
    return np.asarray(read.isna(), dtype=bool) & ~cells.missing


# Rules about cells


def _missing(cells: Cells, _: Column) -> Mask:
    return cells.missing


def _least(cells: Cells, terms: Column) -> Mask:
    return _beyond(cells, terms.min, None)


def _largest(cells: Cells, terms: Column) -> Mask:
    return _beyond(cells, None, terms.max)


def _usual(cells: Cells, terms: Column) -> Mask:
    low, high = terms.usual or (None, None)
    return _beyond(cells, low, high)


def _beyond(cells: Cells, low: Any, high: Any) -> Mask:
    if isinstance(low if low is not None else high, str | dt.date):
        values: Any = cells.times
        low, high = (_time(bound, values) for bound in (low, high))
    else:
        values = cells.numbers
    at_fault = np.zeros(len(cells), dtype=bool)
    with np.errstate(invalid="ignore"):
        if low is not None:
            at_fault |= np.asarray(values < low, dtype=bool)
        if high is not None:
            at_fault |= np.asarray(values > high, dtype=bool)
    return at_fault


def _time(bound: Any, times: pd.Series[Any]) -> Any:
    if bound is None:
        return None
    time, zone = pd.Timestamp(bound), times.dt.tz
    if zone is None:
        return time.tz_convert("UTC").tz_localize(None) if time.tz is not None else time
    return time.tz_localize(zone) if time.tz is None else time


def _allowed(cells: Cells, terms: Column) -> Mask:
    if cells.family in {"nested", "mixed"}:
        known = set(terms.allowed)
        column = cells.column
        odd: Mask = np.array([_is_odd(cell, known) for cell in column], dtype=bool)
        return odd & ~cells.missing
    is_text = any(isinstance(value, str) for value in terms.allowed)
    if is_text and cells.family in {"date", "datetime"}:
        values = {pd.Timestamp(str(value)) for value in terms.allowed}
        return np.asarray(~cells.times.isin(list(values)), dtype=bool) & ~cells.missing
    _, known_values = cells.coded
    return cells.spread(~known_values.isin(list(terms.allowed)).to_numpy(dtype=bool))


def _is_odd(cell: Any, known: set[Any]) -> bool:
    try:
        return cell not in known
    except TypeError:
        return True


def _pattern(cells: Cells, terms: Column) -> Mask:
    _, known = cells.texts
    if not len(known):
        return np.zeros(len(cells), dtype=bool)
    fits = known.astype("str").str.fullmatch(terms.pattern)
    return cells.spread(~fits.to_numpy(dtype=bool))


def _length(cells: Cells, terms: Column) -> Mask:
    _, known = cells.texts
    if not len(known):
        return np.zeros(len(cells), dtype=bool)
    low, high = terms.length or (0, 0)
    lengths = known.astype("str").str.len().to_numpy()
    return cells.spread((lengths < low) | (lengths > high))


def _unique(cells: Cells, _: Column) -> Mask:
    if not cells.has_missing and cells.column.is_unique:
        return np.zeros(len(cells), dtype=bool)
    return np.asarray(cells.column.duplicated(), dtype=bool) & ~cells.missing


_RULES: dict[str, Callable[[Cells, Column], Mask]] = {
    "missing": _missing,
    "min": _least,
    "max": _largest,
    "usual": _usual,
    "allowed": _allowed,
    "pattern": _pattern,
    "length": _length,
    "unique": _unique,
}

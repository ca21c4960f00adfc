"""What a project says about its columns: one check a rule, and no rule hides another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd

from fourstroke import Check
from fourstroke_pandas.families import family_of, first_rows, plain
from fourstroke_pandas.frames import as_frame, likely, quoted, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from fourstroke_pandas.checking import Rule

_TAKEN = {
    "integer": {"integer"},
    "number": {"integer", "number"},
    "text": {"text"},
    "boolean": {"boolean"},
    "datetime": {"datetime"},
    "category": {"category"},
}


# A rule that no cell breaks is not kept by a table without cells.
_UNSEEN = Check(name="", status="skipped", why="the table has no rows")


def check_columns(
    data: Any,
    rules: Mapping[str, Rule],
    *,
    others: str,
    rows_min: int | None,
    rows_max: int | None,
) -> list[Check]:
    """Check every rule of every column, and the table's shape."""
    frame = as_frame(data)
    checks = [*_shape(len(frame), rows_min, rows_max), *_others(frame, rules, others)]
    for name, rule in rules.items():
        checks += [_weighed(check, rule) for check in _column(frame, name, rule)]
    return checks


def _shape(rows: int, least: int | None, most: int | None) -> Iterator[Check]:
    why = f"the table has {rows:,} rows"
    if least is not None:
        status: Any = "pass" if rows >= least else "fail"
        yield Check(name="rows_min", status=status, observed=rows, required=f">= {least}", why=why)
    if most is not None:
        status = "pass" if rows <= most else "fail"
        yield Check(name="rows_max", status=status, observed=rows, required=f"<= {most}", why=why)


def _others(data: pd.DataFrame, rules: Mapping[str, Rule], others: str) -> Iterator[Check]:
    if others == "allow":
        return
    extra = [name for name in data.columns if name not in rules]
    bad: Any = "warn" if others == "warn" else "fail"
    yield Check(
        name="others",
        status=bad if extra else "pass",
        severity="warning" if others == "warn" else "error",
        observed=len(extra),
        required="no other column",
        why=f"not named here: {shown(extra[:6])}" if extra else "every column is named",
    )


def _column(data: pd.DataFrame, name: str, rule: Rule) -> Iterator[Check]:
    if name not in data.columns:
        if rule.required:
            why = f"there is no column {name!r} ({likely(name, data.columns)})"
            yield Check(
                name=f"{name}: required", status="fail", required="present", why=why, column=name
            )
        return
    values = data[name]
    for asked, look in _asked(rule):
        try:
            check = look(values, rule) if len(values) or asked == "type" else _UNSEEN
        except (TypeError, ValueError, ArithmeticError) as error:
            text = " ".join(str(error).split())
            check = Check(name="", status="error", why=f"it cannot be checked: {text}")
        yield attrs.evolve(check, name=f"{name}: {asked}", column=name)


def _asked(rule: Rule) -> Iterator[tuple[str, Callable[[pd.Series[Any], Rule], Check]]]:
    if rule.type is not None:
        yield "type", _type
    if rule.nulls is not None:
        yield "nulls", _nulls
    if rule.min is not None:
        yield "min", _least
    if rule.max is not None:
        yield "max", _largest
    if rule.allowed:
        yield "allowed", _allowed
    if rule.pattern:
        yield "pattern", _pattern
    if rule.unique:
        yield "unique", _unique


def _type(values: pd.Series[Any], rule: Rule) -> Check:
    family = family_of(values)
    if family == "empty" and not len(values):
        return _UNSEEN
    if rule.type == "text" and family == "category":
        family = family_of(values.cat.categories.to_series())
    # A column without a cell has a type by accident, and `nulls` tells of it.
    is_fitting = family == "empty" or family in _TAKEN[str(rule.type)]
    return Check(
        name="",
        status="pass" if is_fitting else "fail",
        observed=f"{family} ({values.dtype})",
        required=str(rule.type),
        why=f"its cells are {family}",
    )


def _nulls(values: pd.Series[Any], rule: Rule) -> Check:
    missing = values.isna()
    share = float(missing.mean())
    is_fitting = rule.nulls is None or share <= rule.nulls
    return Check(
        name="",
        status="pass" if is_fitting else "fail",
        observed=round(share, 6),
        required=f"<= {rule.nulls:g}",
        why=f"{int(missing.sum()):,} of {len(values):,} cells are missing",
        rows=() if is_fitting else first_rows(missing),
    )


def _least(values: pd.Series[Any], rule: Rule) -> Check:
    ordered, bound = _comparable(values, rule.min)
    return _by_row(values, ordered < bound, f">= {rule.min}")


def _largest(values: pd.Series[Any], rule: Rule) -> Check:
    ordered, bound = _comparable(values, rule.max)
    return _by_row(values, ordered > bound, f"<= {rule.max}")


def _comparable(values: pd.Series[Any], bound: Any) -> tuple[pd.Series[Any], Any]:
    """Give cells and bound so that one can be held against the other."""
    cells = plain(values)
    family = family_of(cells)
    if family == "datetime" and isinstance(bound, str):
        times = pd.to_datetime(cells)
        time, zone = pd.Timestamp(bound), times.dt.tz
        return times, time.tz_localize(zone) if zone is not None and time.tz is None else time
    if family == "empty":
        return pd.Series(dtype=float).reindex(range(len(cells))), 0.0
    is_number = family in {"integer", "number"} and not isinstance(bound, str)
    if not is_number:
        raise TypeError(f"{family} has no bound such as {bound!r}")
    return cells, bound


def _allowed(values: pd.Series[Any], rule: Rule) -> Check:
    odd = values.notna() & ~plain(values).isin(list(rule.allowed))
    more = ", ..." if len(rule.allowed) > 6 else ""  # noqa: PLR2004 - a line's worth
    return _by_row(values, odd, f"one of {shown(rule.allowed[:6])}{more}")


def _pattern(values: pd.Series[Any], rule: Rule) -> Check:
    cells = plain(values)
    if family_of(cells) not in {"text", "empty"}:
        raise TypeError(f"{family_of(cells)} has no pattern")
    known = cells.dropna()
    fits = known.astype("string").str.fullmatch(rule.pattern).astype(bool)
    odd = np.zeros(len(cells), dtype=bool)
    odd[cells.notna().to_numpy()] = ~fits.to_numpy()
    return _by_row(values, odd, f"matches {rule.pattern}")


def _unique(values: pd.Series[Any], _: Rule) -> Check:
    return _by_row(values, values.notna() & values.duplicated(), "no value twice")


def _by_row(values: pd.Series[Any], odd: Any, required: str) -> Check:
    rows = first_rows(pd.Series(odd).fillna(value=False))
    count = int(pd.Series(odd).fillna(value=False).sum())
    why = f"{count:,} of {len(values):,} rows do not keep to it"
    if rows:
        why += f", the first is row {rows[0]}: {quoted(values.iloc[rows[0]])}"
    return Check(
        name="",
        status="fail" if count else "pass",
        observed=count,
        required=required,
        why=why if count else "every row keeps to it",
        rows=rows,
    )


def _weighed(check: Check, rule: Rule) -> Check:
    if rule.severity == "error":
        return check
    status: Any = "warn" if check.status == "fail" else check.status
    return attrs.evolve(check, status=status, severity="warning")

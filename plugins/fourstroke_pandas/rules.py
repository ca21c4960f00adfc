"""The rules, as functions of a table: each gives checks that say what was found, asked for, and in which rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api import types

from fourstroke import Check, Task

if TYPE_CHECKING:
    from fourstroke_pandas.checking import Rule

_SHOWN_ROWS = 5
_FAMILIES = {
    "integer": types.is_integer_dtype,
    "number": lambda dtype: types.is_numeric_dtype(dtype) and not types.is_bool_dtype(dtype),
    "text": lambda dtype: types.is_string_dtype(dtype) or isinstance(dtype, pd.CategoricalDtype),
    "boolean": types.is_bool_dtype,
    "datetime": types.is_datetime64_any_dtype,
}


def enough_rows(data: pd.DataFrame, least: int) -> Check:
    """Check the number of rows."""
    return _check("rows", len(data) >= least, len(data), f">= {least}", f"{len(data):,} rows")


def unique_names(data: pd.DataFrame) -> Check:
    """Check that no two columns have one name."""
    twice = data.columns[data.columns.duplicated()]
    why = f"two columns {twice[0]!r}" if len(twice) else f"{len(data.columns)} columns"
    return _check("unique names", not len(twice), len(data.columns), "unique", why)


def target(data: pd.DataFrame, task: Task) -> list[Check]:
    """Check that the target is there, complete, and has what its kind needs."""
    if not task.target:
        return []
    if task.target not in data.columns:
        return [
            _check(
                "target",
                False,
                None,
                "present",
                f"there is no column {task.target!r}",
                column=task.target,
            )
        ]
    column = data[task.target]
    missing = column.isna()
    checks = [
        _check(
            "target complete",
            not missing.any(),
            int(missing.sum()),
            "0 missing",
            f"{int(missing.sum())} of {len(column):,} rows have no target",
            column=task.target,
            rows=_positions(missing),
        )
    ]
    if task.kind == "regression":
        is_number = types.is_numeric_dtype(column.dtype) and not types.is_bool_dtype(column.dtype)
        why = f"its type is {column.dtype}"
        checks.append(
            _check(
                "target number", is_number, str(column.dtype), "a number", why, column=task.target
            )
        )
        return checks
    classes = column.dropna().unique()
    enough = len(classes) == 2 if task.kind == "binary" else len(classes) >= 2  # noqa: PLR2004 - two sides
    asked = "2 classes" if task.kind == "binary" else ">= 2 classes"
    why = f"{len(classes)} classes in {task.target}: {', '.join(map(str, classes[:4]))}"
    checks.append(_check("target classes", enough, len(classes), asked, why, column=task.target))
    if task.positive is not None:
        there = any(task.positive == value for value in classes.tolist())
        why = f"the positive class {task.positive!r} is {'there' if there else 'not in the data'}"
        checks.append(
            _check("positive class", there, None, str(task.positive), why, column=task.target)
        )
    return checks


def odd_columns(data: pd.DataFrame) -> list[Check]:
    """Warn of columns that are empty, constant, or hold infinities; a column is named once for each."""
    found = []
    for name in data.columns.unique():
        column = data[name]
        if isinstance(column, pd.DataFrame):
            continue
        if column.isna().all():
            found.append(_warning("missing", name, "all cells are missing"))
        elif column.nunique(dropna=False) == 1 and len(column) > 1:  # noqa: PD101 - any type, missing cells too
            found.append(_warning("constant", name, f"all cells are {column.iloc[0]!r}"))
        infinite = _infinite(column)
        if infinite.any():
            why = f"{int(infinite.sum())} cells are infinite"
            found.append(_warning("infinite", name, why, rows=_positions(infinite)))
    return found


def duplicates(data: pd.DataFrame, most: float) -> Check:
    """Warn of many equal rows."""
    share = float(data.duplicated().mean()) if len(data) else 0.0
    check = _check(
        "duplicates",
        share <= most,
        round(share, 4),
        f"<= {most:g}",
        f"{share:.1%} of the rows are there before",
    )
    return check if check.status == "pass" else _warned(check)


def column(data: pd.DataFrame, name: str, rule: Rule) -> list[Check]:
    """Check one column against its rule."""
    if name not in data.columns:
        return [
            _check(
                f"{name} present", False, None, "present", "there is no such column", column=name
            )
        ]
    values = data[name]
    checks = []
    if rule.type is not None:
        fits = bool(_FAMILIES[rule.type](values.dtype))
        checks.append(
            _check(
                f"{name} type",
                fits,
                str(values.dtype),
                rule.type,
                f"its type is {values.dtype}",
                column=name,
            )
        )
        if not fits:
            return [_with_severity(check, rule) for check in checks]
    if rule.nulls is not None:
        share = float(values.isna().mean()) if len(values) else 0.0
        checks.append(
            _check(
                f"{name} nulls",
                share <= rule.nulls,
                round(share, 6),
                f"<= {rule.nulls:g}",
                f"{share:.2%} of its cells are missing",
                column=name,
                rows=_positions(values.isna()),
            )
        )
    checks += _bounds(values, name, rule)
    if rule.allowed:
        odd = values.notna() & ~values.isin(list(rule.allowed))
        checks.append(
            _rows_check(f"{name} allowed", values, odd, f"one of {len(rule.allowed)} values", name)
        )
    if rule.pattern:
        odd = values.notna() & ~values.astype("string").str.fullmatch(rule.pattern).fillna(
            False
        ).astype(bool)
        checks.append(_rows_check(f"{name} pattern", values, odd, rule.pattern, name))
    if rule.unique:
        checks.append(
            _rows_check(
                f"{name} unique", values, values.duplicated(keep="first"), "no value twice", name
            )
        )
    return [_with_severity(check, rule) for check in checks]


def _bounds(values: pd.Series, name: str, rule: Rule) -> list[Check]:
    if rule.min is None and rule.max is None:
        return []
    if not _FAMILIES["number"](values.dtype):
        return [
            _check(
                f"{name} range",
                False,
                str(values.dtype),
                "a number",
                "it holds no numbers",
                column=name,
            )
        ]
    checks = []
    if rule.min is not None:
        checks.append(_rows_check(f"{name} min", values, values < rule.min, f">= {rule.min}", name))
    if rule.max is not None:
        checks.append(_rows_check(f"{name} max", values, values > rule.max, f"<= {rule.max}", name))
    return checks


def _rows_check(
    name: str, values: pd.Series, odd: pd.Series, required: str, column_name: str
) -> Check:
    odd = odd.fillna(False).astype(bool)
    count = int(odd.sum())
    first = f", the first {values[odd].iloc[0]!r}" if count else ""
    return _check(
        name,
        not count,
        count,
        required,
        f"{count} of {len(values):,} rows do not keep to it{first}",
        column=column_name,
        rows=_positions(odd),
    )


def _check(
    name: str,
    passed: bool,  # noqa: FBT001 - the outcome, first of a record's fields
    observed: Any,
    required: str,
    why: str,
    *,
    column: str = "",
    rows: tuple[int, ...] = (),
) -> Check:
    return Check(
        name=name,
        status="pass" if passed else "fail",
        observed=observed,
        required=required,
        why=why,
        column=column,
        rows=rows,
    )


def _warning(name: str, column_name: str, why: str, rows: tuple[int, ...] = ()) -> Check:
    return Check(
        name=f"{column_name} {name}",
        status="warn",
        why=why,
        severity="warning",
        column=str(column_name),
        rows=rows,
    )


def _warned(check: Check) -> Check:
    return Check(
        name=check.name,
        status="warn",
        observed=check.observed,
        required=check.required,
        why=check.why,
        severity="warning",
    )


def _with_severity(check: Check, rule: Rule) -> Check:
    if rule.severity == "error" or check.status == "pass":
        return check
    return Check(
        name=check.name,
        status="warn",
        observed=check.observed,
        required=check.required,
        why=check.why,
        severity="warning",
        column=check.column,
        rows=check.rows,
    )


def _infinite(values: pd.Series) -> np.ndarray:
    if not types.is_float_dtype(values.dtype):
        return np.zeros(len(values), dtype=bool)
    return np.isinf(values.to_numpy(dtype=float, na_value=np.nan))


def _positions(mask: Any) -> tuple[int, ...]:
    return tuple(int(position) for position in np.flatnonzero(np.asarray(mask))[:_SHOWN_ROWS])

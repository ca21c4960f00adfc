"""Hold a table against a contract: the table as a whole, each column, and rules over several."""

from __future__ import annotations

import difflib
import functools
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd

from fourstroke import DataError
from fourstroke_contract import column_rules
from fourstroke_contract.cells import Cells, plain_value, shown
from fourstroke_contract.evaluation import broken_rows
from fourstroke_contract.expressions import columns_of, parse
from fourstroke_contract.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from fourstroke_contract.terms import Fresh, Rule, Terms, Whole

_SHOWN = 6
# Columns of what is set aside: which rules it does not keep to, and where it stood.
REASON = "quarantine_reason"
ROW = "quarantine_row"


def as_frame(data: Any) -> pd.DataFrame:
    """Take a table as a data frame with labels that only count, without copying it.

    Raises
    ------
    DataError
        If it is no table.
    """
    if not isinstance(data, pd.DataFrame):
        if not hasattr(data, "to_pandas"):
            raise DataError(f"expected a table, got {type(data).__name__}")
        data = data.to_pandas()
    frame: pd.DataFrame = data
    if isinstance(frame.columns, pd.MultiIndex):
        raise DataError("the columns' names have several levels", hint="join them to one")
    return frame.set_axis(pd.RangeIndex(len(frame)), axis=0)


def findings(frame: pd.DataFrame, terms: Terms) -> list[Finding]:
    """Hold a data frame, as `as_frame` gives it, against every rule of a contract."""
    names = [str(name) for name in frame.columns]
    twice = sorted(set(frame.columns[frame.columns.duplicated()].map(str)))
    cells = {
        name: Cells(frame.iloc[:, place]) for place, name in enumerate(names) if name not in twice
    }
    found = [*_whole(terms, names, twice, frame, cells)]
    for name, column in terms.columns.items():
        if name in cells:
            found += column_rules.hold(name, cells[name], column)
        elif name not in twice and column.required:
            missing = column_rules.absent(name, names, _near(name, names))
            found.append(attrs.evolve(missing, severity=column.severity("required")))
    found += [_rule(rule, cells, names, len(frame)) for rule in terms.rules]
    return found


def set_aside(frame: pd.DataFrame, terms: Terms) -> dict[str, pd.DataFrame]:
    """Divide a data frame into the rows that keep to every rule and those that do not."""
    found = findings(frame, terms)
    blocking = frozenset(each.name for each in found if each.check.says_no)
    return divided(frame, found, blocking)


def divided(
    frame: pd.DataFrame, found: list[Finding], blocking: Collection[str], start: int = 0
) -> dict[str, pd.DataFrame]:
    """Divide a data frame by the rules that say no.

    Parameters
    ----------
    frame : DataFrame
        The table, or a piece of it.
    found : list of Finding
        What the rules found in it.
    blocking : collection of str
        The rules that stop the run; rows at fault by others stay.
    start : int
        The number of its first row.

    Returns
    -------
    dict
        ``good``, and ``bad`` with a column `REASON` that names the rules.
    """
    reasons = np.full(len(frame), "", dtype=object)
    for each in found:
        if each.at_fault is None or each.is_mild or each.name not in blocking:
            continue
        before = reasons[each.at_fault]
        reasons[each.at_fault] = np.where(before == "", each.name, before + "; " + each.name)
    is_bad = np.asarray(reasons != "", dtype=bool)
    bad = frame[is_bad].reset_index(drop=True)
    own = {ROW: start + np.flatnonzero(is_bad), REASON: pd.array(reasons[is_bad], dtype="string")}
    added: dict[str, Any] = {_free(name, frame): values for name, values in own.items()}
    return {
        "good": frame[~is_bad].reset_index(drop=True) if is_bad.any() else frame,
        "bad": bad.assign(**added),
    }


# The table as a whole


def _whole(
    terms: Terms, names: list[str], twice: list[str], frame: pd.DataFrame, cells: dict[str, Cells]
) -> Iterator[Finding]:
    if twice:
        yield Finding(
            name="columns",
            required="no name twice",
            status="fail",
            observed=len(twice),
            why=f"several columns are named {', '.join(map(repr, twice[:_SHOWN]))}",
        )
    table = terms.table
    yield from row_count(table, len(frame))
    if table.others != "allow":
        yield _others(table, terms, names)
    if table.order == "same":
        yield _order(table, terms, names)
    if table.key:
        yield _key(table, frame, cells)
    if table.fresh is not None:
        yield _fresh(table, table.fresh, cells)


def row_count(table: Whole, rows: int) -> Iterator[Finding]:
    """Hold the number of rows against the contract."""
    if table.rows is None:
        if rows == 0:
            yield Finding(
                name="rows", required=">= 1", status="skipped", why="the table has no rows"
            )
        return
    least, most = table.rows
    is_kept = (least is None or rows >= least) and (most is None or rows <= most)
    bounds = [
        f">= {least:,}" if least is not None else "",
        f"<= {most:,}" if most is not None else "",
    ]
    yield Finding(
        name="rows",
        required=", ".join(bound for bound in bounds if bound),
        severity=table.severity("rows"),
        status="pass" if is_kept else "fail",
        observed=rows,
        why=f"the table has {rows:,} rows",
    )


def _others(table: Whole, terms: Terms, names: list[str]) -> Finding:
    extra = [name for name in names if name not in terms.columns]
    return Finding(
        name="others",
        required="no other column",
        severity="warning" if table.others == "warn" else "error",
        status="fail" if extra else "pass",
        observed=len(extra),
        why=f"not in the contract: {_listed(extra)}"
        if extra
        else "every column is in the contract",
    )


def _order(table: Whole, terms: Terms, names: list[str]) -> Finding:
    known = [name for name in names if name in terms.columns]
    asked = [name for name in terms.columns if name in known]
    odd = next((pair for pair in zip(known, asked, strict=False) if pair[0] != pair[1]), None)
    return Finding(
        name="order",
        required="columns in the order of the contract",
        severity=table.severity("order"),
        status="fail" if odd else "pass",
        why=f"{odd[0]!r} stands where {odd[1]!r} should" if odd else "they are",
    )


def _key(table: Whole, frame: pd.DataFrame, cells: dict[str, Cells]) -> Finding:
    made = Finding(
        name="key",
        required=f"({', '.join(table.key)}) names one row",
        severity=table.severity("key"),
        column=table.key[0] if len(table.key) == 1 else "",
    )
    gone = [name for name in table.key if name not in cells]
    if gone:
        return attrs.evolve(made, status="fail", why=f"there is no column {gone[0]!r}")
    if not len(frame):
        return attrs.evolve(made, status="skipped", why="the table has no rows")
    part = frame[list(table.key)]
    at_fault = np.array(part.duplicated(), dtype=bool)
    for name in table.key:
        at_fault |= cells[name].missing

    return attrs.evolve(made, at_fault=at_fault, cell=functools.partial(cells_of_row, part))


def cells_of_row(part: pd.DataFrame, row: int) -> Any:
    """Give the cells of a row: of one column the cell itself."""
    values = tuple(plain_value(cell) for cell in part.iloc[row])
    return values[0] if len(values) == 1 else values


def _fresh(table: Whole, fresh: Fresh, cells: dict[str, Cells]) -> Finding:
    made = Finding(
        name="fresh",
        required=f"at most {fresh.days:g} days old",
        severity=table.severity("fresh"),
        column=fresh.column,
    )
    if fresh.column not in cells:
        near = _near(fresh.column, list(cells))
        return attrs.evolve(
            made, status="fail", why=f"there is no column {fresh.column!r} ({near})"
        )
    try:
        times = cells[fresh.column].times
    except (TypeError, ValueError) as error:
        return attrs.evolve(made, status="fail", why=f"it cannot be checked: {error}")
    latest = times.max()
    if pd.isna(latest):
        return attrs.evolve(made, status="fail", why="there is no time in it")
    latest = latest.tz_localize("UTC") if latest.tz is None else latest.tz_convert("UTC")
    until = latest + pd.Timedelta(days=fresh.days)
    is_kept = bool(pd.Timestamp.now(tz="UTC") <= until)
    return attrs.evolve(
        made,
        status="pass" if is_kept else "fail",
        observed=latest.isoformat(),
        why=f"the latest {fresh.column} is {latest:%Y-%m-%d %H:%M} UTC",
        until=until.isoformat() if is_kept else "",
    )


# Rules over several columns


def _rule(rule: Rule, cells: dict[str, Cells], names: list[str], rows: int) -> Finding:
    tree = parse(rule.must)
    asked = sorted(columns_of(tree))
    made = Finding(
        name=f"rule: {rule.name}", required=rule.must, severity=rule.severity, mostly=rule.mostly
    )
    gone = [name for name in asked if name not in cells]
    if gone:
        near = _near(gone[0], names)
        return attrs.evolve(made, status="fail", why=f"there is no column {gone[0]!r} ({near})")
    if not rows:
        return attrs.evolve(made, status="skipped", why="the table has no rows")
    try:
        at_fault = broken_rows(tree, cells, rows)
    except (TypeError, ValueError, AttributeError, ArithmeticError) as error:
        why = f"it cannot be checked: {' '.join(str(error).split())}"
        return attrs.evolve(made, status="fail", why=why)

    def cell(row: int) -> Any:
        parts = [f"{name} = {shown(cells[name].column.iloc[row])}" for name in asked]
        return _Shown(", ".join(parts))

    return attrs.evolve(made, at_fault=at_fault, cell=cell)


class _Shown(str):
    """Text that is shown as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _free(name: str, frame: pd.DataFrame) -> str:
    while name in frame.columns:
        name += "_"
    return name


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(repr, names[:_SHOWN])) + more


def _near(wrong: str, names: list[str]) -> str:
    close = difflib.get_close_matches(wrong, names, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"there are {_listed(names)}" if names else "there are no columns"

"""Find the rows that do not keep to a rule over several columns."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fourstroke_contract.expressions import column_of, constant_of, needed_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fourstroke_contract.cells import Cells, Mask

_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def broken_rows(tree: ast.expr, columns: Mapping[str, Cells], rows: int) -> Mask:
    """Say which rows do not keep to a rule.

    A row that lacks a cell which the rule needs is passed over: of missing cells the columns' own
    terms tell, or ``missing(x)`` in the rule.

    Raises
    ------
    TypeError, ValueError
        If a part does not fit the columns' types.
    """
    with np.errstate(all="ignore"):
        holds = np.broadcast_to(_Evaluation(columns, rows).truth(tree), rows)
    lacks = np.zeros(rows, dtype=bool)
    for name in needed_columns(tree):
        lacks |= columns[name].missing
    return ~holds & ~lacks


class _Evaluation:
    def __init__(self, columns: Mapping[str, Cells], rows: int) -> None:
        self._columns = columns
        self._rows = rows

    def truth(self, node: ast.expr) -> Any:
        if isinstance(node, ast.BoolOp):
            parts = [self.truth(part) for part in node.values]
            join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            return join.reduce([np.broadcast_to(part, self._rows) for part in parts])
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return np.logical_not(self.truth(node.operand))
        value = self._compared(node) if isinstance(node, ast.Compare) else self.value(node)
        found = np.asarray(value)
        if found.dtype == bool:
            return found
        # Truth values with missing cells come as 1, 0 and NaN.
        if column_of(node) and self._columns[column_of(node)].family == "boolean":
            return found == 1
        raise TypeError(f"`{ast.unparse(node)}` is not true or false")

    def value(self, node: ast.expr) -> Any:
        name = column_of(node)
        if name:
            return _values(self._columns[name])
        constant = constant_of(node)
        if constant is not None:
            return constant
        if isinstance(node, ast.BinOp):
            return self._arithmetic(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -self.value(node.operand)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._called(node.func.id, node.args[0])
        return self.truth(node)

    def _arithmetic(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if _kind(left) == "text" or _kind(right) == "text":
            raise TypeError(f"`{ast.unparse(node)}` calculates with text")
        if _kind(left) == _kind(right) == "number":
            # Whole numbers of few bits would wrap around.
            left, right = (np.asarray(part, dtype="float64") for part in (left, right))
        return _ARITHMETIC[type(node.op)](left, right)

    def _compared(self, node: ast.Compare) -> Any:
        found: Any = np.ones(self._rows, dtype=bool)
        left = self.value(node.left)
        for kind, part in zip(node.ops, node.comparators, strict=True):
            if isinstance(kind, ast.In | ast.NotIn):
                items = [constant_of(item) for item in getattr(part, "elts", ())]
                is_in = pd.Series(left).isin(items).to_numpy(dtype=bool)
                found = found & (is_in if isinstance(kind, ast.In) else ~is_in)
                continue
            right = self.value(part)
            found = found & _comparison(_COMPARISONS[type(kind)], left, right, node)
            left = right
        return found

    def _called(self, name: str, argument: ast.expr) -> Any:
        if name == "missing":
            column = column_of(argument)
            return (
                self._columns[column].missing
                if column
                else np.asarray(pd.isna(self.value(argument)))
            )
        value = self.value(argument)
        if name == "abs":
            return abs(value)
        if name in {"length", "lower"}:
            if _kind(value) != "text":
                raise TypeError(f"{name} is of text, not of {_kind(value)}")
            text = pd.Series(value).astype("str").str
            return text.len().to_numpy() if name == "length" else text.lower()
        if name == "year":
            return value.dt.year.to_numpy()
        return value.dt.total_seconds().to_numpy() / 86_400


def _values(cells: Cells) -> Any:
    if cells.family in {"datetime", "date"}:
        return cells.times.reset_index(drop=True)
    if cells.family == "text":
        return cells.column.astype(object).reset_index(drop=True)
    return cells.numbers


def _comparison(compare: Callable[[Any, Any], Any], left: Any, right: Any, node: ast.AST) -> Any:
    left, right = _as_time(left, right), _as_time(right, left)
    kinds = {_kind(left), _kind(right)}
    if len(kinds) > 1:
        told = " with ".join(sorted(kinds))
        raise TypeError(f"`{ast.unparse(node)}` compares {told}")
    if kinds == {"text"}:
        return _of_texts(compare, left, right)
    return np.asarray(compare(left, right), dtype=bool)


def _of_texts(compare: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """Compare where both are there: a missing cell has no place in an order."""
    parts = [part for part in (left, right) if isinstance(part, pd.Series)]
    if not parts:
        return compare(left, right)
    known = ~np.logical_or.reduce([part.isna().to_numpy() for part in parts])
    found = np.zeros(len(parts[0]), dtype=bool)
    left, right = (part[known] if isinstance(part, pd.Series) else part for part in (left, right))
    found[known] = np.asarray(compare(left, right), dtype=bool)
    return found


def _as_time(value: Any, other: Any) -> Any:
    """Read text as a time if it stands beside times."""
    if not isinstance(value, str) or _kind(other) != "time":
        return value
    time, zone = pd.Timestamp(value), other.dt.tz
    return time.tz_localize(zone) if zone is not None and time.tz is None else time


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, pd.Timestamp):
        return "time"
    if isinstance(value, pd.Series):
        if pd.api.types.is_datetime64_any_dtype(value.dtype):
            return "time"
        return "duration" if pd.api.types.is_timedelta64_dtype(value.dtype) else "text"
    return "number"

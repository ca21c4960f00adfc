"""Evaluate a parsed expression on a table, one value a row."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fourstroke import DataError
from fourstroke_pandas.expressions import column_of, constant_of
from fourstroke_pandas.families import family_of, plain
from fourstroke_pandas.functions import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_WORDS = {
    "number": "numbers",
    "text": "text",
    "boolean": "true or false",
    "datetime": "times",
    "duration": "durations",
}


def evaluate(tree: ast.expr, data: pd.DataFrame) -> pd.Series[Any]:
    """Evaluate an expression whose columns are all there.

    Raises
    ------
    DataError
        If a part does not fit the columns' types: text that is added to numbers, and the like.
    """
    # The logarithm of a negative number is a missing cell, and no noise.
    with np.errstate(all="ignore"):
        found = _Evaluation(data).value(tree)
    return found if isinstance(found, pd.Series) else pd.Series(found, index=data.index)


def truth(tree: ast.expr, data: pd.DataFrame) -> Any:
    """Evaluate an expression that says yes or no of each row.

    Returns
    -------
    numpy.ndarray of bool

    Raises
    ------
    DataError
        Also if it gives something else than true and false.
    """
    found = evaluate(tree, data)
    return _as_truth(found, tree).to_numpy(dtype=bool)


class _Evaluation:
    def __init__(self, data: pd.DataFrame) -> None:
        self._data = data

    def value(self, node: ast.expr) -> Any:
        name = column_of(node)
        if name:
            return plain(self._data[name])
        constant = constant_of(node)
        if constant is not None:
            return constant
        try:
            return self._computed(node)
        except (TypeError, ValueError, ArithmeticError, NotImplementedError) as error:
            text = " ".join(str(error.args[-1] if error.args else error).split())
            raise DataError(text, where=f"`{ast.unparse(node)}`") from error

    def _computed(self, node: ast.expr) -> Any:
        if isinstance(node, ast.BinOp):
            return self._arithmetic(node)
        if isinstance(node, ast.UnaryOp):
            return self._unary(node)
        if isinstance(node, ast.Compare):
            return self._compared(node)
        if isinstance(node, ast.BoolOp):
            return self._joined(node)
        if isinstance(node, ast.IfExp):
            return self._choice(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return FUNCTIONS[node.func.id](*map(self.value, node.args))
        raise TypeError(f"{type(node).__name__} is no part of an expression")

    def _arithmetic(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        kinds = {_kind(left), _kind(right)}
        if kinds <= {"number", "boolean", "empty"}:
            # The sum of two truth values would be their `or`.
            left, right = _as_number(left), _as_number(right)
            if isinstance(node.op, ast.Pow):
                left = left.astype(float) if isinstance(left, pd.Series) else float(left)
            return _ARITHMETIC[type(node.op)](left, right)
        if kinds <= {"text"} and isinstance(node.op, ast.Add):
            return left + right
        if kinds <= {"datetime"} and isinstance(node.op, ast.Sub):
            return left - right
        raise TypeError(f"this cannot be done with {_listed(kinds)}")

    def _unary(self, node: ast.UnaryOp) -> Any:
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return ~_as_truth(value, node.operand)
        if _kind(value) not in {"number", "boolean", "empty"}:
            raise TypeError(f"a sign cannot stand before {_listed({_kind(value)})}")
        return -_as_number(value) if isinstance(node.op, ast.USub) else value

    def _compared(self, node: ast.Compare) -> Any:
        found: Any = True
        left = self.value(node.left)
        for kind, right_node in zip(node.ops, node.comparators, strict=True):
            if isinstance(kind, ast.In | ast.NotIn):
                found = found & self._member(left, right_node, is_in=isinstance(kind, ast.In))
                continue
            right = self.value(right_node)
            found = found & _comparison(_COMPARISONS[type(kind)], left, right)
            left = right
        return found

    def _member(self, left: Any, node: ast.expr, *, is_in: bool) -> Any:
        items = [self.value(item) for item in getattr(node, "elts", ())]
        column = left if isinstance(left, pd.Series) else pd.Series(left, index=self._data.index)
        found = pd.Series(False, index=column.index)
        for item in items:
            found |= _comparison(operator.eq, column, item)
        return found if is_in else ~found & column.notna()

    def _joined(self, node: ast.BoolOp) -> Any:
        parts = [_as_truth(self.value(part), part) for part in node.values]
        join = operator.and_ if isinstance(node.op, ast.And) else operator.or_
        found = parts[0]
        for part in parts[1:]:
            found = join(found, part)
        return found

    def _choice(self, node: ast.IfExp) -> Any:
        test = _as_truth(self.value(node.test), node.test)
        yes, no = self.value(node.body), self.value(node.orelse)
        kinds = {_kind(yes), _kind(no)} - {"empty"}
        if len(kinds) > 1:
            raise TypeError(f"both sides of `if` must be of one type, not {_listed(kinds)}")
        if not isinstance(test, pd.Series):
            return yes if test else no
        yes = yes if isinstance(yes, pd.Series) else pd.Series(yes, index=self._data.index)
        return yes.where(test, no)


def _comparison(compare: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    """Compare; where a cell is missing nothing holds, whatever the columns' types say."""
    left, right = _as_times(left, right), _as_times(right, left)
    kinds = {_kind(left), _kind(right)} - {"empty"}
    if len(kinds) > 1 and kinds != {"number", "boolean"}:
        raise TypeError(f"{_listed(kinds)} cannot be compared")
    found = compare(left, right)
    if not isinstance(found, pd.Series):
        return bool(found)
    known = ~(pd.isna(left) | pd.isna(right))
    return found.fillna(value=False).astype(bool) & known


def _as_times(value: Any, other: Any) -> Any:
    """Read text as a time if it stands beside times."""
    if not isinstance(value, str) or _kind(other) != "datetime":
        return value
    time = pd.Timestamp(value)
    zone = getattr(getattr(other, "dt", other), "tz", None)
    return time.tz_localize(zone) if zone is not None and time.tz is None else time


def _as_number(value: Any) -> Any:
    if isinstance(value, pd.Series):
        if _kind(value) == "boolean":
            return value.astype("Int64" if value.isna().any() else "int64")
        return value
    return float(value) if isinstance(value, int) and abs(value) > 2**53 else value + 0


def _as_truth(value: Any, node: ast.expr) -> Any:
    if isinstance(value, bool):
        return np.bool_(value)
    if isinstance(value, np.bool_):
        return value
    if isinstance(value, pd.Series) and _kind(value) in {"boolean", "empty"}:
        return value.fillna(value=False).astype(bool)
    raise DataError(
        f"this gives {_listed({_kind(value)})}, not true or false",
        where=f"`{ast.unparse(node)}`",
        hint="compare it with something",
    )


def _kind(value: Any) -> str:
    if isinstance(value, pd.Series):
        family = family_of(value)
        return "number" if family == "integer" else family
    if isinstance(value, bool | np.bool_):
        return "boolean"
    if isinstance(value, str):
        return "text"
    return "datetime" if isinstance(value, pd.Timestamp) else "number"


def _listed(kinds: set[str]) -> str:
    return " and ".join(sorted(_WORDS.get(kind, "cells of an odd type") for kind in kinds))

"""Expressions over columns: parsed into a small safe language and evaluated here, never run as Python.

What is allowed: names of columns (or ``col("odd name")``), numbers, text, true and false,
arithmetic, comparisons, ``and``, ``or``, ``not``, ``in`` with a list, ``if`` .. ``else``, and a few
functions.
"""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

from fourstroke import ConfigError
from fourstroke_pandas.naming import require

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

_LONGEST = 2_000

_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "abs": lambda column: column.abs(),
    "round": lambda column, digits=0: column.round(digits),
    "log": lambda column: _numpy("log", column),
    "log1p": lambda column: _numpy("log1p", column),
    "sqrt": lambda column: _numpy("sqrt", column),
    "missing": lambda column: column.isna(),
    "lower": lambda column: column.str.lower(),
    "upper": lambda column: column.str.upper(),
    "strip": lambda column: column.str.strip(),
    "length": lambda column: column.str.len(),
    "year": lambda column: column.dt.year,
    "month": lambda column: column.dt.month,
    "day": lambda column: column.dt.day,
    "weekday": lambda column: column.dt.weekday,
    "hour": lambda column: column.dt.hour,
    "clip": lambda column, low, high: column.clip(low, high),
}


def evaluate(expression: str, data: pd.DataFrame) -> Any:
    """Evaluate an expression on a table.

    Returns
    -------
    Series
        One value a row.

    Raises
    ------
    ConfigError
        If the expression is not of the language, or does not fit the columns' types.
    DataError
        If it names a column that is not there.
    """
    if len(expression) > _LONGEST:
        raise ConfigError("the expression is too long", where=expression[:40])
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        what = getattr(error, "msg", str(error))
        raise ConfigError(f"it is no expression: {what}", where=expression) from error
    try:
        found = _Evaluation(expression, data).value(tree)
    except (TypeError, ValueError, AttributeError, ZeroDivisionError) as error:
        line = " ".join(str(error).split())
        raise ConfigError(f"it does not fit the columns: {line}", where=expression) from error
    return found if hasattr(found, "index") else _constant(found, data)


class _Evaluation:
    def __init__(self, expression: str, data: pd.DataFrame) -> None:
        self._expression = expression
        self._data = data

    def value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | bool):
            return node.value
        if isinstance(node, ast.Name):
            return self._column(node.id)
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            return _BINARY[type(node.op)](self.value(node.left), self.value(node.right))
        if isinstance(node, ast.UnaryOp):
            return self._unary(node)
        if isinstance(node, ast.Compare):
            return self._compare(node)
        if isinstance(node, ast.BoolOp):
            return self._boolean(node)
        if isinstance(node, ast.IfExp):
            return self._choice(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        raise self._refusal(node)

    def _column(self, name: str) -> Any:
        if name in {"true", "false"}:
            return name == "true"
        require(self._data, [name])
        return self._data[name]

    def _unary(self, node: ast.UnaryOp) -> Any:
        value = self.value(node.operand)
        if isinstance(node.op, ast.Not):
            return ~value if hasattr(value, "index") else not value
        if isinstance(node.op, ast.USub):
            return -value
        raise self._refusal(node)

    def _compare(self, node: ast.Compare) -> Any:
        result = None
        left = self.value(node.left)
        for kind, right_node in zip(node.ops, node.comparators, strict=True):
            if isinstance(kind, ast.In | ast.NotIn):
                part = self._member(left, right_node, is_in=isinstance(kind, ast.In))
                right = left
            elif type(kind) in _COMPARE:
                right = self.value(right_node)
                part = _COMPARE[type(kind)](left, right)
            else:
                raise self._refusal(node)
            result = part if result is None else result & part
            left = right
        return result

    def _member(self, left: Any, node: ast.expr, *, is_in: bool) -> Any:
        if not isinstance(node, ast.List | ast.Tuple | ast.Set):
            raise self._refusal(node)
        found = left.isin([self.value(item) for item in node.elts])
        return found if is_in else ~found

    def _boolean(self, node: ast.BoolOp) -> Any:
        first, *others = (self.value(part) for part in node.values)
        for other in others:
            first = first & other if isinstance(node.op, ast.And) else first | other
        return first

    def _choice(self, node: ast.IfExp) -> Any:
        test = self.value(node.test)
        yes, no = self.value(node.body), self.value(node.orelse)
        yes = yes if hasattr(yes, "index") else _constant(yes, self._data)
        return yes.where(test, no)

    def _call(self, node: ast.Call) -> Any:
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise self._refusal(node)
        if node.func.id == "col" and len(node.args) == 1 and isinstance(node.args[0], ast.Constant):
            return self._column(str(node.args[0].value))
        if node.func.id not in _FUNCTIONS:
            known = ", ".join(("col", *_FUNCTIONS))
            raise ConfigError(
                f"there is no function {node.func.id!r}",
                where=self._expression,
                hint=f"there are: {known}",
            )
        return _FUNCTIONS[node.func.id](*(self.value(argument) for argument in node.args))

    def _refusal(self, node: ast.AST) -> ConfigError:
        part = ast.get_source_segment(self._expression.strip(), node) or type(node).__name__
        return ConfigError(f"{part!r} is not allowed in an expression", where=self._expression)


def _numpy(name: str, column: Any) -> Any:
    import numpy as np  # noqa: PLC0415 - listing plugins must not import it

    return getattr(np, name)(column)


def _constant(value: Any, data: pd.DataFrame) -> Any:
    import pandas as pd  # noqa: PLC0415 - listing plugins must not import it

    return pd.Series(value, index=data.index)

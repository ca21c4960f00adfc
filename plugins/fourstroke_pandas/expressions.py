"""Expressions over columns: a small language, parsed here and never run as Python.

What there is: names of columns, or ``col("odd name")``; numbers, text, ``true`` and ``false``;
arithmetic; comparisons; ``and``, ``or``, ``not``; ``in`` and ``not in`` with a list; ``a if b else c``; and
the functions of ``FUNCTIONS``. A comparison with a missing cell does not hold.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# How many arguments each function takes, at least and at most.
FUNCTIONS: Mapping[str, tuple[int, int]] = {
    "abs": (1, 1),
    "round": (1, 2),
    "floor": (1, 1),
    "ceil": (1, 1),
    "sqrt": (1, 1),
    "log": (1, 1),
    "log1p": (1, 1),
    "exp": (1, 1),
    "clip": (3, 3),
    "min": (2, 20),
    "max": (2, 20),
    "missing": (1, 1),
    "fill": (2, 2),
    "lower": (1, 1),
    "upper": (1, 1),
    "strip": (1, 1),
    "length": (1, 1),
    "contains": (2, 2),
    "starts": (2, 2),
    "ends": (2, 2),
    "replace": (3, 3),
    "year": (1, 1),
    "month": (1, 1),
    "day": (1, 1),
    "weekday": (1, 1),
    "hour": (1, 1),
    "days": (1, 1),
    "seconds": (1, 1),
}

_LONGEST = 2_000
_CONSTANTS = {"true": True, "false": False}
_PARTS = (
    *(ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.Call, ast.Name, ast.Load),
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.USub, ast.UAdd),
    *(ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn),
    *(ast.And, ast.Or, ast.Not),
)


def parse(text: str) -> ast.expr:
    """Parse an expression.

    Returns
    -------
    ast.expr
        A tree in which nothing stands that the language does not have.

    Raises
    ------
    ValueError
        If it is no expression; names the part at fault.

    Examples
    --------
    >>> sorted(columns_of(parse("age >= 18 and col('hours per week') in [40, 50]")))
    ['age', 'hours per week']
    >>> parse("open('x')")
    Traceback (most recent call last):
    ...
    ValueError: there is no function 'open': there are abs, round, floor, ...
    """
    if len(text) > _LONGEST:
        raise ValueError(f"an expression has {_LONGEST} characters at most, not {len(text)}")
    source = " ".join(text.split())
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        what = getattr(error, "msg", "") or "it is too deep"
        raise ValueError(f"{source!r} is no expression: {what}") from error
    _check(tree, source)
    return tree


def columns_of(tree: ast.expr) -> set[str]:
    """Give the names of the columns that an expression speaks of."""
    return set(_columns(tree))


def constant_of(node: ast.expr) -> object:
    """Give the value of a constant; ``None`` if it is something else."""
    if isinstance(node, ast.Constant):
        return node.value
    return _CONSTANTS.get(node.id) if isinstance(node, ast.Name) else None


def column_of(node: ast.expr) -> str:
    """Give the name of the column that a part stands for; empty if it is something else."""
    if isinstance(node, ast.Name) and node.id not in _CONSTANTS:
        return node.id
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "col":
        return str(constant_of(node.args[0]))
    return ""


def _columns(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call):
        name = column_of(node)
        if name:
            yield name
            return
        for argument in node.args:
            yield from _columns(argument)
        return
    if isinstance(node, ast.expr) and column_of(node):
        yield column_of(node)
    for part in ast.iter_child_nodes(node):
        yield from _columns(part)


def _check(node: ast.AST, source: str) -> None:
    if isinstance(node, ast.Call):
        _check_call(node, source)
        parts: list[ast.AST] = [*node.args]
    elif isinstance(node, ast.Compare):
        _check_comparison(node, source)
        parts = [node.left, *node.ops]
        for kind, right in zip(node.ops, node.comparators, strict=True):
            parts += right.elts if isinstance(kind, ast.In | ast.NotIn) else [right]  # type: ignore[attr-defined]  # checked above
    else:
        parts = [*ast.iter_child_nodes(node)]
    if not _is_known(node):
        raise ValueError(f"{_part(node, source)!r} is not allowed in an expression")
    for part in parts:
        _check(part, source)


def _is_known(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | int | float)
    return isinstance(node, _PARTS)


def _check_call(node: ast.Call, source: str) -> None:
    if not isinstance(node.func, ast.Name) or node.keywords:
        raise ValueError(f"{_part(node, source)!r} is not allowed in an expression")
    name, given = node.func.id, len(node.args)
    if name == "col":
        if given != 1 or not isinstance(constant_of(node.args[0]), str):
            raise ValueError(f'{_part(node, source)!r}: write the name as text: col("odd name")')
        return
    if name not in FUNCTIONS:
        raise ValueError(f"there is no function {name!r}: there are {', '.join(FUNCTIONS)}")
    least, most = FUNCTIONS[name]
    if not least <= given <= most:
        wanted = str(least) if least == most else f"{least} to {most}"
        raise ValueError(f"{_part(node, source)!r}: {name} takes {wanted} arguments, not {given}")


def _check_comparison(node: ast.Compare, source: str) -> None:
    for kind, right in zip(node.ops, node.comparators, strict=True):
        if not isinstance(kind, ast.In | ast.NotIn):
            continue
        items = right.elts if isinstance(right, ast.List | ast.Tuple | ast.Set) else []
        if not items or any(_literal(item) is None for item in items):
            raise ValueError(f"{_part(node, source)!r}: after `in` stands a list of values")


def _literal(node: ast.expr) -> object:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return constant_of(node.operand)
    return constant_of(node)


def _part(node: ast.AST, source: str) -> str:
    return ast.get_source_segment(source, node) or type(node).__name__

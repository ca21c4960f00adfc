"""Rules over the columns of a row: a small language, parsed here and never run as Python.

What there is: names of columns, or ``col("odd name")``; numbers, text, ``true`` and ``false``; ``+ - * /``;
comparisons; ``and``, ``or``, ``not``; ``in`` and ``not in`` with a list; and the functions ``missing(x)``,
``abs(x)``, ``length(text)``, ``lower(text)``, ``year(time)`` and ``days(time - time)``.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

FUNCTIONS = ("missing", "abs", "length", "lower", "year", "days")
CONSTANTS = {"true": True, "false": False}

_LONGEST = 2_000
_PARTS = (
    *(ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.Call, ast.Name, ast.Load, ast.Constant),
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.USub, ast.And, ast.Or, ast.Not),
    *(ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn),
)
_TRUTHS = (ast.Compare, ast.BoolOp)


def parse(text: str) -> ast.expr:
    """Parse a rule.

    Returns
    -------
    ast.expr
        A tree in which nothing stands that the language does not have.

    Raises
    ------
    ValueError
        If it is no rule; names the part at fault.

    Examples
    --------
    >>> sorted(columns_of(parse("start <= end or missing(end)")))
    ['end', 'start']
    >>> parse("open('x') == 1")
    Traceback (most recent call last):
    ...
    ValueError: there is no function 'open': there are missing, abs, length, lower, year, days
    """
    if len(text) > _LONGEST:
        raise ValueError(f"a rule has {_LONGEST} characters at most, not {len(text)}")
    source = " ".join(text.split())
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        what = getattr(error, "msg", "") or "it is too deep"
        raise ValueError(f"{source!r} is no rule: {what}") from error
    _check(tree, source)
    if not _is_truth(tree):
        raise ValueError(
            f"{source!r} says nothing that is true or false: compare it with something"
        )
    return tree


def columns_of(tree: ast.expr) -> set[str]:
    """Give the names of the columns that a rule speaks of."""
    return {name for name, _ in _columns(tree, is_asked=False)}


def needed_columns(tree: ast.expr) -> set[str]:
    """Give the columns whose cells must be there: those that are not only asked whether they are."""
    return {name for name, is_asked in _columns(tree, is_asked=False) if not is_asked}


def constant_of(node: ast.expr) -> Any:
    """Give the value of a constant; ``None`` if it is something else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = constant_of(node.operand)
        return None if value is None or isinstance(value, str) else -value
    if isinstance(node, ast.Constant):
        return node.value
    return CONSTANTS.get(node.id) if isinstance(node, ast.Name) else None


def column_of(node: ast.AST) -> str:
    """Give the name of the column that a part stands for; empty if it is something else."""
    if isinstance(node, ast.Name) and node.id not in CONSTANTS:
        return node.id
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "col":
        return str(constant_of(node.args[0]))
    return ""


def _columns(node: ast.AST, *, is_asked: bool) -> Iterator[tuple[str, bool]]:
    name = column_of(node)
    if name:
        yield name, is_asked
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        for argument in node.args:
            yield from _columns(argument, is_asked=is_asked or node.func.id == "missing")
    else:
        for part in ast.iter_child_nodes(node):
            yield from _columns(part, is_asked=is_asked)


def _check(node: ast.AST, source: str) -> None:
    is_odd = isinstance(node, ast.Constant) and not isinstance(node.value, str | int | float)
    if is_odd or not isinstance(node, _PARTS):
        raise ValueError(f"{_part(node, source)!r} is not allowed in a rule")
    if isinstance(node, ast.Call):
        _check_call(node, source)
        parts: list[ast.AST] = [] if column_of(node) else [*node.args]
    elif isinstance(node, ast.Compare):
        parts = [node.left, *node.ops]
        for kind, right in zip(node.ops, node.comparators, strict=True):
            if isinstance(kind, ast.In | ast.NotIn):
                _check_list(right, source)
            else:
                parts.append(right)
    else:
        parts = [*ast.iter_child_nodes(node)]
    for part in parts:
        _check(part, source)


def _check_call(node: ast.Call, source: str) -> None:
    if not isinstance(node.func, ast.Name) or node.keywords:
        raise ValueError(f"{_part(node, source)!r} is not allowed in a rule")
    name = node.func.id
    if name == "col":
        if len(node.args) != 1 or not isinstance(constant_of(node.args[0]), str):
            raise ValueError(f'{_part(node, source)!r}: write the name as text: col("odd name")')
    elif name not in FUNCTIONS:
        raise ValueError(f"there is no function {name!r}: there are {', '.join(FUNCTIONS)}")
    elif len(node.args) != 1:
        raise ValueError(f"{_part(node, source)!r}: {name} takes 1 argument, not {len(node.args)}")


def _check_list(node: ast.expr, source: str) -> None:
    items = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else []
    if not items or any(constant_of(item) is None for item in items):
        raise ValueError(f"{_part(node, source)!r}: after `in` stands a list of values")


def _is_truth(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in {"missing", "col"}
    return isinstance(node, _TRUTHS) or bool(column_of(node))


def _part(node: ast.AST, source: str) -> str:
    return ast.get_source_segment(source, node) or type(node).__name__

"""Expressions over columns: a small language, parsed here and never run as Python.

What there is: names of columns, or ``col("odd name")``; numbers, text, ``true`` and ``false``;
arithmetic; comparisons; ``and``, ``or``, ``not``; ``in`` and ``not in`` with a list; ``a if b else c``; and
the functions of ``FUNCTIONS``. A comparison with a missing cell does not hold.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@attrs.frozen
class Function:
    """One function: how it is written, how many arguments it takes, and what it gives."""

    call: str
    least: int
    most: int
    about: str


FUNCTIONS: Mapping[str, Function] = {
    "abs": Function("abs(x)", 1, 1, "The number without its sign."),
    "round": Function("round(x, digits)", 1, 2, "Rounded; to a whole number without `digits`."),
    "floor": Function("floor(x)", 1, 1, "The next whole number below."),
    "ceil": Function("ceil(x)", 1, 1, "The next whole number above."),
    "sqrt": Function("sqrt(x)", 1, 1, "The square root; missing below 0."),
    "log": Function("log(x)", 1, 1, "The natural logarithm; missing below 0."),
    "log1p": Function("log1p(x)", 1, 1, "The natural logarithm of `1 + x`."),
    "exp": Function("exp(x)", 1, 1, "e to the power of `x`."),
    "clip": Function("clip(x, low, high)", 3, 3, "`x`, or the bound that it is beyond."),
    "min": Function("min(x, y, ...)", 2, 20, "The least of each row; missing cells do not count."),
    "max": Function(
        "max(x, y, ...)", 2, 20, "The largest of each row; missing cells do not count."
    ),
    "missing": Function("missing(x)", 1, 1, "Whether the cell is missing."),
    "fill": Function("fill(x, y)", 2, 2, "`y` where `x` is missing."),
    "lower": Function("lower(text)", 1, 1, "In small letters."),
    "upper": Function("upper(text)", 1, 1, "In capital letters."),
    "strip": Function("strip(text)", 1, 1, "Without blanks at both ends."),
    "length": Function("length(text)", 1, 1, "How many characters it has."),
    "contains": Function(
        'contains(text, "part")', 2, 2, "Whether the part occurs, letter by letter."
    ),
    "starts": Function('starts(text, "part")', 2, 2, "Whether it begins with the part."),
    "ends": Function('ends(text, "part")', 2, 2, "Whether it ends with the part."),
    "replace": Function('replace(text, "old", "new")', 3, 3, "With every `old` made a `new`."),
    "year": Function("year(time)", 1, 1, "The year."),
    "month": Function("month(time)", 1, 1, "The month, from 1."),
    "day": Function("day(time)", 1, 1, "The day of the month, from 1."),
    "weekday": Function("weekday(time)", 1, 1, "The day of the week; Monday is 0."),
    "hour": Function("hour(time)", 1, 1, "The hour, from 0 to 23."),
    "days": Function("days(time - time)", 1, 1, "The difference in days, with a fraction."),
    "seconds": Function("seconds(time - time)", 1, 1, "The difference in seconds."),
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
    least, most = FUNCTIONS[name].least, FUNCTIONS[name].most
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

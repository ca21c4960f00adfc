"""Write a contract as a file that people edit: TOML with a word on what the keys mean."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Any

from fourstroke_contract.reading import FORMAT
from fourstroke_contract.terms import CELL_RULES, COLUMN_RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fourstroke_contract.terms import Column, Rule, Terms, Whole

_HEAD = """\
# A contract: what the table must keep to. Edit it, and keep it in git.
#
# Of a column:  type      the family of its cells: integer, number, text, boolean, datetime, date, ...
#               missing   the largest share of missing cells
#               required  whether the column must be there (true)
#               min, max  what no cell may be beyond; times as text
#               usual     within which cells usually are: beyond it is a warning
#               allowed   the values that there may be
#               pattern   a regular expression that the whole cell matches
#               length    the least and the largest number of characters
#               unique    whether no value may be there twice
#               warn      rules that are only told; all others stop the run
#               mostly    the share of rows that has to keep to a rule
# Of the table: rows, key, others (allow, warn, fail), order (any, same), fresh, warn
# Rules over several columns stand at the end.
"""
_TAIL = """
# A rule over the columns of a row: + - * /, comparisons, and, or, not, in [...], missing(x), abs(x),
# length(text), lower(text), year(time), days(time - time). A row that lacks a cell is passed over.
# [[rules]]
# name = "sums are right"
# must = "net + tax == gross"
# mostly = 0.999              # the share of rows that has to keep to it
# severity = "warning"
"""


def written(terms: Terms, *, latest: Mapping[str, str]) -> str:
    """Write a contract.

    Parameters
    ----------
    terms : Terms
        The contract.
    latest : mapping of str to str
        The latest time of each column of times, for a suggestion.
    """
    lines = [_HEAD, f"format = {_value(FORMAT)}", "", "[table]", *_table(terms.table)]
    for name, time in list(latest.items())[:1]:
        suggested = f"# fresh = {{ column = {_value(name)}, days = 7 }}"
        lines.append(f"{suggested}   # the latest is {time}")
    for name, column in terms.columns.items():
        lines += ["", f"[columns.{_key(name)}]", *_column(column)]
    for rule in terms.rules:
        lines += ["", "[[rules]]", *_rule(rule)]
    return "\n".join(lines) + "\n" + _TAIL


def _table(table: Whole) -> Iterator[str]:
    if table.rows is not None:
        bounds = zip(("min", "max"), table.rows, strict=True)
        parts = [f"{name} = {bound}" for name, bound in bounds if bound is not None]
        yield f"rows = {{ {', '.join(parts)} }}"
    if table.key:
        yield f"key = {_value(list(table.key))}"
    yield f"others = {_value(table.others)}"
    yield f"order = {_value(table.order)}"
    if table.fresh is not None:
        yield f"fresh = {{ column = {_value(table.fresh.column)}, days = {table.fresh.days:g} }}"
    if table.warn:
        yield f"warn = {_value(sorted(table.warn))}"


def _column(column: Column) -> Iterator[str]:
    if column.type is not None:
        yield f"type = {_value(column.type)}"
    if not column.required:
        yield "required = false"
    for rule in CELL_RULES:
        if column.asks(rule):
            yield f"{rule} = {_value(getattr(column, rule))}"
    warn = [rule for rule in COLUMN_RULES if rule in column.warn]
    if warn:
        yield f"warn = {_value(warn)}"
    if column.mostly:
        parts = ", ".join(f"{rule} = {share:g}" for rule, share in column.mostly.items())
        yield f"mostly = {{ {parts} }}"


def _rule(rule: Rule) -> Iterator[str]:
    yield f"name = {_value(rule.name)}"
    yield f"must = {_value(rule.must)}"
    if rule.mostly != 1:
        yield f"mostly = {rule.mostly:g}"
    if rule.severity != "error":
        yield f"severity = {_value(rule.severity)}"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)

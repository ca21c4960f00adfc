"""Turn a search into SQL: every word of the user travels as a bound parameter.

A comparison with something that a run does not have is false, with ``!=`` too. ``data`` is the
exception, because a run may have several: ``data != x`` holds if none of them is x.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    cast,
    false,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from fourstroke.records import tables
from fourstroke.records.lost import message_of, state_of
from fourstroke.records.search.fields import FLAGS, MOMENTS, NUMBERS, dataset_of, day_or_moment
from fourstroke.records.search.tree import AllOf, AnyOf, Comparison, Not, Order, Term, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlalchemy import Select, Table
    from sqlalchemy.sql.compiler import SQLCompiler

    from fourstroke.records.search.tree import Field, Value

Truth = ColumnElement[bool]

_runs = tables.runs.c
_FACTS: Final[dict[str, ColumnElement[Any]]] = {
    "run": _runs.run,
    "kind": _runs.kind,
    "project": _runs.project,
    "environment": _runs.environment,
    "user": _runs.user_name,
    "host": _runs.host,
    "command": _runs.command,
    "commit": _runs.commit_hash,
    "seed": _runs.seed,
    "dirty": _runs.is_dirty,
    "started": _runs.started,
    "finished": _runs.finished,
}
_COMPARED: Final[dict[str, Callable[[Any, Any], Truth]]] = {
    "=": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
}


class ascii_lower(FunctionElement[str]):  # noqa: N801 - an SQL function, written like one
    """Text with its ASCII letters small: the same in both databases, whatever their locale."""

    type = Text()
    inherit_cache = True


@compiles(ascii_lower, "sqlite")
def _lower_in_sqlite(element: ascii_lower, compiler: SQLCompiler, **options: Any) -> str:
    return f"lower({compiler.process(element.clauses, **options)})"


@compiles(ascii_lower, "postgresql")
def _lower_in_postgresql(element: ascii_lower, compiler: SQLCompiler, **options: Any) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    text = compiler.process(element.clauses, **options)
    return f"translate({text}, '{letters}', '{letters.lower()}')"


def condition(term: Term, dead: Collection[int]) -> Truth:
    """Make the condition on ``runs`` of a search.

    Parameters
    ----------
    term : Term
        What was read.
    dead : collection of int
        Numbers of runs that are ``lost`` without anybody having written it down.
    """
    if isinstance(term, AllOf):
        return and_(true(), *(condition(part, dead) for part in term.parts))
    if isinstance(term, AnyOf):
        return or_(false(), *(condition(part, dead) for part in term.parts))
    if isinstance(term, Not):
        return not_(condition(term.part, dead))
    if isinstance(term, Word):
        return _has_word(term.text, dead)
    return _compared(term, dead)


def ordering(query: Select[Any], keys: Collection[Order]) -> Select[Any]:
    """Sort a query on ``runs``; runs without a value come last, and among equals the newest first."""
    for key in keys:
        value: ColumnElement[Any]
        if key.field.family == "run":
            value = _FACTS[key.field.name]
        else:
            table = tables.run_metrics if key.field.family == "metrics" else tables.parameters
            source = table.alias()
            is_it = and_(source.c.run_number == _runs.number, source.c.name == key.field.name)
            query = query.outerjoin(source, is_it)
            value = source.c.value if key.field.family == "metrics" else source.c.number
        query = query.order_by(value.is_(None), value.desc() if key.is_descending else value.asc())
    return query.order_by(_runs.number.desc())


def _has_word(word: str, dead: Collection[int]) -> Truth:
    pattern = f"%{_escaped(word)}%"
    columns = (_runs.run, _runs.command, _runs.user_name, _runs.commit_hash, message_of(dead))
    return or_(*(_is_like(column, pattern) for column in columns))


def _compared(term: Comparison, dead: Collection[int]) -> Truth:
    field, operator = term.field, term.operator
    if field.family == "metrics":
        return _in(tables.run_metrics, field, _number(tables.run_metrics.c.value, term))
    if field.family == "params":
        return _in(tables.parameters, field, _parameter(term))
    if field.family == "tags":
        return _in(tables.tags, field, _text(tables.tags.c.value, term))
    if field.family == "data":
        return not_(_data(term)) if operator == "!=" else _data(term)
    if field.name in MOMENTS:
        return _moment(_FACTS[field.name], term)
    if field.name in NUMBERS:
        return _number(_FACTS[field.name], term)
    if field.name in FLAGS:
        is_true = (term.values[0].text.lower() == "true") is (operator == "=")
        return _FACTS[field.name].is_(is_true)
    special = {"state": state_of, "message": message_of}.get(field.name)
    return _text(special(dead) if special else _FACTS[field.name], term)


def _in(table: Table, field: Field, truth: Truth) -> Truth:
    return _runs.number.in_(select(table.c.run_number).where(table.c.name == field.name, truth))


def _number(column: ColumnElement[Any], term: Comparison) -> Truth:
    numbers = [value.number for value in term.values]
    if term.operator == "in":
        return and_(column.is_not(None), column.in_(numbers))
    return and_(column.is_not(None), _COMPARED[term.operator](column, numbers[0]))


def _parameter(term: Comparison) -> Truth:
    text, number = tables.parameters.c.value, tables.parameters.c.number
    if term.operator in {"=", "!=", "in"}:
        is_one = or_(*(_is_parameter(value) for value in term.values))
        return not_(is_one) if term.operator == "!=" else is_one
    if term.operator == "like":
        return _text(text, term)
    return _number(number, term)


def _is_parameter(value: Value) -> Truth:
    """Compare as numbers what both are numbers, and the text otherwise: ``1`` is ``1.0``."""
    text, number = tables.parameters.c.value, tables.parameters.c.number
    if value.number is None:
        return text == value.text
    return or_(text == value.text, and_(number.is_not(None), number == value.number))


def _text(column: ColumnElement[Any], term: Comparison) -> Truth:
    texts = [value.text for value in term.values]
    if term.operator == "in":
        return column.in_(texts)
    if term.operator == "like":
        return _is_like(column, texts[0])
    return _COMPARED[term.operator](column, texts[0])


def _data(term: Comparison) -> Truth:
    table = tables.run_datasets.c
    if term.operator == "like":
        shown = table.name + literal("@v") + cast(table.version, Text)
        truth = _is_like(shown, term.values[0].text)
    else:
        truth = or_(*(_is_dataset(value) for value in term.values))
    return _runs.number.in_(select(table.run_number).where(truth))


def _is_dataset(value: Value) -> Truth:
    table, found = tables.run_datasets.c, dataset_of(value.text)
    assert found is not None  # noqa: S101 - it was checked when it was read
    name, version = found
    return (
        table.name == name
        if version is None
        else and_(table.name == name, table.version == version)
    )


def _moment(column: ColumnElement[Any], term: Comparison) -> Truth:
    moment, is_day = day_or_moment(term.values[0].text)
    if is_day and term.operator in {"=", "!="}:
        is_then = and_(column >= moment, column < _day_after(moment))
        truth = not_(is_then) if term.operator == "!=" else is_then
    else:
        truth = _COMPARED[term.operator](column, moment)
    return and_(column.is_not(None), truth)


def _day_after(moment: datetime) -> datetime:
    try:
        return moment + timedelta(days=1)
    except OverflowError:
        return datetime.max.replace(tzinfo=moment.tzinfo)


def _is_like(column: ColumnElement[Any], pattern: str) -> Truth:
    return ascii_lower(column).like(_small(pattern), escape="\\")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _small(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)

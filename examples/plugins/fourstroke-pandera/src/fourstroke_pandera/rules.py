"""The rules of a schema, one by one: each a schema of its own that says nothing else.

Pandera tells only what is broken, and some of it without the rows. Asked rule by rule it tells what
was kept to as well, and a rule that cannot be checked hides no other.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

import attrs
from pandera.errors import SchemaError
from pandera.pandas import Column, DataFrameSchema

if TYPE_CHECKING:
    import pandas as pd
    from pandera.pandas import Check as PanderaCheck

Severity = Literal["error", "warning"]


@attrs.frozen(kw_only=True)
class Rule:
    """One rule, and what pandera validates it with.

    Parameters
    ----------
    name, column, required : str
        As in fourstroke's `Check`.
    schema : DataFrameSchema or Column, optional
        What says this and nothing else. Without one the rule cannot be checked, and ``otherwise``
        says why.
    severity : {"error", "warning"}
        ``warning`` if the schema says so.
    needs : tuple of str, optional
        The columns that it looks at; ``None`` for all.
    about : {"table", "cells", "dtype", "index"}
        What it looks at.
    status : {"fail", "skipped"}
        What becomes of it without a schema.
    """

    name: str
    required: str
    column: str = ""
    schema: Any = None
    severity: Severity = "error"
    needs: tuple[str, ...] | None = None
    about: Literal["table", "cells", "dtype", "index"] = "table"
    status: Literal["fail", "skipped"] = "skipped"
    otherwise: str = ""


def rules_of(schema: DataFrameSchema, data: pd.DataFrame) -> Iterator[Rule]:
    """Give the rules of a schema, those of the table first."""
    yield from _of_table(schema)
    for name, column in schema.columns.items():
        if column.regex:
            yield from _of_pattern(schema, name, column, data)
        else:
            yield from _of_column(schema, name, column, data)


def _of_table(schema: DataFrameSchema) -> Iterator[Rule]:
    names = {
        name: Column(nullable=True, required=False, regex=column.regex)
        for name, column in schema.columns.items()
    }
    if schema.strict:
        part = DataFrameSchema(names, strict=True)
        yield Rule(name="columns: strict", required="no other column", schema=part)
    if schema.ordered:
        part = DataFrameSchema(names, ordered=True)
        yield Rule(name="columns: ordered", required="in the schema's order", schema=part)
    if schema.unique_column_names:
        part = DataFrameSchema(unique_column_names=True)
        yield Rule(name="columns: unique names", required="no name twice", schema=part)
    if schema.unique:
        together = ", ".join(map(str, schema.unique))
        yield Rule(
            name="rows: unique",
            required=f"no two rows alike in {together}",
            schema=DataFrameSchema(
                unique=schema.unique, report_duplicates=schema.report_duplicates
            ),
        )
    if schema.index is not None:
        part = DataFrameSchema(index=schema.index)
        yield Rule(name="index", required="as in the schema", schema=part, about="index")
    for label, check in _labelled(schema.checks):
        told, severity = _telling(check)
        part = DataFrameSchema(checks=[told])
        yield Rule(
            name=f"table: {label}",
            required=check.error or str(check),
            schema=part,
            severity=severity,
        )


def _of_pattern(
    schema: DataFrameSchema, pattern: str, column: Any, data: pd.DataFrame
) -> Iterator[Rule]:
    try:
        found = list(column.get_regex_columns(data))
    except SchemaError:
        found = []
    if found:
        for name in found:
            yield from _of_column(schema, name, column, data)
    elif column.required:
        yield _missing(pattern, f"no column's name matches {pattern!r}")


def _of_column(
    schema: DataFrameSchema, name: str, column: Any, data: pd.DataFrame
) -> Iterator[Rule]:
    is_there = name in data.columns
    why = "" if is_there else f"there is no column {name!r}"
    if column.required:
        yield Rule(
            name=f"{name}: required",
            column=name,
            required="present",
            schema=DataFrameSchema({name: Column(nullable=True)}) if is_there else None,
            needs=(name,),
            status="fail",
            otherwise=why,
        )
    for rule in _of_cells(schema, name, column):
        yield rule if is_there else attrs.evolve(rule, schema=None, otherwise=why)


def _of_cells(schema: DataFrameSchema, name: str, column: Any) -> Iterator[Rule]:
    dtype = schema.dtype or column.dtype
    alone: dict[str, Any] = {"column": name, "needs": (name,), "about": "cells"}
    if dtype is not None:
        coerce = column.coerce or schema.coerce
        part = Column(dtype, nullable=True, coerce=coerce, name=name)
        yield Rule(
            name=f"{name}: dtype",
            column=name,
            required=f"convertible to {dtype}" if coerce else str(dtype),
            schema=part,
            needs=(name,),
            about="dtype",
        )
    if not column.nullable:
        part = Column(nullable=False, name=name)
        yield Rule(name=f"{name}: nullable", required="no cell missing", schema=part, **alone)
    if column.unique:
        duplicates = column.report_duplicates
        part = Column(nullable=True, unique=True, report_duplicates=duplicates, name=name)
        yield Rule(name=f"{name}: unique", required="no value twice", schema=part, **alone)
    for label, check in _labelled(column.checks):
        told, severity = _telling(check)
        yield Rule(
            name=f"{name}: {label}",
            column=name,
            required=check.error or str(check),
            schema=Column(checks=[told], nullable=True, name=name),
            severity=severity,
            needs=None if check.groupby else (name,),
            about="cells",
        )


def _missing(name: str, why: str) -> Rule:
    return Rule(
        name=f"{name}: required", column=name, required="present", status="fail", otherwise=why
    )


def _labelled(checks: list[Any]) -> Iterator[tuple[str, PanderaCheck]]:
    """Give each check a name that no other of the same place has."""
    seen: dict[str, int] = {}
    for check in checks:
        name = check.name or "check"
        seen[name] = seen.get(name, 0) + 1
        yield (name if seen[name] == 1 else f"{name} {seen[name]}"), check


def _telling(check: Any) -> tuple[Any, Severity]:
    """Let a check tell all cells at fault as an error; a warning of pandera names no rows."""
    told = copy.copy(check)
    told.raise_warning = False
    told.n_failure_cases = None
    return told, "warning" if check.raise_warning else "error"

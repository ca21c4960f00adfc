"""Hold a table against the rules of a schema: one check of fourstroke a rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs
import pandas as pd
from pandera.config import ValidationDepth, config_context
from pandera.errors import SchemaError, SchemaErrorReason, SchemaErrors

from fourstroke import Check, DataError
from fourstroke_pandera.rules import Rule, Severity, rules_of

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

_SHOWN_ROWS: Final = 10
_SHOWN_CELLS: Final = 3


def judge_all(schema: DataFrameSchema, data: Any, *, severity: Severity) -> Sequence[Check]:
    """Check every rule of a schema.

    Parameters
    ----------
    schema : DataFrameSchema
        The rules.
    data : DataFrame
        The table, which is left as it is.
    severity : {"error", "warning"}
        What a broken rule is, unless the schema itself only warns of it.
    """
    frame = _as_frame(data)
    # Without labels of their own, rows are told by position.
    rows = frame.reset_index(drop=True)
    # Whatever the environment says: PANDERA_VALIDATION_ENABLED=False would let every table pass.
    with config_context(
        validation_enabled=True,
        validation_depth=ValidationDepth.SCHEMA_AND_DATA,
        use_narwhals_backend=False,
    ):
        rules = list(rules_of(schema, rows))
        converted = _converted(rules, rows)
        tables = {"dtype": rows, "index": frame, "cells": converted, "table": converted}
        return [_weighed(_judged(rule, tables[rule.about]), rule, severity) for rule in rules]


def _as_frame(data: Any) -> pd.DataFrame:
    if isinstance(data, pd.DataFrame):
        return data
    if not hasattr(data, "to_pandas"):
        raise DataError(f"expected a table, got {type(data).__name__}")
    frame: pd.DataFrame = data.to_pandas()
    return frame


def _converted(rules: Sequence[Rule], rows: pd.DataFrame) -> pd.DataFrame:
    """Convert what the schema coerces; a column that cannot be stays as it is, and its rule says so."""
    converted = rows.copy(deep=False)
    for rule in rules:
        is_asked = rule.about == "dtype" and rule.schema is not None and rule.schema.coerce
        if is_asked and not _is_ambiguous(rule, rows):
            try:
                converted[rule.column] = rule.schema.validate(rows[[rule.column]])[rule.column]
            except (SchemaError, SchemaErrors):
                continue
    return converted


def _judged(rule: Rule, table: pd.DataFrame) -> Check:
    check = Check(name=rule.name, status="pass", required=rule.required, column=rule.column)
    if rule.schema is None:
        return attrs.evolve(check, status=rule.status, why=rule.otherwise)
    if _is_ambiguous(rule, table):
        return attrs.evolve(check, status="error", why="two columns have this name")
    part = table if rule.needs is None else table[list(rule.needs)]
    if rule.about == "dtype":
        check = attrs.evolve(check, observed=str(part[rule.column].dtype))
    try:
        rule.schema.validate(part, lazy=True)
    except SchemaErrors as found:
        return _broken(check, found.schema_errors, len(part))
    except SchemaError as found:
        return _broken(check, [found], len(part))
    # What checks raise for cells that they were not made for, where pandera does not catch it.
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        return attrs.evolve(check, status="error", why=f"it cannot be checked: {_line(error)}")
    return attrs.evolve(check, why="every row keeps to it")


def _is_ambiguous(rule: Rule, table: pd.DataFrame) -> bool:
    return bool((table.columns == rule.column).sum() > 1)


def _broken(check: Check, errors: list[Any], rows: int) -> Check:
    """Tell which rows break a rule, and with what."""
    raised = [each for each in errors if each.reason_code is SchemaErrorReason.CHECK_ERROR]
    if raised:
        why = f"it cannot be checked: {_line(raised[0].failure_cases)}"
        return attrs.evolve(check, status="error", why=why)
    labels, cells = _cases(errors)
    # Pandera tells rows by label, which here is the position, and those of several levels by text.
    places = sorted({int(label) for label in labels if isinstance(label, int | float)})
    observed: Any = len(places) if places else ", ".join(cells[:_SHOWN_CELLS])
    return attrs.evolve(
        check,
        status="fail",
        observed=check.observed or observed,
        rows=tuple(places[:_SHOWN_ROWS]),
        why=_why(places, cells, rows) if places else _line(errors[0]),
    )


def _cases(errors: list[Any]) -> tuple[list[Any], list[str]]:
    """Give the labels of rows at fault and the cells, as text; there may be cells without rows."""
    labels: list[Any] = []
    cells: list[str] = []
    for error in errors:
        cases = error.failure_cases
        if isinstance(cases, pd.DataFrame):
            known = cases.dropna(subset=["index"])
            labels += known["index"].tolist()
            cells += [repr(cell) for cell in cases["failure_case"]]
        elif cases is not None:
            cells.append(str(cases))
    return labels, cells


def _why(places: list[int], cells: list[str], rows: int) -> str:
    first = f", the first is row {places[0]}: {cells[0][:40]}" if cells else ""
    return f"{len(places):,} of {rows:,} rows do not keep to it{first}"


def _weighed(check: Check, rule: Rule, severity: Severity) -> Check:
    if "warning" not in {rule.severity, severity}:
        return check
    status = "warn" if check.status == "fail" else check.status
    return attrs.evolve(check, status=status, severity="warning")


def _line(error: object) -> str:
    text = " ".join(str(error).split("\n", maxsplit=1)[0].split())
    return text[:160] or type(error).__name__

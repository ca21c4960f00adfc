"""What runs are searched by: their parameters, tags, data, and the latest value of each metric."""

from __future__ import annotations

import importlib
import math
import re
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, select

from fourstroke.artifacts.digest import canonical_json
from fourstroke.config.settings import flat_values
from fourstroke.errors import UsageError
from fourstroke.records import metrics, tables

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

LONGEST_TAG: Final = 1_000

_TAG_NAME: Final = re.compile(r"[^\W\d][\w./-]{0,99}")
_IDS_A_QUERY: Final = 500


def add_parameters(connection: Connection, run_number: int, settings: Mapping[str, Any]) -> None:
    """Write the settings of a run down one by one, by their names as ``--set`` writes them."""
    rows = [
        {"run_number": run_number, "name": name, **_parameter(value)}
        for name, value in {entry.path: entry.value for entry in flat_values(settings)}.items()
    ]
    if rows:
        connection.execute(tables.parameters.insert(), rows)


def add_datasets(connection: Connection, run_number: int, used: Iterable[tuple[str, int]]) -> None:
    """Write down that a run published, reused or loaded versions of data sets."""
    rows = [{"run_number": run_number, "name": name, "version": n} for name, n in sorted(set(used))]
    if rows:
        connection.execute(_unless_known(connection, tables.run_datasets), rows)


def set_tags(connection: Connection, run_number: int, tags: Mapping[str, str]) -> None:
    """Give a run tags; one that is there already gets the new value, and goes if that is empty."""
    for name, value in tags.items():
        refuse_bad_tag(name, value)
    here = tables.tags.c.run_number == run_number
    connection.execute(delete(tables.tags).where(here, tables.tags.c.name.in_(list(tags))))
    rows = [
        {"run_number": run_number, "name": name, "value": value}
        for name, value in tags.items()
        if value
    ]
    if rows:
        connection.execute(tables.tags.insert(), rows)


def refuse_bad_tag(name: str, value: str) -> None:
    """Refuse a tag that nobody could search for.

    Raises
    ------
    UsageError
        If the name is no word, or the value is long or has several lines.
    """
    if not _TAG_NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no name for a tag", hint="letters, digits and _ . / -, such as team=risk"
        )
    if len(value) > LONGEST_TAG or "\n" in value or "\r" in value:
        raise UsageError(
            "a tag's value is one line of at most 1,000 characters", where=f"tag {name}"
        )


def settle_metrics(connection: Connection, run_number: int, chosen: Mapping[str, float]) -> None:
    """Write down the latest value of each metric of a run that ends.

    Parameters
    ----------
    connection : Connection
        Within the transaction that ends it.
    run_number : int
        Its number.
    chosen : mapping of str to float
        Metrics of the candidate that was chosen: they go before those of the others.
    """
    values: dict[str, float] = {}
    for point in metrics.latest_of_run(connection, run_number):
        values[point.name] = point.value
        if point.step_name:
            values[f"{point.step_name}.{point.name}"] = point.value
    rows = [
        {"run_number": run_number, "name": name, "value": None if math.isnan(value) else value}
        for name, value in {**values, **chosen}.items()
    ]
    if rows:
        connection.execute(_unless_known(connection, tables.run_metrics), rows)


def tags_of(connection: Connection, numbers: Collection[int]) -> dict[int, dict[str, str]]:
    """Read the tags of runs, by number."""
    found: dict[int, dict[str, str]] = {}
    for row in _rows(connection, tables.tags, numbers):
        found.setdefault(row.run_number, {})[row.name] = row.value
    return found


def datasets_of(
    connection: Connection, numbers: Collection[int]
) -> dict[int, tuple[tuple[str, int], ...]]:
    """Read the data of runs, by number."""
    found: dict[int, tuple[tuple[str, int], ...]] = {}
    for row in _rows(connection, tables.run_datasets, numbers):
        found[row.run_number] = (*found.get(row.run_number, ()), (row.name, row.version))
    return found


def metrics_of(connection: Connection, numbers: Collection[int]) -> dict[int, dict[str, float]]:
    """Read the latest metrics of runs that are over, by number."""
    found: dict[int, dict[str, float]] = {}
    for row in _rows(connection, tables.run_metrics, numbers):
        value = float("nan") if row.value is None else row.value
        found.setdefault(row.run_number, {})[row.name] = value
    return found


def names_of(connection: Connection, family: str) -> tuple[str, ...]:
    """Name all ``metrics``, ``params`` or ``tags`` that any run has."""
    table = {"metrics": tables.run_metrics, "params": tables.parameters, "tags": tables.tags}[
        family
    ]
    return tuple(connection.scalars(select(table.c.name).distinct().order_by(table.c.name)))


def text_of(value: Any) -> str:
    """Write a setting as it is searched for: text as it is, everything else as JSON."""
    return value if isinstance(value, str) else canonical_json(value).decode()


def _parameter(value: Any) -> dict[str, Any]:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    try:
        number = float(value) if is_number else None
    except OverflowError:  # a whole number beyond what a float can be
        number = None
    return {"value": text_of(value), "number": number}


def _rows(connection: Connection, table: Table, numbers: Collection[int]) -> Iterable[Any]:
    ordered = sorted(numbers)
    for start in range(0, len(ordered), _IDS_A_QUERY):
        some = ordered[start : start + _IDS_A_QUERY]
        query = select(table).where(table.c.run_number.in_(some))
        yield from connection.execute(query.order_by(*table.primary_key.columns))


def _unless_known(connection: Connection, table: Table) -> Any:
    """Give the insert that leaves rows alone that are there already."""
    # The dialect at hand is loaded already; those of all databases would take every command longer.
    dialect = importlib.import_module(f"sqlalchemy.dialects.{connection.dialect.name}")
    return dialect.insert(table).on_conflict_do_nothing()

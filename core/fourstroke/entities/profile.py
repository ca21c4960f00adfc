"""What is known of a table at a glance, and in what two tables differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from fourstroke.entities.facts import Scalar

PROFILE_FORMAT: Final = "fourstroke.profile/1"


@attrs.frozen(kw_only=True)
class Bar:
    """One bar of a histogram.

    Parameters
    ----------
    low, high : float
        Where it begins and ends; only the last bar holds cells at its end.
    count : int
        How many cells lie there.
    """

    low: float
    high: float
    count: int


@attrs.frozen(kw_only=True)
class ColumnProfile:
    """One column at a glance.

    Parameters
    ----------
    name : str
        Of the column.
    family : str
        What its cells are, whatever library keeps them: ``integer``, ``number``, ``text``, ``boolean``,
        ``datetime``, ``duration``, ``binary``, ``nested``, ``mixed`` or ``empty``.
    rows, missing, infinite : int
        How many cells there are, how many of them are missing, how many infinite.
    distinct : int
        How many different values there are; estimated where ``is_exact`` is false.
    is_exact : bool
        Whether ``distinct``, ``quantiles`` and ``top`` are exact; they are up to 1,000 different values.
        Beyond that ``distinct`` has a relative standard error of 3 %, and quantiles are within 1 % of
        their value.
    mean, std : float, optional
        Of finite numbers; the deviation has the divisor n - 1.
    least, largest : Scalar
        The ends, infinite cells left aside; times as text.
    quantiles : mapping of str to float
        Finite numbers by the share below them: ``0.05``, ``0.25``, ``0.5``, ``0.75``, ``0.95``.
    histogram : tuple of Bar
        Finite numbers.
    top : tuple of tuple
        The most frequent values with their counts, the most frequent first.
    top_error : int
        By how much a count in ``top`` may be too low.
    lengths : tuple of int, optional
        The shortest and the longest text, in characters.
    months : mapping of str to int
        Times by month.
    """

    name: str
    family: str
    rows: int
    missing: int = 0
    infinite: int = 0
    distinct: int = 0
    is_exact: bool = True
    mean: float | None = None
    std: float | None = None
    least: Scalar = None
    largest: Scalar = None
    quantiles: Mapping[str, float] = attrs.field(factory=dict)
    histogram: tuple[Bar, ...] = ()
    top: tuple[tuple[str, int], ...] = ()
    top_error: int = 0
    lengths: tuple[int, int] | None = None
    months: Mapping[str, int] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class TableProfile:
    """A table at a glance.

    Parameters
    ----------
    rows : int
        How many there are.
    columns : tuple of ColumnProfile
        In the order of the table.
    format : str
        Of this document, as JSON.
    """

    rows: int
    columns: tuple[ColumnProfile, ...]
    format: str = PROFILE_FORMAT

    def column(self, name: str) -> ColumnProfile | None:
        """Give a column by its name."""
        return next((column for column in self.columns if column.name == name), None)


@attrs.frozen(kw_only=True)
class ColumnChange:
    """In what a column of two tables differs.

    Parameters
    ----------
    name : str
        Of the column.
    what : {"added", "removed", "type", "cells", "distribution"}
        Whether it is there in one of them only, is of another family, or holds other cells.
    before, after : str
        The family where it is that which changed; else mean or most frequent value.
    cells : int, optional
        In how many rows of the same key its cells differ; ``None`` without a key.
    distance : float, optional
        Of the two distributions, from 0 to 1: the Jensen-Shannon distance.
    examples : tuple of tuple
        Key, cell before and cell after, of some rows.
    """

    name: str
    what: str
    before: str = ""
    after: str = ""
    cells: int | None = None
    distance: float | None = None
    examples: tuple[tuple[str, str, str], ...] = ()


@attrs.frozen(kw_only=True)
class TableDifference:
    """In what two tables differ.

    Parameters
    ----------
    rows_before, rows_after : int
        How many rows they have.
    key : tuple of str
        The columns that say which rows belong together; without one whole rows are compared.
    added, removed, changed : int
        Rows that only the later has, that only the earlier has, and that both have with other cells.
        Without a key a changed row is one that was removed and one that was added.
    columns : tuple of ColumnChange
        What differs by column.
    """

    rows_before: int
    rows_after: int
    key: tuple[str, ...] = ()
    added: int = 0
    removed: int = 0
    changed: int = 0
    columns: tuple[ColumnChange, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the tables hold the same, but for the order of rows and columns."""
        return not (self.added or self.removed or self.changed or self.columns)


def as_json(profile: TableProfile) -> dict[str, Any]:
    """Give a profile as plain values."""
    return attrs.asdict(profile)

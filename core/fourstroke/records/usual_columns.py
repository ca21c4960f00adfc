"""Columns that many tables have."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ForeignKey, String

from fourstroke.records.columns import Moment, Number, Words


def own_id(column: str = "id") -> Column[int]:
    """Give the number of a row."""
    return Column(column, Number, primary_key=True)


def of_run(*, index: bool = True) -> Column[int]:
    """Give the run that wrote a row."""
    return Column("run_number", Number, ForeignKey("runs.number"), nullable=False, index=index)


def run_key() -> Column[int]:
    """Give the run, as a part of the key."""
    return Column(
        "run_number", Number, ForeignKey("runs.number"), primary_key=True, autoincrement=False
    )


def of_event() -> Column[int]:
    """Give the ledger event that tells this row; the event holds the row's digest."""
    return Column("event", Number, ForeignKey("events.sequence"), unique=True)


def words(column: str, **options: Any) -> Column[str]:
    """Give text of any length and any characters."""
    return Column(column, Words, nullable=False, **options)


def name(column: str, **options: Any) -> Column[str]:
    """Give a short text."""
    return Column(column, String, nullable=False, **options)


def moment(column: str = "at") -> Column[Any]:
    """Give a time, in UTC."""
    return Column(column, Moment, nullable=False)

"""The state of runs as it is: one whose process has died is lost, whatever is written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import ColumnElement, and_, case, literal

from fourstroke.records import tables

if TYPE_CHECKING:
    from collections.abc import Collection

LOST: Final = "its process died"

_runs = tables.runs.c


def state_of(dead: Collection[int]) -> ColumnElement[str]:
    """Give the state of runs; ``dead`` are numbers of those whose owner is gone."""
    return case((_is_dead(dead), literal("lost")), else_=_runs.state) if dead else _runs.state


def message_of(dead: Collection[int]) -> ColumnElement[str]:
    """Give what is told of the end of runs; ``dead`` are numbers of those whose owner is gone."""
    return case((_is_dead(dead), literal(LOST)), else_=_runs.message) if dead else _runs.message


def _is_dead(dead: Collection[int]) -> ColumnElement[bool]:
    return and_(_runs.state == "running", _runs.number.in_(dead))

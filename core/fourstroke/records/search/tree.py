"""What a search says, as a tree of comparisons."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Literal

import attrs

from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

Operator = Literal["=", "!=", ">", ">=", "<", "<=", "in", "like"]
Family = Literal["metrics", "params", "tags", "data", "run"]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@attrs.frozen
class Field:
    """What is compared: ``metrics.roc_auc``, ``data``, or a fact of the run such as ``state``.

    Parameters
    ----------
    family : {"metrics", "params", "tags", "data", "run"}
        Where it is recorded.
    name : str
        Of the metric, parameter, tag or fact; empty for ``data``.
    """

    family: Family
    name: str = ""

    def __str__(self) -> str:
        return f"{self.family}.{self.name}" if self.is_named else self.name or self.family

    @property
    def is_named(self) -> bool:
        """Whether people chose its name."""
        return self.family in {"metrics", "params", "tags"}


@attrs.frozen
class Value:
    """What it is compared with; ``column`` is its place in the text, from 1."""

    text: str
    is_quoted: bool = False
    column: int = attrs.field(default=0, eq=False)

    @property
    def number(self) -> float | None:
        """The number that it is, if it is one and does not stand in quotes."""
        if self.is_quoted or not _NUMBER.fullmatch(self.text):
            return None
        number = float(self.text)
        return number if math.isfinite(number) else None


@attrs.frozen
class Comparison:
    """One field, an operator, and one value; several only after ``in``."""

    field: Field
    operator: Operator
    values: tuple[Value, ...]
    column: int = attrs.field(default=0, eq=False)


@attrs.frozen
class Word:
    """A word that occurs in a run's id, command, user, commit or message."""

    text: str


@attrs.frozen
class Not:
    """The opposite."""

    part: Term


@attrs.frozen
class AllOf:
    """Terms that all hold; none at all holds always."""

    parts: tuple[Term, ...]


@attrs.frozen
class AnyOf:
    """Terms of which one holds."""

    parts: tuple[Term, ...]


Term = Comparison | Word | Not | AllOf | AnyOf


@attrs.frozen
class Order:
    """One key that what was found is sorted by."""

    field: Field
    is_descending: bool = True
    column: int = attrs.field(default=0, eq=False)


def all_of(*parts: Term) -> Term:
    """Join terms that all have to hold."""
    return parts[0] if len(parts) == 1 else AllOf(parts)


def comparisons(term: Term) -> Iterator[Comparison]:
    """Give all comparisons, in the order of the text."""
    if isinstance(term, Comparison):
        yield term
    elif isinstance(term, Not):
        yield from comparisons(term.part)
    elif isinstance(term, AllOf | AnyOf):
        for part in term.parts:
            yield from comparisons(part)


def fault(message: str, column: int, hint: str = "") -> UsageError:
    """Make the error of one place in the text."""
    return UsageError(message, where=f"column {column} of the search", hint=hint)

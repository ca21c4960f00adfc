"""Cells of one column, made coarse: what a classifier gets of them, and what travels with a version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import attrs
import numpy as np
import pandas as pd

from fourstroke import class_name
from fourstroke_drift.category import CategoryProfile
from fourstroke_drift.number import NumberProfile, as_numbers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from fourstroke_drift.reference import Profile

    Codes = NDArray[np.uint8]
    Cells = NDArray[Any]

MISSING: Final = 255
# Boosted trees take no more categories than this of a column; the rarer ones share the last.
_MOST_NAMES: Final = 250


class Column(Protocol):
    """Make cells of a column coarse, and code those of a reference and of a window alike."""

    @property
    def is_category(self) -> bool:
        """Whether codes have no order."""
        ...

    def cells(self, column: pd.Series[Any]) -> Cells:
        """Give coarse cells, row by row."""
        ...

    def hollow(self, rows: int) -> Cells:
        """Give cells of rows that have no such column, or one that cannot be read."""
        ...

    def codes(self, cells: Cells) -> Codes:
        """Give the codes of the cells of reference and window, which stand in one array."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Turn into mappings, lists, text and numbers."""
        ...


@attrs.frozen(kw_only=True)
class Numbers:
    """A column of numbers: a cell is the bin in which it lies, or beyond which end of all of them."""

    starts: tuple[float, ...]
    high: float
    is_category: bool = False

    def cells(self, column: pd.Series[Any]) -> Cells:
        """Give the number of each cell's bin."""
        values, _ = as_numbers(column)
        bins = np.searchsorted(self.starts, values, side="right") + (values > self.high)
        return np.where(np.isnan(values), MISSING, bins).astype(np.uint8)

    def hollow(self, rows: int) -> Cells:
        """Give missing cells."""
        return np.full(rows, MISSING, dtype=np.uint8)

    def codes(self, cells: Cells) -> Codes:
        """Give the cells: they are codes."""
        return cells

    def to_json(self) -> dict[str, Any]:
        """Turn into mappings, lists, text and numbers."""
        return {"kind": "number", "starts": list(self.starts), "high": self.high}


@attrs.frozen(kw_only=True)
class Names:
    """A column of categories: a cell is a name, or ``None``."""

    is_category: bool = True

    def cells(self, column: pd.Series[Any]) -> Cells:
        """Give the name of each cell."""
        found, unique = pd.factorize(column, use_na_sentinel=True)
        return np.array([*map(class_name, unique), None], dtype=object)[found]

    def hollow(self, rows: int) -> Cells:
        """Give missing cells."""
        return np.full(rows, None, dtype=object)

    def codes(self, cells: Cells) -> Codes:
        """Give each name a number, the commonest first.

        Notes
        -----
        Names are counted over reference and window together. Counted over the reference alone, a rare
        name could only be known there, and would tell the two apart where nothing has changed.
        """
        found, unique = pd.factorize(cells, use_na_sentinel=True)
        counts = np.bincount(found[found >= 0], minlength=len(unique))
        order = sorted(range(len(unique)), key=lambda at: (-counts[at], unique[at]))
        codes = np.full(len(unique) + 1, MISSING, dtype=np.uint8)
        codes[order] = np.minimum(np.arange(len(unique)), _MOST_NAMES)
        return codes[found]

    def to_json(self) -> dict[str, Any]:
        """Turn into mappings, lists, text and numbers."""
        return {"kind": "category"}


@attrs.frozen(kw_only=True)
class Presence:
    """A column of texts, dates, or what has no order: a cell is whether there is a value."""

    is_category: bool = False

    def cells(self, column: pd.Series[Any]) -> Cells:
        """Give 1 where there is a value."""
        return column.notna().to_numpy().astype(np.uint8)

    def hollow(self, rows: int) -> Cells:
        """Give cells without a value."""
        return np.zeros(rows, dtype=np.uint8)

    def codes(self, cells: Cells) -> Codes:
        """Give the cells: they are codes."""
        return cells

    def to_json(self) -> dict[str, Any]:
        """Turn into mappings, lists, text and numbers."""
        return {"kind": "presence"}


def column_of(profile: Profile) -> Column:
    """Make cells as coarse as the histogram of a column is."""
    if isinstance(profile, NumberProfile):
        return Numbers(starts=profile.starts, high=profile.high)
    return Names() if isinstance(profile, CategoryProfile) else Presence()


def column_from_json(value: Mapping[str, Any]) -> Column:
    """Read back what `to_json` gave."""
    if value["kind"] == "number":
        return Numbers(starts=tuple(value["starts"]), high=value["high"])
    others: Mapping[str, type[Names | Presence]] = {"category": Names, "presence": Presence}
    return others[value["kind"]]()


def cells_of(column: Column, table: pd.DataFrame, name: str) -> Cells:
    """Give the coarse cells of a column of a table; missing ones if it has none that can be read."""
    found: Any = table[name] if name in table.columns else None
    if found is None or found.ndim > 1:
        return column.hollow(len(table))
    try:
        return column.cells(found)
    except (TypeError, ValueError, ArithmeticError, NotImplementedError):
        return column.hollow(len(table))

"""Groups of people by a sensitive column: categories as they are, numbers by quarters of the reference."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd

from fourstroke import class_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fourstroke_performance.labels import Array

_FEW: Final = 10
_QUARTERS: Final = (0.25, 0.5, 0.75)
NOBODY: Final = -1


@attrs.frozen(kw_only=True)
class Grouping:
    """How rows fall into groups.

    Parameters
    ----------
    column : str
        The sensitive column.
    names : tuple of str
        The groups, the largest of the reference first: others are compared with it.
    edges : tuple of float
        Between groups of numbers, in their order; none for categories.
    ranges : tuple of str
        Groups of numbers in their order.
    """

    column: str
    names: tuple[str, ...]
    edges: tuple[float, ...] = ()
    ranges: tuple[str, ...] = ()

    @classmethod
    def of(cls, cells: pd.Series[Any], *, fewest: int) -> Grouping | None:
        """Form groups of at least ``fewest`` rows; nothing if there are not two."""
        kinds = pd.api.types
        is_number = kinds.is_numeric_dtype(cells.dtype) and not kinds.is_bool_dtype(cells.dtype)
        edges: tuple[float, ...] = ()
        ranges: tuple[str, ...] = ()
        if is_number and cells.nunique() > _FEW:
            values = cells.to_numpy(dtype=np.float64, na_value=np.nan)
            found = np.unique(np.nanquantile(values, _QUARTERS))
            edges = tuple(found.tolist())
            ranges = tuple(_ranges(edges))
        draft = cls(column=str(cells.name), names=(), edges=edges, ranges=ranges)
        counts = draft.texts(cells).value_counts()
        large = counts[counts >= fewest]
        if len(large) < 2:  # noqa: PLR2004 - a gap is between two
            return None
        return attrs.evolve(draft, names=tuple(str(name) for name in large.index))

    def codes(self, cells: pd.Series[Any]) -> Array:
        """Give the position of each row's group; `NOBODY` if it is in none."""
        found, unique = pd.factorize(self.texts(cells), use_na_sentinel=True)
        position = {name: number for number, name in enumerate(self.names)}
        return np.array([*(position.get(name, NOBODY) for name in unique), NOBODY])[found]

    def texts(self, cells: pd.Series[Any]) -> pd.Series[Any]:
        """Name the group of each row."""
        if self.edges:
            values = pd.to_numeric(cells, errors="coerce").to_numpy(np.float64, na_value=np.nan)
            names = np.array([*self.ranges, None], dtype=object)
            place = np.searchsorted(self.edges, values, side="right")
            place[np.isnan(values)] = len(self.ranges)
            return pd.Series(names[place], dtype=object)
        found, unique = pd.factorize(cells, use_na_sentinel=True)
        names = np.array([*map(class_name, unique), None], dtype=object)
        return pd.Series(names[found], dtype=object)

    def to_json(self) -> dict[str, Any]:
        """Turn into mappings, lists and text."""
        return attrs.asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Grouping:
        """Read back what `to_json` gave."""
        return cls(
            column=value["column"],
            names=tuple(value["names"]),
            edges=tuple(value["edges"]),
            ranges=tuple(value["ranges"]),
        )


def _ranges(edges: tuple[float, ...]) -> list[str]:
    middle = [f"{low:g} to below {high:g}" for low, high in pairwise(edges)]
    return [f"below {edges[0]:g}", *middle, f"from {edges[-1]:g}"]

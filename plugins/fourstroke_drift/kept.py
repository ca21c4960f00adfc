"""Rows with coarse cells: those of the reference that travel with a version, and those of a window."""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd

from fourstroke import PluginError
from fourstroke_drift.cells import cells_of, column_from_json, column_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from fourstroke import Window
    from fourstroke_drift.cells import Cells, Column
    from fourstroke_drift.reference import Profile

_MISSING_NAME: Final = 0xFFFF


@attrs.frozen(kw_only=True, eq=False)
class KeptRows:
    """A sample of held-out rows.

    Parameters
    ----------
    rows : int
        How many there are.
    columns : mapping of str to Column
        How cells become coarse, by name.
    cells : mapping of str to array of shape (rows,)
        The coarse cells.
    """

    rows: int
    columns: Mapping[str, Column]
    cells: Mapping[str, Cells]

    @classmethod
    def of(
        cls, data: pd.DataFrame, profiles: Mapping[str, Profile], *, most: int, seed: int
    ) -> KeptRows:
        """Draw at most ``most`` rows, each as likely as any other."""
        if len(data) > most:
            chosen = np.random.default_rng(abs(seed)).choice(len(data), most, replace=False)
            data = data.iloc[np.sort(chosen)]
        columns = {name: column_of(profile) for name, profile in profiles.items()}
        return cls(
            rows=len(data),
            columns=columns,
            cells={name: cells_of(column, data, name) for name, column in columns.items()},
        )

    def to_json(self) -> dict[str, Any]:
        """Turn into mappings, lists, text and numbers: cells packed, and written in letters."""
        columns = {
            name: column.to_json() | _packed(self.cells[name], has_names=column.is_category)
            for name, column in self.columns.items()
        }
        return {"rows": self.rows, "columns": columns}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> KeptRows:
        """Read back what `to_json` gave.

        Raises
        ------
        PluginError
            If another version of this plugin wrote it, in a form that this one does not know.
        """
        try:
            return cls(
                rows=value["rows"],
                columns={name: column_from_json(one) for name, one in value["columns"].items()},
                cells={name: _unpacked(one) for name, one in value["columns"].items()},
            )
        except (KeyError, TypeError, ValueError, AttributeError, zlib.error) as error:
            raise PluginError(
                "the rows kept with this model version have a form that this plugin does not know",
                hint="train and register again, or install the version of fourstroke that made it",
            ) from error

    def without(self, names: Collection[str]) -> KeptRows:
        """Leave columns out."""
        left = {name: column for name, column in self.columns.items() if name not in names}
        return attrs.evolve(self, columns=left, cells={name: self.cells[name] for name in left})


class Drawing:
    """Rows of a window, drawn while its batches pass by once; no more than twice as many are held.

    Notes
    -----
    Every row gets a random number, and those of the smallest stay: the same rows, whether they come in
    one batch or in many. Algorithm of C. T. Fan, M. E. Muller, I. Rezucha, "Development of sampling
    plans by using sequential (item by item) selection techniques", Journal of the American Statistical
    Association 57 (1962).
    """

    def __init__(self, columns: Mapping[str, Column], *, most: int, seed: int) -> None:
        self.seen = 0
        self.left_out: set[str] = set()
        self._columns = columns
        self._most = most
        self._random = np.random.default_rng(abs(seed))
        self._limit = np.inf
        self._keys: list[Cells] = []
        self._cells: dict[str, list[Cells]] = {name: [] for name in columns}

    @classmethod
    def of(cls, window: Window, columns: Mapping[str, Column], *, most: int, seed: int) -> Drawing:
        """Draw from all batches of a window."""
        drawing = cls(columns, most=most, seed=seed)
        for batch in window.batches:
            drawing.left_out |= {name for name in columns if batch.leaves_out(name)}
            drawing.look(batch.data)
        return drawing

    def look(self, table: pd.DataFrame) -> None:
        """Draw from a batch; only what is drawn is made coarse."""
        keys = self._random.random(len(table))
        self.seen += len(table)
        at = np.flatnonzero(keys < self._limit)
        if not at.size:
            return
        drawn = table.iloc[at]
        self._keys.append(keys[at])
        for name, column in self._columns.items():
            self._cells[name].append(cells_of(column, drawn, name))
        if sum(map(len, self._keys)) >= 2 * self._most:
            self._prune()

    def cells(self) -> Mapping[str, Cells]:
        """Give the coarse cells of the drawn rows, in the order in which they came."""
        self._prune()
        return {
            name: parts[0] if parts else self._columns[name].hollow(0)
            for name, parts in self._cells.items()
        }

    @property
    def rows(self) -> int:
        """How many rows `cells` gives."""
        return min(self.seen, self._most)

    def _prune(self) -> None:
        if not self._keys:
            return
        keys = np.concatenate(self._keys)
        stay = np.arange(len(keys))
        if len(keys) > self._most:
            stay = np.sort(np.argpartition(keys, self._most)[: self._most])
            self._limit = float(keys[stay].max())
        self._keys = [keys[stay]]
        for name, parts in self._cells.items():
            self._cells[name] = [np.concatenate(parts)[stay]]


def _packed(cells: Cells, *, has_names: bool) -> dict[str, Any]:
    if not has_names:
        return {"cells": _letters(cells.astype(np.uint8).tobytes())}
    found, names = pd.factorize(cells, use_na_sentinel=True, sort=True)
    places = np.where(found < 0, _MISSING_NAME, found).astype("<u2")
    return {"names": [str(name) for name in names], "cells": _letters(places.tobytes())}


def _unpacked(value: Mapping[str, Any]) -> Cells:
    content = zlib.decompress(base64.b64decode(value["cells"]))
    if "names" not in value:
        return np.frombuffer(content, dtype=np.uint8)
    places = np.frombuffer(content, dtype="<u2").astype(int)
    names = np.array([*value["names"], None], dtype=object)
    return names[np.where(places == _MISSING_NAME, -1, places)]


def _letters(content: bytes) -> str:
    return base64.b64encode(zlib.compress(content, 9)).decode("ascii")

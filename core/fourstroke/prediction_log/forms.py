"""How the rows of a journal are written: the codec of their tables, their columns, and the head that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.prediction_log.rows import Shape
from fourstroke.prediction_log.segment import Head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fourstroke.artifacts.table_service import TableService
    from fourstroke.plugins.services import TableCaller


@attrs.frozen
class Kind:
    """Tables of one type: their codec by name, and what it knows of tables."""

    type: type
    codec: str
    tables: TableCaller


@attrs.define(eq=False)
class Forms:
    """What is in force for the rows that come now; a head is one object as long as that stays the same."""

    tables: TableService
    _sample: float
    hears_failures: bool = False
    _kind: Kind | None = attrs.field(default=None, init=False)
    _dtypes: Any = attrs.field(default=None, init=False)
    _shapes: tuple[Shape, Shape] | None = attrs.field(default=None, init=False)
    _head: Head | None = attrs.field(default=None, init=False)

    def kind_of(self, table: Any) -> Kind:
        """Give what knows the tables of a table's type."""
        # What is in force for a type does not change; to look for it takes time.
        if self._kind is None or self._kind.type is not type(table):
            codec = self.tables.kind_of(table)
            self._kind = Kind(type(table), codec, self.tables.of_kind(codec, "pack_columns"))
            self._head = None
        return self._kind

    def shapes_of(
        self, columns: Mapping[str, Any], said: Mapping[str, Any]
    ) -> tuple[Shape, Shape] | None:
        """Give the shapes of rows and predictions; ``None`` if they are not for JSON."""
        dtypes = [(name, cells.dtype) for part in (columns, said) for name, cells in part.items()]
        if dtypes != self._dtypes:
            found = Shape.of(columns), Shape.of(said)
            if found[0] is None or found[1] is None:
                return None
            self._shapes, self._dtypes, self._head = (found[0], found[1]), dtypes, None
        return self._shapes

    def head(self) -> Head:
        """Give the head that has to stand before what is written now."""
        if self._head is None:
            codec = "" if self._kind is None else self._kind.codec
            shapes = self._shapes or (None, None)
            self._head = Head.of(codec, self._sample, *shapes, hears_failures=self.hears_failures)
        return self._head

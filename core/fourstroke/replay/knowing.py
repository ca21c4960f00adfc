"""Rows whose outcome is known, with what two versions said of them: narrow, so that many fit into memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.entities.cells import Cells

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fourstroke.artifacts.table_service import TableService
    from fourstroke.entities.task import Task

Columns = dict[str, Any]


@attrs.frozen(kw_only=True)
class Known:
    """Tables of the same rows.

    Parameters
    ----------
    data : table
        The outcome, in the task's target, and the few columns that evaluators ask for.
    before, after : table
        What the version that answered said, and what the other one says.
    rows : int
        How many there are.
    """

    data: Any = attrs.field(repr=False, eq=False)
    before: Any = attrs.field(repr=False, eq=False)
    after: Any = attrs.field(repr=False, eq=False)
    rows: int = 0


@attrs.define
class Knowing:
    """Gathers rows with a known outcome, batch by batch.

    Of the rows only the task's own columns are kept, and those that evaluators name in their settings.
    """

    _tables: TableService
    _task: Task
    _asked: frozenset[str] = frozenset()
    rows: int = 0
    _kinds: tuple[str, str, str] = ("", "", "")
    _parts: list[tuple[Columns, Columns, Columns]] = attrs.field(factory=list)

    def add(
        self,
        data: Any,
        before: Any,
        after: Any,
        labels: Any,
        pairs: Sequence[tuple[int, int]] | None = None,
    ) -> int:
        """Take the rows of a batch whose outcome is known; gives how many there were.

        Parameters
        ----------
        data, before, after : table
            The rows, and what was said of them.
        labels : array, optional
            The outcomes, missing where none is known.
        pairs : sequence of (int, int), optional
            The rows that count: where each stands in ``data`` and ``after``, and where in ``before``. All of
            them, in one order, without it.
        """
        if labels is None:
            return 0
        outcomes = list(labels)
        both = [(at, at) for at in range(len(outcomes))] if pairs is None else pairs
        known = [(own, other) for own, other in both if _is_known(outcomes[own])]
        if not known:
            return 0
        rows, others = (list(each) for each in zip(*known, strict=True))
        tables = self._tables
        self._kinds = (tables.kind_of(data), tables.kind_of(before), tables.kind_of(after))
        columns = self._narrowed(tables.columns(data))
        own = {name: cells[rows] for name, cells in columns.items()}
        is_number = self._task.kind == "regression"
        own[self._task.target] = Cells("<f8" if is_number else "|O", [outcomes[at] for at in rows])
        said = [
            {name: cells[places] for name, cells in tables.columns(table).items()}
            for table, places in ((before, others), (after, rows))
        ]
        self._parts.append((own, said[0], said[1]))
        self.rows += len(rows)
        return len(rows)

    def known(self) -> Known:
        """Put together what was gathered; there has to be a row at least."""
        data, before, after = (
            self._tables.of_columns(kind, [part[at] for part in self._parts])
            for at, kind in enumerate(self._kinds)
        )
        return Known(data=data, before=before, after=after, rows=self.rows)

    def _narrowed(self, columns: Mapping[str, Any]) -> Mapping[str, Any]:
        task = self._task
        wanted = {task.id, task.group, task.time, *task.sensitive, *self._asked} - {task.target}
        return {name: cells for name, cells in columns.items() if name in wanted}


def texts_in(value: Any) -> frozenset[str]:
    """Give all texts in settings: evaluators name columns there, such as those to slice by.

    Examples
    --------
    >>> sorted(texts_in({"slices": ["region"], "resamples": 100}))
    ['region']
    """
    if isinstance(value, str):
        return frozenset({value})
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return frozenset[str]().union(*map(texts_in, value))
    return frozenset()


def _is_known(label: Any) -> bool:
    return label is not None and bool(label == label)  # noqa: PLR0124 - missing is not itself

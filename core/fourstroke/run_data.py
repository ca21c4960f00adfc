"""The published data that a run made use of, as it is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fourstroke.records import Records
    from fourstroke.records.rows import DatasetRow, RunRow


def data_of(records: Records, run: RunRow) -> Iterator[tuple[str, DatasetRow]]:
    """Give each version with its name as people write it, such as ``adult@v2``, sorted by that."""
    for reference in sorted(run.data):
        name, _, number = reference.rpartition("@v")
        row = records.dataset(name, int(number))
        if row is not None:
            yield reference, row

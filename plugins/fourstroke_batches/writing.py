"""Write batches as one Parquet file: equal cells, equal bytes, however they were cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

# Rows of a row group, and of a piece: a few megabytes of a usual table.
ROWS: Final = 131_072


def write(schema: pa.Schema, batches: Iterable[pa.RecordBatch], path: Path) -> None:
    """Write batches of one schema; notes that other tools left in it are not written."""
    plain = schema.remove_metadata()
    with pq.ParquetWriter(path, plain, compression="snappy") as writer:
        for table in regular(plain, batches):
            writer.write_table(table, row_group_size=ROWS)


def regular(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Cut batches anew, so that each but the last has `ROWS` rows."""
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        waiting.append(batch)
        rows += batch.num_rows
        while rows >= ROWS:
            table = pa.Table.from_batches(waiting, schema=schema).combine_chunks()
            yield table.slice(0, ROWS)
            waiting = table.slice(ROWS).to_batches()
            rows -= ROWS
    if rows:
        yield pa.Table.from_batches(waiting, schema=schema).combine_chunks()

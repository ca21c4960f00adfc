"""The codec of tables in batches: one Parquet file whose bytes follow from the cells alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourstroke import hookimpl, plugin

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "data.parquet"


@plugin
class BatchesCodec:
    """Keep a table in batches as ``data.parquet``, which any tool that reads Parquet can open.

    Equal tables give equal bytes, in however many files and row groups they came.
    """

    @hookimpl
    def encode(self, value: Any, folder: Path) -> bool:
        """Write the table."""
        # pyarrow is not needed to list or build this plugin.
        from fourstroke_batches.writing import write  # noqa: PLC0415

        write(value.schema, value.batches(), folder / FILE_NAME)
        return True

    @hookimpl
    def decode(self, folder: Path) -> Any:
        """Open the table; its rows are read when somebody asks for them."""
        from fourstroke_batches.table import BatchedTable  # noqa: PLC0415 - as above

        return BatchedTable.open([folder / FILE_NAME])

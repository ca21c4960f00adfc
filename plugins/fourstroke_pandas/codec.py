"""The codec of data frames: one Parquet file whose bytes follow from the frame alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourstroke import hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from fourstroke import TableDifference, TableProfile

FILE_NAME = "data.parquet"


@plugin
class FrameCodec:
    """Keep a pandas DataFrame as ``data.parquet``, which any tool that reads Parquet can open.

    Equal frames give equal bytes. What comes back has the same columns, dtypes, missing cells,
    categories and index. An index that only counts rows from 0 is not stored, nor are ``attrs``,
    the ``freq`` of a time index and the subclass of a frame.
    """

    @hookimpl
    def encode(self, value: Any, folder: Path) -> bool:
        """Write the frame."""
        # pandas and pyarrow are not needed to list or build this plugin.
        from fourstroke_pandas.frame_file import write_frame  # noqa: PLC0415

        write_frame(value, folder / FILE_NAME)
        return True

    @hookimpl
    def decode(self, folder: Path) -> Any:
        """Read the frame back; nothing of the file is run."""
        from fourstroke_pandas.frame_file import read_frame  # noqa: PLC0415 - as above

        return read_frame(folder / FILE_NAME)

    @hookimpl
    def profile_table(self, pieces: Iterable[Any]) -> TableProfile:
        """Say what is in a table."""
        from fourstroke_pandas.profile import profile_of  # noqa: PLC0415 - as above

        return profile_of(pieces)

    @hookimpl
    def compare_tables(
        self, before: Iterable[Any], after: Iterable[Any], key: Sequence[str]
    ) -> TableDifference:
        """Say in what two tables differ."""
        from fourstroke_pandas.differing import compare  # noqa: PLC0415 - as above

        return compare(before, after, key)

    @hookimpl
    def write_table(self, pieces: Iterable[Any], path: Path) -> int:
        """Write CSV, TSV, JSON lines, Parquet or Excel."""
        from fourstroke_pandas.exporting import write  # noqa: PLC0415 - as above

        return write(pieces, path)

    @hookimpl
    def find_rows(self, pieces: Iterable[Any], column: str, value: str) -> Sequence[int]:
        """Find rows by a cell."""
        from fourstroke_pandas.exporting import find  # noqa: PLC0415 - as above

        return find(pieces, column, value)

    @hookimpl
    def stack_rows(self, parts: Sequence[tuple[Any, int, int]]) -> Any:
        """Put rows of frames under each other."""
        from fourstroke_pandas.labelling import stack  # noqa: PLC0415 - as above

        return stack(parts)

    @hookimpl
    def read_labels(self, table: Any, column: str, label: str, is_number: bool) -> Any:  # noqa: FBT001
        """Make labels of a frame."""
        from fourstroke_pandas.labelling import read  # noqa: PLC0415 - as above

        return read(table, column, label, is_number=is_number)

    @hookimpl
    def label_rows(self, rows: Any, column: str, labels: Sequence[Any]) -> Any:
        """Find the label of each row by its id."""
        from fourstroke_pandas.labelling import label  # noqa: PLC0415 - as above

        return label(rows, column, labels)

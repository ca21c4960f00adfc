"""Collect tables from files by suffix: one file, or all that match a pattern."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from fourstroke import Context, DataError, hookimpl, plugin
from fourstroke_files.finding import find

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Files"]


@plugin
class Files:
    """Read a file, or all files that match a pattern, into one table.

    The suffix decides the format: ``.csv``, ``.tsv``, ``.jsonl``, ``.parquet``, ``.xlsx``, the text
    formats also with ``.gz``. Several files are put below each other in the order of their names.
    """

    # A file of the project, or a pattern such as `data/*.csv`.
    path: str
    # The format, where the suffix does not tell.
    format: str = ""
    # The encoding of text; it is never guessed.
    encoding: str = "utf-8"
    # The delimiter of a CSV file.
    delimiter: str = ","
    # The columns to read; empty for all.
    columns: tuple[str, ...] = ()

    @hookimpl
    def source_state(self, context: Context) -> str:
        """Name the content of all files, without reading one again that did not change."""
        state = hashlib.sha256()
        for path in find(context.root, self.path):
            state.update(f"{_name(path, context.root)}\0{context.digest(path)}\0".encode())
        return state.hexdigest()

    @hookimpl
    def collect(self, context: Context) -> Any:
        """Read the files."""
        # pandas is imported when a file is really read: a plan needs only digests.
        from fourstroke_files.reading import Reader  # noqa: PLC0415

        reader = Reader(self.format, self.encoding, self.delimiter, self.columns)
        paths = find(context.root, self.path)
        tables = [reader.read(path, _name(path, context.root)) for path in paths]
        table = reader.together(tables, [_name(path, context.root) for path in paths])
        if len(table.columns) == 0:
            raise DataError("it has no columns", where=self.path)
        return table


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name

"""Collect a table from Parquet files without reading it into memory."""

from __future__ import annotations

import glob
import hashlib
from pathlib import Path
from typing import Any

import attrs

from fourstroke import Context, DataError, hookimpl, plugin


@plugin
class Batches:
    """Read Parquet files batch by batch: for a table that may be larger than memory.

    The files have the same columns, and are put below each other in the order of their names. Steps
    that work row by row, checks, profiles and the catalog take the table in pieces; a step that
    needs it whole reads it into memory, and `sample` before it makes it small enough.
    """

    # A file, or a pattern such as `data/2024-*.parquet`; `**` stands for any folders.
    path: str = attrs.field(validator=attrs.validators.min_len(1))
    # The columns to read, in this order; all if it is empty.
    columns: tuple[str, ...] = ()

    capabilities = frozenset({"state", "columns"})

    @hookimpl
    def source_state(self, context: Context) -> str:
        """Name the content of all files, which are read again only if they changed."""
        digests = [context.digest(path) for path in self._files(context)]
        if len(digests) == 1:
            return digests[0]
        joined = hashlib.sha256("\n".join(digests).encode()).hexdigest()
        return f"{len(digests)} files {joined}"

    @hookimpl
    def collect(self, context: Context) -> Any:
        """Open all files as one table."""
        # pyarrow is not needed to list or build this plugin, nor to see that no file changed.
        from fourstroke_batches.table import BatchedTable  # noqa: PLC0415

        names = {path: _name(path, context.root) for path in self._files(context)}
        return BatchedTable.open(list(names), names=names, columns=self.columns)

    def _files(self, context: Context) -> list[Path]:
        found = sorted(glob.glob(self.path, root_dir=context.root, recursive=True))  # noqa: PTH207
        # A name may hold the signs of a pattern itself.
        if not found and (context.root / self.path).is_file():
            found = [self.path]
        files = [context.root / name for name in found if (context.root / name).is_file()]
        if not files:
            hint = "it is a folder: name its files, such as data/*.parquet" if found else ""
            raise DataError("there is no such file", where=self.path, hint=hint)
        return files


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)

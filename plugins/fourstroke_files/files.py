"""Collect a table from files of the disk, one or many."""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke import Context, hookimpl, plugin
from fourstroke_files.finding import find, shown_name
from fourstroke_files.settings import Reading

if TYPE_CHECKING:
    from pathlib import Path

# A smaller file is read as fast as what would be remembered of it.
_LARGE: Final = 256 * 1024


@plugin
class Files(Reading):
    """Read a file, or all files that match a pattern, into one table.

    The suffix tells the format: ``.csv``, ``.tsv``, ``.jsonl``, ``.parquet`` or ``.xlsx``; text also
    packed as ``.gz``, ``.bz2``, ``.xz``, ``.zst`` or ``.zip``. Several files have the same columns and
    are put below each other in the order of their names; those of 256 KB and more that were
    read before are not read again. Nothing is guessed of a file that is not well-formed: the error names its line.
    """

    # A file, or a pattern such as `data/2024-*.csv`; `**` stands for any folders.
    path: str = attrs.field(validator=attrs.validators.min_len(1))
    # Columns that folders tell: of `sales/year=2024/a.csv` it may be ["year"].
    partitions: tuple[str, ...] = ()

    capabilities = frozenset({"state", "columns"})

    @hookimpl
    def source_state(self, context: Context) -> str:
        """Name the content of all files, which are read again only if they changed."""
        paths = find(self.path, context.root)
        digests = [context.digest(path) for path in paths]
        if self.partitions:
            digests = [
                f"{digest}{self._folders(path)}"
                for digest, path in zip(digests, paths, strict=True)
            ]
        if len(digests) == 1:
            return digests[0]
        # Files in another place or under other names make the same table: only the order counts.
        joined = hashlib.sha256("\n".join(digests).encode()).hexdigest()
        return f"{len(digests)} files {joined}"

    @hookimpl
    def collect(self, context: Context) -> Any:
        """Read all files into one data frame whose index counts the rows."""
        # pandas is not needed to list or build this plugin, nor to see that no file changed.
        from fourstroke_files.combining import combine  # noqa: PLC0415
        from fourstroke_files.partitions import with_folders  # noqa: PLC0415
        from fourstroke_files.reading import read  # noqa: PLC0415

        options, paths = self.options(context), find(self.path, context.root)
        names = [shown_name(path, context.root) for path in paths]
        tables = []
        for path, name in zip(paths, names, strict=True):
            make = functools.partial(read, path, name, options)
            is_part = len(paths) > 1 and path.stat().st_size >= _LARGE
            tables.append(context.remember(context.digest(path), make) if is_part else make())
        if self.partitions:
            tables = with_folders(tables, names, self.partitions)
        return combine(tables, names)

    def _folders(self, path: Path) -> str:
        """Give the folders of which columns are made, for they are part of the table, too."""
        return "".join(
            f" {part}" for part in path.parts if part.partition("=")[0] in self.partitions
        )

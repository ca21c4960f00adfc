"""Collect tables from files: CSV, TSV, JSON lines, Parquet and Excel, one file or many."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import attrs

from fourstroke import Context, hookimpl, plugin
from fourstroke_files.finding import find, shown_name
from fourstroke_files.web import Http

__all__ = ["Files", "Http"]


def _names_an_encoding(_: object, __: attrs.Attribute[str], value: str) -> None:
    try:
        "".encode(value)
    except LookupError as error:
        raise ValueError(f"there is no encoding {value!r}") from error


def _is_one_character(_: object, __: attrs.Attribute[str], value: str) -> None:
    if value and (len(value) != 1 or value in '"\r\n\0'):
        raise ValueError(f"delimiter is one character, not {value!r}")


@plugin
class Files:
    """Read a file, or all files that match a pattern, into one table.

    The suffix tells the format: ``.csv``, ``.tsv``, ``.jsonl``, ``.parquet`` or ``.xlsx``; text also
    packed as ``.gz``. Several files have the same columns and are put below each other in the order
    of their names. Nothing is guessed of a file that is not well-formed: the error names its line.
    """

    # A file, or a pattern such as `data/2024-*.csv`; `**` stands for any folders.
    path: str = attrs.field(validator=attrs.validators.min_len(1))
    # The format of all files, if their suffixes do not tell.
    format: Literal["", "csv", "tsv", "jsonl", "parquet", "xlsx"] = ""
    # The encoding of text files.
    encoding: str = attrs.field(default="utf-8", validator=_names_an_encoding)
    # What stands between the cells of a line; a comma, or a tab in a TSV file, if it is not given.
    delimiter: str = attrs.field(default="", validator=_is_one_character)
    # The sign before the fraction of a number in a CSV or TSV file.
    decimal: Literal[".", ","] = "."
    # The columns to read, in this order; all if it is empty.
    columns: tuple[str, ...] = ()
    # Columns of a CSV, TSV or Excel file to read as text, such as codes with leading zeros.
    text: tuple[str, ...] = ()
    # Words of a CSV, TSV or Excel file that stand for a missing cell, instead of those of pandas.
    missing: tuple[str, ...] | None = None
    # The sheet of an Excel file; the first one if it is not given.
    sheet: str = ""

    capabilities = frozenset({"state", "columns"})

    @hookimpl
    def source_state(self, context: Context) -> str:
        """Name the content of all files, which are read again only if they changed."""
        digests = [context.digest(path) for path in find(self.path, context.root)]
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
        from fourstroke_files.reading import Options, read  # noqa: PLC0415

        options = Options(
            format=self.format,
            encoding=self.encoding,
            delimiter=self.delimiter,
            decimal=self.decimal,
            columns=self.columns,
            text=self.text,
            missing=self.missing,
            sheet=self.sheet,
            say=context.say,
        )
        paths = find(self.path, context.root)
        names = [shown_name(path, context.root) for path in paths]
        tables = [read(path, name, options) for path, name in zip(paths, names, strict=True)]
        return combine(tables, names)

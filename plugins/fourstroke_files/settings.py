"""How files are read: the settings that all plugins of files share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from fourstroke import plugin

if TYPE_CHECKING:
    from fourstroke import Context
    from fourstroke_files.reading import Options


def _names_an_encoding(_: object, __: attrs.Attribute[str], value: str) -> None:
    try:
        "".encode(value)
    except LookupError as error:
        raise ValueError(f"there is no encoding {value!r}") from error


def _is_one_character(_: object, __: attrs.Attribute[str], value: str) -> None:
    if value and (len(value) != 1 or value in '"\r\n\0'):
        raise ValueError(f"delimiter is one character, not {value!r}")


@plugin
class Reading:
    """Settings for the formats."""

    # The format, if the suffix does not tell.
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

    def options(self, context: Context) -> Options:
        """Give the settings as the readers take them."""
        from fourstroke_files.reading import Options  # noqa: PLC0415 - imports pandas

        return Options(
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

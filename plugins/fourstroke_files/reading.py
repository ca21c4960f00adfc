"""Read one file into a table: by its format, with every fault named in the file's own terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pandas as pd

from fourstroke import ConfigError, DataError
from fourstroke_files.finding import likely
from fourstroke_files.packed import DAMAGED, packing_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_FORMAT_BY_SUFFIX = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
}
_INSTEAD = {
    ".xls": "save it as .xlsx",
    ".ods": "save it as .xlsx",
    ".json": "save it with one object a line, as .jsonl",
    ".txt": 'say how to read it: format = "csv"',
    ".rar": "unpack it, or pack it as .zip",
    ".7z": "unpack it, or pack it as .zip",
}


@attrs.frozen(kw_only=True)
class Options:
    """How files are read: the settings of ``Files`` under the same names, and whom to tell what."""

    format: str = ""
    encoding: str = "utf-8"
    delimiter: str = ""
    decimal: str = "."
    columns: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    missing: tuple[str, ...] | None = None
    sheet: str = ""
    say: Callable[[str], None] = lambda _: None


def read(path: Path, name: str, options: Options) -> pd.DataFrame:
    """Read one file.

    Parameters
    ----------
    path : Path
        A regular file.
    name : str
        How messages call it.

    Returns
    -------
    DataFrame
        At least one row and one column; the columns' names are unique, and no name is empty.

    Raises
    ------
    DataError
        If it cannot be read as a table; names the line or the column.
    """
    kind = options.format or _format_of(path, name)
    _check_fits(kind, options)
    try:
        if path.stat().st_size == 0:
            raise DataError("the file is empty", where=name, hint="write the table again")
        table = _read_as(kind, path, name, options)
    except DAMAGED as error:
        raise _damaged(path, name, error) from error
    except OSError as error:
        # A fault of the disk has a number; what is said of the content of a file has none.
        if packing_of(path) and error.errno is None:
            raise _damaged(path, name, error) from error
        raise DataError(f"it cannot be read: {error.strerror or error}", where=name) from error
    if table.empty:
        raise DataError("it has a header and no rows", where=name, hint="write its rows too")
    return table


def _damaged(path: Path, name: str, error: Exception) -> DataError:
    how = packing_of(path) or "gzip"
    return DataError(
        f"it is packed with {how} and damaged: {error}", where=name, hint="pack it again"
    )


def _read_as(kind: str, path: Path, name: str, options: Options) -> pd.DataFrame:
    # Each reader brings libraries of its own, of which a project needs one or two.
    if kind in {"csv", "tsv"}:
        from fourstroke_files.delimited import read_delimited  # noqa: PLC0415

        return read_delimited(path, name, options, "\t" if kind == "tsv" else ",")
    if kind == "jsonl":
        from fourstroke_files.json_lines import read_json_lines  # noqa: PLC0415

        return read_json_lines(path, name, options)
    if kind == "parquet":
        from fourstroke_files.parquet import read_parquet  # noqa: PLC0415

        return read_parquet(path, name, options)
    from fourstroke_files.sheets import read_sheet  # noqa: PLC0415

    return read_sheet(path, name, options)


def check_header(names: Sequence[object], where: str) -> list[str]:
    """Take a header's cells as the names of columns.

    Raises
    ------
    DataError
        If one is no text or empty, or two are the same.
    """
    seen: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if not isinstance(name, str | None):
            raise DataError(
                f"the name of column {position} is {name!r}, not text",
                where=where,
                hint="write text into the header",
            )
        if not (name or "").strip():
            raise DataError(
                f"column {position} has no name",
                where=where,
                hint="give it one; if it only counts rows, write the file without it",
            )
        if name in seen:
            raise DataError(
                f"columns {seen[name]} and {position} are both named {name!r}",
                where=where,
                hint="rename one",
            )
        seen[str(name)] = position
    return list(seen)


def need(wanted: Sequence[str], header: Sequence[str], where: str) -> None:
    """Make sure that a file has the columns that are asked for.

    Raises
    ------
    DataError
        With a line for each one that it does not have.
    """
    known = set(header)
    faults = [
        DataError(f"there is no column {name!r}", where=where, hint=likely(name, header))
        for name in wanted
        if name not in known
    ]
    if faults:
        raise DataError.join(faults)


def _format_of(path: Path, name: str) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    is_packed = bool(packing_of(path))
    suffix = "".join(suffixes[-2:-1] if is_packed else suffixes[-1:])
    kind = _FORMAT_BY_SUFFIX.get(suffix)
    if kind is None:
        known = ", ".join(dict.fromkeys(_FORMAT_BY_SUFFIX.values()))
        told = f"the suffix {suffix!r} tells no format" if suffix else "there is no suffix"
        raise DataError(told, where=name, hint=_INSTEAD.get(suffix, f"set format: {known}"))
    if is_packed and kind in {"parquet", "xlsx"}:
        raise DataError(f"a {kind} file is packed as it is", where=name, hint="unpack it")
    return kind


def _check_fits(kind: str, options: Options) -> None:
    """Refuse settings that a format has no use for: they would be passed over silently."""
    has_untyped_cells = kind in {"csv", "tsv", "xlsx"}
    useless = {
        "text": bool(options.text) and not has_untyped_cells,
        "missing": options.missing is not None and not has_untyped_cells,
        "delimiter": bool(options.delimiter) and kind not in {"csv", "tsv"},
        "decimal": options.decimal != "." and kind not in {"csv", "tsv"},
        "sheet": bool(options.sheet) and kind != "xlsx",
    }
    for setting, is_useless in useless.items():
        if is_useless:
            raise ConfigError(
                f"a {kind} file has no use for this", where=setting, hint="leave it out"
            )

"""Guess what a table is for, from its header and first rows, with nothing but the csv module."""

from __future__ import annotations

import csv
import gzip
import io
from itertools import islice
from typing import TYPE_CHECKING

import attrs

from fourstroke.cli.table import shortened
from fourstroke.entities.task import TaskKind
from fourstroke.errors import DataError, UsageError, nearest

if TYPE_CHECKING:
    from pathlib import Path

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_ROWS = 20_000
_MOST_CLASSES = 20
# Only names that nobody gives to a feature: `y` is a length in one table, `class` a fare in another.
_TARGETS = ("target", "label", "outcome")
_DELIMITER_NAMES = {";": "';'", "\t": r"'\t'", "|": "'|'", ",": "','"}
_MOST_NAMES = 40


@attrs.frozen(kw_only=True)
class Guess:
    """What a table seems to be for; a user is told and may correct it."""

    target: str
    kind: TaskKind
    positive: str | int | bool | None = None
    id: str = ""


def guess(path: Path, *, target: str = "", delimiter: str = "") -> Guess:
    """Guess target and kind of a CSV or TSV file, plain or compressed with gzip.

    Parameters
    ----------
    path : Path
        The file.
    target : str
        The column to predict if it is known; else the one that is named ``target``, ``label`` or
        ``outcome``.

    delimiter : str
        What stands between two cells; empty for what the suffix says.

    Raises
    ------
    UsageError
        If the file is of another format, has no such column, or none that is surely meant.
    DataError
        If it cannot be read as a table.
    """
    header, rows = _beginning(path, delimiter)
    if target and target not in header:
        raise UsageError(
            f"there is no column {target!r}", where=path.name, hint=nearest(target, header)
        )
    chosen = target or _sure_target(header, path.name)
    values = _column(rows, header.index(chosen))
    kind = _kind_of(values)
    return Guess(
        target=chosen,
        kind=kind,
        positive=_positive(values) if kind == "binary" else None,
        id=_likely_id(header, rows, chosen),
    )


def _beginning(path: Path, delimiter: str) -> tuple[list[str], list[list[str]]]:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    is_packed = suffixes[-1:] == [".gz"]
    delimiter = delimiter or _DELIMITERS.get(
        suffixes[-2 if is_packed else -1] if len(suffixes) > is_packed else "", ""
    )
    if not delimiter:
        raise UsageError(
            "only the header of a .csv or .tsv file can be read here",
            where=path.name,
            hint="give --target and --kind",
        )
    try:
        with gzip.open(path) if is_packed else path.open("rb") as raw:
            text = io.TextIOWrapper(raw, encoding="utf-8-sig", newline="")
            lines = list(islice(csv.reader(text, delimiter=delimiter), _ROWS + 1))
    except UnicodeDecodeError as error:
        raise DataError(
            f"it is not UTF-8 ({error.reason})", where=path.name, hint="save it as UTF-8"
        ) from error
    except (csv.Error, EOFError, gzip.BadGzipFile) as error:
        raise DataError(f"it is no table: {error}", where=path.name) from error
    header = lines[0] if lines else []
    _refuse_one_column(header, path.name)
    rows = [row for row in lines[1:] if len(row) == len(header)]
    if not header or not rows:
        raise DataError("it has no header or no row", where=path.name)
    return header, rows


def _refuse_one_column(header: list[str], where: str) -> None:
    """Refuse a header that another delimiter would divide: nothing but names could be told of it."""
    found = next((sign for sign in _DELIMITER_NAMES if len(header) == 1 and sign in header[0]), "")
    if found:
        raise DataError(
            f"it has one column, {shortened(header[0], 40)!r}",
            where=where,
            hint=f"give --delimiter {_DELIMITER_NAMES[found]}",
        )


def _sure_target(header: list[str], where: str) -> str:
    found = [name for name in header if name.strip().lower() in _TARGETS]
    if len(found) == 1:
        return found[0]
    more = len(header) - _MOST_NAMES
    names = ", ".join(header[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
    what = f"{' and '.join(found)} may be meant" if found else "its header does not tell it"
    raise UsageError(
        f"which column is to be predicted? {what}",
        where=where,
        hint=f"give --target, one of: {names}",
    )


def _column(rows: list[list[str]], at: int) -> list[str]:
    return [row[at].strip() for row in rows if row[at].strip()]


def _kind_of(values: list[str]) -> TaskKind:
    distinct = set(values)
    if len(distinct) <= 2:  # noqa: PLR2004 - binary
        return "binary"
    if len(distinct) > _MOST_CLASSES and all(map(_is_number, distinct)):
        return "regression"
    return "multiclass" if not _has_fractions(distinct) else "regression"


def _has_fractions(distinct: set[str]) -> bool:
    return all(map(_is_number, distinct)) and any(
        not float(value).is_integer() for value in distinct
    )


def _is_number(text: str) -> bool:
    try:
        return float(text) == float(text)
    except ValueError:
        return False


def _positive(values: list[str]) -> str | int | bool | None:
    """Take the last class in sorted order, in the type that a reader of the file gives it."""
    distinct = sorted(set(values))
    if not distinct:
        return None
    if {value.lower() for value in distinct} <= {"true", "false"}:
        return True
    if all(value.lstrip("+-").isdigit() for value in distinct):
        return max(map(int, distinct))
    return None if all(map(_is_number, distinct)) else distinct[-1]


def _likely_id(header: list[str], rows: list[list[str]], target: str) -> str:
    for at, name in enumerate(header):
        if name == target or not (name.lower() == "id" or name.lower().endswith(("_id", " id"))):
            continue
        values = [row[at] for row in rows]
        if len(set(values)) == len(values):
            return name
    return ""

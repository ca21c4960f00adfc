"""JSON lines: one object a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from fourstroke import DataError
from fourstroke_files.malformed import lines_of
from fourstroke_files.reading import Options, check_header, need
from fourstroke_files.typed import typed_column

if TYPE_CHECKING:
    from pathlib import Path


def read_json_lines(path: Path, name: str, options: Options) -> pd.DataFrame:
    """Read one object a line; a key that a line does not have is a missing cell.

    Columns stand in the order in which their keys first appear.

    Raises
    ------
    DataError
        Names the line that is no object, or at which a column changes its type.
    """
    rows: list[dict[str, Any]] = []
    numbers: list[int] = []
    for number, line in enumerate(lines_of(path, name, options.encoding), start=1):
        if not line.isspace():
            rows.append(_object(line, f"{name}:{number}"))
            numbers.append(number)
    if not rows:
        raise DataError("there is no row in it", where=name, hint="write one object a line")
    header = check_header(list(dict.fromkeys(key for row in rows for key in row)), name)
    need(options.columns, header, name)
    columns = {
        column: typed_column(
            [row.get(column) for row in rows],
            column,
            lambda row: f"{name}:{numbers[row]}",
            "write values of one type",
        )
        for column in options.columns or header
    }
    return pd.DataFrame(columns)


def _object(line: str, where: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"this line is no JSON: {error}", where=where) from error
    if not isinstance(found, dict):
        raise DataError(
            f"expected an object, got {type(found).__name__}",
            where=where,
            hint="write one object a line",
        )
    return found

"""CSV as a table: the text of each cell as what the model's columns hold."""

from __future__ import annotations

import csv
import io
from functools import partial
from typing import TYPE_CHECKING, Any

from fourstroke_serve.faults import RequestError
from fourstroke_serve.rows import named, rows_of_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from fourstroke_serve.loaded import Loaded
    from fourstroke_serve.rows import Columns


def table_of_csv(body: bytes) -> tuple[int, Callable[[Loaded], Columns]]:
    """Read CSV whose first line names the columns; gives how many rows, and what makes their table.

    Raises
    ------
    RequestError
        400 for what is no CSV, 422 for a line with too many or too few cells.
    """
    try:
        lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise RequestError(400, f"the body is no CSV: {error}") from error
    if not any(lines):
        raise RequestError(400, "the CSV is empty; its first line names the columns")
    names, *rows = lines
    while rows and not rows[-1]:
        # Blank lines at the end of a file; in the middle each is a row that lacks its cells.
        rows.pop()
    return len(rows), partial(_typed, columns=named(names, rows))


def _typed(by: Loaded, *, columns: Mapping[str, Sequence[str]]) -> Columns:
    """Read the text of CSV as what the model's columns hold; an empty cell is missing."""
    kinds = {column.name: column.kind for column in by.signature.columns} if by.signature else {}
    cells = {
        name: [_cell(text, kinds.get(name, "text")) for text in texts]
        for name, texts in columns.items()
    }
    return rows_of_columns(by.signature, cells, by.row_id)


def _cell(text: str, kind: str) -> Any:
    if not text:
        return None
    if kind == "boolean":
        return {"true": True, "false": False, "1": True, "0": False}.get(text.lower(), text)
    if kind in {"number", "duration"}:
        return _number(text)
    return text


def _number(text: str) -> float | str:
    """Read a number; Python would also take `1_000` and the digits of all scripts."""
    try:
        return float(text) if text.isascii() and "_" not in text else text
    except ValueError:
        return text

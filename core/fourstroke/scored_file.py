"""Write what was scored as a file that its reader can join to the rows that came in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourstroke.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


def write_scored(predictions: Any, data: Any, id_column: str, output: Path) -> None:
    """Write predictions as CSV, in the order of the rows, whole or not at all.

    Parameters
    ----------
    predictions, data : table
        What was said, and the rows it was said of.
    id_column : str
        The column that names a row: it comes first. Empty if the task has none.
    output : Path
        The file; it is replaced.

    Raises
    ------
    DataError
        If the plugin that scored gives tables that cannot be written.
    """
    if not hasattr(predictions, "to_csv"):
        kind = type(predictions).__name__
        raise DataError(f"a {kind} of predictions cannot be written as CSV", where=str(output))
    if id_column in getattr(data, "columns", ()):
        predictions = predictions.copy()
        predictions.insert(0, id_column, data[id_column].to_numpy())
    partial = output.with_name(f".{output.name}.partial")
    try:
        predictions.to_csv(partial, index=False)
        partial.replace(output)
    finally:
        partial.unlink(missing_ok=True)

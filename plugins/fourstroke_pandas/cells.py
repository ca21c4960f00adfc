"""Columns as Arrow arrays and back, with a note of what Arrow alone would not bring back."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.types import infer_dtype, pandas_dtype

from fourstroke import DataError
from fourstroke_pandas.frames import in_column

if TYPE_CHECKING:
    from pandas.api.extensions import ExtensionDtype

# A dtype as JSON: the name of a numpy or extension dtype, or a table with the kind's own facts.
Note = str | Mapping[str, Any]

# What cells of dtype object may hold, all alike, and still come back as they were.
_KEPT_OBJECTS = frozenset(
    {"string", "bytes", "boolean", "integer", "floating", "decimal", "date", "time", "empty"}
)
_MARKERS = {"none": None, "nan": float("nan"), "na": pd.NA, "nat": pd.NaT}


def to_arrow(values: Any, name: str) -> tuple[pa.Array, Note]:
    """Turn one column or index into an Arrow array in one piece.

    Parameters
    ----------
    values : pandas.Series or pandas.Index
        The cells.
    name : str
        The column's name, for messages.

    Raises
    ------
    DataError
        If some cell could not be brought back as it is.
    """
    dtype = values.dtype
    try:
        if isinstance(dtype, np.dtype):
            return _numpy_to_arrow(values, dtype, name)
        return _extension_to_arrow(values.array, dtype, name)
    except (pa.ArrowException, TypeError, ValueError, OverflowError, NotImplementedError) as error:
        text = " ".join(str(error).split())[:200]
        raise DataError(f"{dtype} cannot be kept: {text}", where=in_column(name)) from error


def from_arrow(column: pa.ChunkedArray, note: Note) -> Any:
    """Turn an Arrow column back into what `to_arrow` was given: a numpy or pandas array."""
    if isinstance(note, str):
        return _plain_from_arrow(column, note)
    kind = note["kind"]
    if kind == "object":
        return _objects_from_arrow(column, note["missing"])
    if kind == "category":
        return _category_from_arrow(column, note)
    if kind == "string":
        return _string_dtype(note).__from_arrow__(column)
    kept = _unpacked(note["values"]).type
    dtype: Any = pd.ArrowDtype(kept)
    return dtype.__from_arrow__(column.cast(kept))


def as_index(values: Any) -> pd.Index[Any]:
    """Make an index of the dtype that the cells have, without guessing another one."""
    index: pd.Index[Any] = pd.Index(values, dtype=values.dtype, copy=True)
    return index


def _numpy_to_arrow(values: Any, dtype: np.dtype[Any], name: str) -> tuple[pa.Array, Note]:
    array = values.to_numpy()
    if dtype.kind == "O":
        return _objects_to_arrow(array, name)
    if dtype.kind not in "biufmM":
        raise DataError(
            f"{dtype} is a type that tables here do not have",
            where=in_column(name),
            hint="turn it into numbers, text or times",
        )
    native = array if dtype.isnative else array.astype(dtype.newbyteorder("="))
    # NaN and NaT become nulls, so that the bits of a NaN never reach the file.
    return pa.array(native, from_pandas=True), str(native.dtype)


def _objects_to_arrow(array: Any, name: str) -> tuple[pa.Array, Note]:
    kind = infer_dtype(array, skipna=True)
    if kind not in _KEPT_OBJECTS:
        raise _odd_objects(array, name)
    found = pa.array(array, from_pandas=True)
    return found, {"kind": "object", "missing": _marker(array) if found.null_count else "none"}


def _odd_objects(array: Any, name: str) -> DataError:
    """Make the error of a column whose objects cannot be kept; says where the second type begins."""
    kinds: dict[str, int] = {}
    for row, cell in enumerate(array):
        if not (pd.api.types.is_scalar(cell) and pd.isna(cell)):
            kinds.setdefault(type(cell).__name__, row)
    if len(kinds) == 1:
        return DataError(
            f"its cells are of type {next(iter(kinds))}, which tables here do not have",
            where=in_column(name),
            hint="turn them into text, numbers or times",
        )
    listed = ", ".join(f"{kind} (first in row {row})" for kind, row in [*kinds.items()][:4])
    return DataError(
        f"its cells are of several types: {listed}",
        where=in_column(name),
        hint="cast the column to one type",
    )


def _marker(array: Any) -> str:
    """Say what marks missing cells; where several do, the usual one of pandas is taken."""
    missing = array[pd.isna(array)]
    kinds = {_marker_of(cell) for cell in missing}
    return kinds.pop() if len(kinds) == 1 else "nan"


def _marker_of(cell: object) -> str:
    if cell is None:
        return "none"
    if cell is pd.NA:
        return "na"
    return "nat" if cell is pd.NaT else "nan"


def _extension_to_arrow(array: Any, dtype: ExtensionDtype, name: str) -> tuple[pa.Array, Note]:
    if isinstance(dtype, pd.CategoricalDtype):
        return _category_to_arrow(array, dtype, name)
    note: Note = str(dtype)
    if isinstance(dtype, pd.StringDtype):
        missing = getattr(dtype, "na_value", pd.NA)
        note = {
            "kind": "string",
            "storage": dtype.storage,
            "missing": "na" if missing is pd.NA else "nan",
        }
    elif isinstance(dtype, pd.ArrowDtype):
        _refuse_nested(dtype, name)
        # Parquet has no seconds, among others: the type is noted by an empty array that has it.
        note = {"kind": "arrow", "values": _packed(pa.array([], dtype.pyarrow_dtype))}
    elif not hasattr(dtype, "__from_arrow__") or pandas_dtype(str(dtype)) != dtype:
        raise DataError(
            f"{dtype} is a type that tables here do not have",
            where=in_column(name),
            hint="turn it into numbers, text or times",
        )
    return _in_one_piece(pa.array(array, from_pandas=True)), note


def _refuse_nested(dtype: pd.ArrowDtype, name: str) -> None:
    if pa.types.is_nested(dtype.pyarrow_dtype):
        raise DataError(
            f"{dtype} holds cells within cells, which tables here do not have",
            where=in_column(name),
            hint="give each part a column of its own",
        )


def _category_to_arrow(array: Any, dtype: pd.CategoricalDtype, name: str) -> tuple[pa.Array, Note]:
    values, note = to_arrow(dtype.categories, name)
    codes = pa.array(array.codes, mask=array.codes < 0)
    facts = {
        "kind": "category",
        "ordered": bool(dtype.ordered),
        "values": note,
        "categories": _packed(values),
    }
    return values.take(codes), facts


def _in_one_piece(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Join chunks: how a column came to be must not show in its bytes."""
    if not isinstance(array, pa.ChunkedArray):
        return array
    return array.combine_chunks() if array.num_chunks != 1 else array.chunk(0)


def _plain_from_arrow(column: pa.ChunkedArray, name: str) -> Any:
    dtype = pandas_dtype(name)
    if not isinstance(dtype, np.dtype):
        return dtype.__from_arrow__(column)  # type: ignore[attr-defined]  # to_arrow saw that it has one
    found = column.to_numpy()
    return found if found.dtype == dtype else found.astype(dtype)


def _objects_from_arrow(column: pa.ChunkedArray, missing: str) -> Any:
    found = np.empty(len(column), dtype=object)
    found[:] = column.to_pylist()
    if missing != "none" and column.null_count:
        found[column.is_null().to_numpy()] = _MARKERS[missing]
    # As an array it would be taken for text, and get the dtype of text.
    return pd.Series(found, dtype=object)


def _category_from_arrow(column: pa.ChunkedArray, note: Mapping[str, Any]) -> Any:
    packed = _unpacked(note["categories"])
    codes = pc.index_in(column.cast(packed.type), value_set=packed).fill_null(-1)
    categories = as_index(from_arrow(pa.chunked_array([packed]), note["values"]))
    dtype = pd.CategoricalDtype(categories, ordered=note["ordered"])
    return pd.Categorical.from_codes(codes.to_numpy(), dtype=dtype)


def _string_dtype(note: Mapping[str, Any]) -> Any:
    if note["missing"] == "na":
        return pd.StringDtype(note["storage"])
    return pd.StringDtype(note["storage"], na_value=np.nan)


def _packed(values: pa.Array) -> str:
    """Write a short array as text, for the file's notes."""
    sink = pa.BufferOutputStream()
    batch = pa.record_batch([values], names=["values"])
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return base64.b64encode(sink.getvalue()).decode("ascii")


def _unpacked(text: str) -> pa.Array:
    with pa.ipc.open_stream(base64.b64decode(text)) as stream:
        return stream.read_all().column(0).combine_chunks()

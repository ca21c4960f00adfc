"""Which types columns have: one for each kind of cell, however the files spell it."""

from __future__ import annotations

from typing import Final

import pandas as pd
import pyarrow as pa

from fourstroke import DataError

_NULLABLE: Final = {
    pa.int8(): pd.Int8Dtype(),
    pa.int16(): pd.Int16Dtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.uint8(): pd.UInt8Dtype(),
    pa.uint16(): pd.UInt16Dtype(),
    pa.uint32(): pd.UInt32Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
    pa.bool_(): pd.BooleanDtype(),
}


def settled(schema: pa.Schema, where: str) -> pa.Schema:
    """Settle the types of a table's columns: text is text however it is packed.

    Decimal numbers become floats, and dates the times of their midnights, as in tables that are read
    whole.

    Raises
    ------
    DataError
        If a column holds lists or other nested cells.
    """
    fields = [pa.field(field.name, _settled(field.type, field.name, where)) for field in schema]
    return pa.schema(fields)


def _settled(kind: pa.DataType, name: str, where: str) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _settled(kind.value_type, name, where)
    if pa.types.is_nested(kind):
        raise DataError(
            f"its cells are of type {kind}, and not single values",
            where=f"{where}, column {name!r}",
            hint="name the columns to read: columns = [...]",
        )
    if pa.types.is_decimal(kind):
        return pa.float64()
    if pa.types.is_date(kind):
        return pa.timestamp("us")
    if pa.types.is_large_string(kind):
        return pa.string()
    if pa.types.is_large_binary(kind):
        return pa.binary()
    return kind


def as_frame(table: pa.Table) -> pd.DataFrame:
    """Give a piece as a data frame; a column has the same dtype in each piece.

    Whole numbers and truth values are of the dtypes that have missing cells of their own: whether
    there are some differs from piece to piece.
    """
    frame: pd.DataFrame = table.to_pandas(types_mapper=_NULLABLE.get, date_as_object=False)
    return frame

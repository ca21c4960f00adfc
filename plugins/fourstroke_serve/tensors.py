"""Tensors of the Open Inference Protocol: what comes in is held against its shape and datatype."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from fourstroke import Cells
from fourstroke_serve.answers import kind_of, plain, taken_apart
from fourstroke_serve.faults import RequestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from fourstroke_serve.answers import Said

# What a column of each kind is called.
INPUT_TYPES: Final = {
    "number": "FP64",
    "boolean": "BOOL",
    "text": "BYTES",
    "date": "BYTES",
    "duration": "FP64",
}
_WHOLE: Final = {f"{sign}INT{bits}": (sign, bits) for sign in ("", "U") for bits in (8, 16, 32, 64)}
_FLOATS: Final = frozenset({"FP16", "FP32", "FP64", "BF16"})
_DEEPEST: Final = 5
KNOWN: Final = ("BOOL", *_WHOLE, *sorted(_FLOATS), "BYTES")


@attrs.frozen
class Tensor:
    """One input.

    Parameters
    ----------
    name : str
        Of the column, or of all of them.
    rows, width : int
        The first number of its shape, and the product of the others.
    cells : sequence
        Row after row; ``None`` is a missing value.
    """

    name: str
    rows: int
    width: int
    cells: Sequence[Any]

    @classmethod
    def of(cls, given: Any) -> Self:
        """Read one.

        Raises
        ------
        RequestError
            400 if it has no name, or its shape, datatype and data do not fit each other.
        """
        if not isinstance(given, dict) or not isinstance(given.get("name"), str):
            raise RequestError(400, "each input has a name, a shape, a datatype and data")
        name, shape, data = given["name"], given.get("shape"), given.get("data")
        datatype = given.get("datatype")
        if datatype not in KNOWN:
            raise RequestError(400, f"input {name!r}: a datatype is one of {', '.join(KNOWN)}")
        if not isinstance(shape, list) or not shape or not all(map(_is_length, shape)):
            raise RequestError(400, f"input {name!r}: a shape is an array of whole numbers")
        if not isinstance(data, list):
            raise RequestError(400, f"input {name!r} has no data")
        cells = _flat(data)
        if math.prod(shape) != len(cells):
            raise RequestError(
                400, f"input {name!r}: the shape {shape} does not fit {len(cells)} values"
            )
        width = math.prod(shape[1:])
        return cls(name, shape[0], width, [_cell(name, datatype, cell) for cell in cells])


def tensors_of(said: Said, wanted: Any) -> list[dict[str, Any]]:
    """Give predictions as outputs: all, or those that are asked for, in their order.

    Raises
    ------
    RequestError
        400 if there is no such output.
    """
    names = list(said)
    if wanted is not None and not isinstance(wanted, list):
        raise RequestError(400, "outputs is an array")
    for each in wanted or ():
        name = each.get("name") if isinstance(each, dict) else None
        if name not in names:
            raise RequestError(400, f"there is no output {name!r}; there are {', '.join(names)}")
    chosen = [each["name"] for each in wanted] if wanted else names
    return [
        {
            "name": name,
            "shape": [len(said[name])],
            "datatype": _datatype(said[name]),
            "data": plain(said[name]),
        }
        for name in chosen
    ]


def described(predictions: pd.DataFrame) -> list[dict[str, Any]]:
    """Say which outputs there are, by what was said of an example."""
    return [
        {"name": name, "datatype": _datatype(column), "shape": [-1]}
        for name, column in taken_apart(predictions).items()
    ]


def _datatype(column: Cells | pd.Series[Any]) -> str:
    # Pandas' own integers and the like have a kind as well.
    kind = kind_of(column) if isinstance(column, Cells) else column.dtype.kind
    return {"b": "BOOL", "i": "INT64", "u": "UINT64", "f": "FP64"}.get(kind, "BYTES")


def _is_length(number: object) -> bool:
    return type(number) is int and number >= 0


def _flat(data: list[Any]) -> list[Any]:
    """Take nested rows apart; each further level takes another look at all cells."""
    for _ in range(_DEEPEST):
        if not any(type(cell) is list for cell in data):
            return data
        data = [inner for cell in data for inner in (cell if type(cell) is list else [cell])]
    raise RequestError(400, f"data is nested deeper than {_DEEPEST - 1} levels")


def _cell(name: str, datatype: str, cell: Any) -> Any:
    """Hold a cell against the datatype; what a column of the model makes of it is another question."""
    if cell is None:
        return None
    if datatype == "BOOL" and (type(cell) is bool or cell in (0, 1)):
        return bool(cell)
    is_number = type(cell) in {int, float}
    if datatype in _WHOLE and is_number and _is_within(datatype, cell):
        return int(cell)
    if (datatype in _FLOATS and is_number) or (datatype == "BYTES" and type(cell) is str):
        return cell
    raise RequestError(400, f"input {name!r}: {str(cell)[:40]!r} is no {datatype}")


def _is_within(datatype: str, number: float) -> bool:
    sign, bits = _WHOLE[datatype]
    low, high = (0, 2**bits) if sign else (-(2 ** (bits - 1)), 2 ** (bits - 1))
    # A huge one is no float, and one that is not finite has no floor.
    return low <= number < high and number == math.floor(number)

"""What the type of a plugin's field means for a value of the project file."""

from __future__ import annotations

import collections.abc
import datetime as dt
import enum
import types
from pathlib import Path, PurePath
from typing import Annotated, Any, Final, Literal, NewType, Union, get_args, get_origin

import attrs

# TOML has these and no others; a date is no datetime here.
_PLAIN: Final[dict[Any, str]] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    dt.datetime: "a date with time",
    dt.date: "a date",
    dt.time: "a time of day",
}
# What is built of an array, by what the annotation says.
_COLLECTIONS: Final[dict[Any, type]] = {
    list: list,
    collections.abc.Sequence: tuple,
    collections.abc.Collection: tuple,
    collections.abc.Iterable: tuple,
    set: set,
    frozenset: frozenset,
    collections.abc.Set: frozenset,
}
_MAPPINGS: Final = frozenset({dict, collections.abc.Mapping, collections.abc.MutableMapping})


class Form(enum.Enum):
    """The kinds of types, each with rules of its own."""

    ANY = "any"
    PLAIN = "plain"
    PATH = "path"
    CHOICE = "choice"
    UNION = "union"
    NONE = "none"
    LIST = "list"
    TUPLE = "tuple"
    MAPPING = "mapping"
    TABLE = "table"


@attrs.frozen
class Shape:
    """One type, taken apart.

    Parameters
    ----------
    form : Form
        Which rules hold.
    kind : object
        The class of what is built.
    parts : tuple of Shape
        Of a list its items, of a tuple each, of a mapping keys and values, of a union what there
        is.
    choices : tuple of pair
        What the file says, and what the plugin gets.
    """

    form: Form
    kind: Any = None
    parts: tuple[Shape, ...] = ()
    choices: tuple[tuple[Any, Any], ...] = ()


_ANYTHING: Final = Shape(Form.ANY)


def shape_of(annotation: Any) -> Shape:
    """Take a type apart.

    Raises
    ------
    TypeError
        If no value of a project file can be of this type; holds the name of the type.
    """
    if annotation is None or annotation is Any or annotation is object:
        return _ANYTHING
    if isinstance(annotation, NewType):
        return shape_of(annotation.__supertype__)
    if hasattr(annotation, "__value__"):  # a type alias of Python 3.12
        return shape_of(annotation.__value__)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return shape_of(arguments[0])
    if origin is Literal:
        return Shape(Form.CHOICE, choices=tuple((choice, choice) for choice in arguments))
    if origin in {Union, types.UnionType}:
        # The more exact first: 1 is a whole number before it is a number.
        parts = sorted(map(shape_of, arguments), key=lambda part: part.kind is float)
        return Shape(Form.UNION, parts=tuple(parts))
    return _of_container(origin or annotation, arguments) or _of_class(annotation)


def _of_container(origin: Any, arguments: tuple[Any, ...]) -> Shape | None:
    if origin is tuple:
        if not arguments or arguments[-1] is Ellipsis:
            inner = shape_of(arguments[0]) if arguments else _ANYTHING
            return Shape(Form.LIST, tuple, (inner,))
        return Shape(Form.TUPLE, tuple, tuple(map(shape_of, arguments)))
    if origin in _COLLECTIONS:
        inner = shape_of(arguments[0]) if arguments else _ANYTHING
        return Shape(Form.LIST, _COLLECTIONS[origin], (inner,))
    if origin in _MAPPINGS:
        keys, values = map(shape_of, arguments or (str, Any))
        return Shape(Form.MAPPING, dict, (keys, values))
    return None


def _of_class(kind: Any) -> Shape:
    if kind is type(None):
        return Shape(Form.NONE)
    if kind in _PLAIN:
        return Shape(Form.PLAIN, kind)
    if isinstance(kind, type):
        if attrs.has(kind):
            return Shape(Form.TABLE, kind)
        if issubclass(kind, enum.Enum):
            return Shape(Form.CHOICE, kind, choices=tuple((each.value, each) for each in kind))
        if kind in {Path, PurePath}:
            return Shape(Form.PATH, Path)
    raise TypeError(getattr(kind, "__name__", str(kind)))


def in_words(shape: Shape) -> str:
    """Say what belongs somewhere, to follow "expected".

    Examples
    --------
    >>> in_words(shape_of(tuple[float, ...])), in_words(shape_of(int | None))
    ('a list of numbers', 'a whole number')
    >>> in_words(shape_of(Literal["low", "high"] | bool))
    "one of 'low', 'high' or true or false"
    """
    match shape.form:
        case Form.PLAIN:
            return _PLAIN[shape.kind]
        case Form.PATH:
            return "a path"
        case Form.CHOICE:
            return f"one of {', '.join(repr(text) for text, _ in shape.choices)}"
        case Form.UNION:
            parts = [in_words(part) for part in shape.parts if part.form is not Form.NONE]
            return " or ".join(parts)
        case Form.LIST:
            inner = _PLURAL.get(in_words(shape.parts[0]), "")
            return f"a list of {inner}" if inner else "a list"
        case Form.TUPLE:
            return f"a list of {', '.join(map(in_words, shape.parts))}"
        case Form.MAPPING | Form.TABLE:
            return "a table"
    return "anything"


_PLURAL: Final = {
    "text": "texts",
    "a whole number": "whole numbers",
    "a number": "numbers",
    "a path": "paths",
    "a table": "tables",
    "a date": "dates",
}


def rooted(value: Any, root: Path) -> Any:
    """Put the paths in a value below a folder; the value itself if there are none."""
    if isinstance(value, Path):
        return root / value
    if type(value) in {tuple, list} and any(isinstance(item, Path) for item in value):
        return type(value)(rooted(item, root) for item in value)
    return value

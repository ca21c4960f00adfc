"""What a plugin gave, to be taken only as what its hook gives."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from types import FunctionType
from typing import Any, TypeVar

import attrs

from fourstroke.errors import StepError
from fourstroke.plugins.facts import MisstatedError, settled

T = TypeVar("T")

# What is neither a table nor a model: the core knows neither, but it knows what slips in by mistake.
_NO_RESULT = (bool, int, float, complex, str, bytes, type, FunctionType, Iterator, Awaitable)


@attrs.frozen
class Answer:
    """The result of one call.

    Parameters
    ----------
    value : object
        What the plugin gave.
    plugin, hook, step : str
        The plugin's class, the hook, and the step that it was called for.
    """

    value: Any
    plugin: str
    hook: str
    step: str

    def something(self) -> Any:
        """Take anything but ``None``.

        Raises
        ------
        StepError
            If it gave ``None``; names the plugin, as all others here do too.
        """
        if self.value is None:
            raise self._wrong("nothing", hint="return a value, never None")
        return self.value

    def thing(self) -> Any:
        """Take a table or a model: an object that is surely not something else."""
        value = self.something()
        if isinstance(value, _NO_RESULT):
            kind = type(value).__name__
            what = f"the class {value.__name__}" if isinstance(value, type) else kind
            expected = "a fitted model" if self.hook == "train" else "a table"
            raise self._wrong(f"{what}, not {expected}")
        return value

    def rows_of(self, data: Any) -> Any:
        """Take a table that has as many rows as another one."""
        table = self.thing()
        if hasattr(table, "__len__") and hasattr(data, "__len__") and len(table) != len(data):
            raise self._wrong(f"{len(table)} rows for {len(data)}", hint="one a row, in order")
        return table

    def parts(self, *needed: str) -> Mapping[str, Any]:
        """Take named tables, these at least."""
        found = self.something()
        if not isinstance(found, Mapping):
            raise self._wrong(f"{type(found).__name__}, not tables by name")
        for name, table in found.items():
            if not isinstance(name, str):
                raise self._wrong(f"a part with the name {name!r}", hint="names are text")
            Answer(table, self.plugin, f"{self.hook}[{name!r}]", self.step).thing()
        missing = [name for name in needed if name not in found]
        if missing:
            raise self._wrong(f"no {missing[0]!r}, but {', '.join(sorted(found)) or 'no part'}")
        return found

    def of(self, kind: type[T]) -> T:
        """Take an object of one class."""
        value = self.something()
        if not isinstance(value, kind):
            found = type(value)
            # NumPy's bool is called bool, too.
            name = found.__name__ if found.__name__ != kind.__name__ else _full_name(found)
            raise self._wrong(f"{name}, not {kind.__name__}")
        return value

    def texts(self) -> Iterable[str]:
        """Take texts, which may come one by one."""
        found = self.something()
        if isinstance(found, str) or not isinstance(found, Iterable):
            raise self._wrong(f"{type(found).__name__}, not several texts")
        return found

    def numbers(self) -> tuple[int, ...]:
        """Take whole numbers."""
        found = self.something()
        if isinstance(found, str) or not isinstance(found, Iterable):
            raise self._wrong(f"{type(found).__name__}, not several numbers")
        numbers = tuple(found)
        odd = next((each for each in numbers if type(each) is not int), None)
        if odd is not None:
            raise self._wrong(f"a list with {type(odd).__name__}, not int")
        return numbers

    def fact(self, kind: type[T]) -> T:
        """Take one fact of the core, with each of its fields of the declared type."""
        return self._settled(self.of(kind))

    def facts(self, kind: type[T]) -> tuple[T, ...]:
        """Take several facts of the core."""
        found = self.something()
        if isinstance(found, kind):
            raise self._wrong(f"one {kind.__name__}, not several", hint="put it in a list")
        if not isinstance(found, Sequence) or isinstance(found, str):
            raise self._wrong(f"{type(found).__name__}, not a list of {kind.__name__}")
        for item in found:
            if not isinstance(item, kind):
                raise self._wrong(f"a list with {type(item).__name__}, not {kind.__name__}")
        return tuple(map(self._settled, found))

    def _settled(self, fact: T) -> T:
        try:
            return settled(fact)
        except MisstatedError as error:
            raise self._wrong(f"a fact that is none: {error}") from error

    def _wrong(self, what: str, *, hint: str = "") -> StepError:
        return StepError(f"{self.hook} of {self.plugin} gave {what}", where=self.step, hint=hint)


def _full_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"

"""Typed calls of the services: storage, codecs, executors, renderers."""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.entities.profile import TableDifference, TableProfile
from fourstroke.errors import StepError
from fourstroke.hooks import services, tables
from fourstroke.plugins.answers import Answer
from fourstroke.plugins.manager import manager_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pluggy

    from fourstroke.context import Context
    from fourstroke.entities.run import RunReport


class StorageCaller:
    """A storage backend."""

    def __init__(self, plugin: object) -> None:
        self._service = _Service.of("storage", plugin, services.StorageHooks)

    def write(self, key: str, path: Path) -> bool:
        """Store a file's content under a key; whether the key is new."""
        return self._service.call("write", key=key, path=path).of(bool)

    def read(self, key: str, path: Path) -> Path:
        """Fetch the content of a key, to ``path`` or as a file of the backend's own."""
        return self._service.call("read", key=key, path=path).of(Path)

    def exists(self, key: str) -> bool:
        """Say whether there is something under a key."""
        return self._service.call("exists", key=key).of(bool)

    def keys(self, prefix: str) -> Iterable[str]:
        """List keys by their beginning."""
        return self._service.call("keys", prefix=prefix).texts()

    def delete(self, key: str) -> bool:
        """Remove what is under a key; whether there was something."""
        return self._service.call("delete", key=key).of(bool)


class CodecCaller:
    """A codec."""

    def __init__(self, plugin: object) -> None:
        self._service = _Service.of("codec", plugin, services.CodecHooks)

    def encode(self, value: Any, folder: Path) -> bool:
        """Write a value as files into an empty folder."""
        return self._service.call("encode", value=value, folder=folder).of(bool)

    def decode(self, folder: Path) -> Any:
        """Read a value back."""
        return self._service.call("decode", folder=folder).something()


class TableCaller:
    """What a codec of tables knows of them besides."""

    def __init__(self, plugin: object) -> None:
        self._service = _Service.of("codec", plugin, tables.TableHooks)
        self._plugin = plugin

    def knows(self, hook: str) -> bool:
        """Whether the codec has this hook."""
        return hasattr(self._plugin, hook)

    def profile_table(self, pieces: Iterable[Any]) -> TableProfile:
        """Say what is in a table, at a glance."""
        return self._service.call("profile_table", pieces=pieces).of(TableProfile)

    def compare_tables(
        self, before: Iterable[Any], after: Iterable[Any], key: Sequence[str]
    ) -> TableDifference:
        """Say in what two tables differ."""
        answer = self._service.call("compare_tables", before=before, after=after, key=key)
        return answer.of(TableDifference)

    def write_table(self, pieces: Iterable[Any], path: Path) -> int:
        """Write a table into a file; gives its rows."""
        return self._service.call("write_table", pieces=pieces, path=path).of(int)

    def find_rows(self, pieces: Iterable[Any], column: str, value: str) -> Sequence[int]:
        """Find the rows in which a column has a value."""
        answer = self._service.call("find_rows", pieces=pieces, column=column, value=value)
        return answer.numbers()

    def stack_rows(self, parts: Sequence[tuple[Any, int, int]]) -> Any:
        """Put rows of tables under each other."""
        return self._service.call("stack_rows", parts=parts).thing()

    def read_labels(self, table: Any, column: str, label: str, *, is_number: bool) -> Any:
        """Make labels of a table."""
        given = {"table": table, "column": column, "label": label, "is_number": is_number}
        return self._service.call("read_labels", **given).thing()

    def label_rows(self, rows: Any, column: str, labels: Sequence[Any]) -> Any:
        """Find the label of each row."""
        answer = self._service.call("label_rows", rows=rows, column=column, labels=labels)
        return answer.rows_of(rows)


class ExecutorCaller:
    """A runner backend."""

    def __init__(self, plugin: object) -> None:
        self._service = _Service.of("runner", plugin, services.ExecutorHooks)

    def executor(self, context: Context) -> Executor:
        """Give the executor that runs the steps."""
        return self._service.call("executor", context=context).of(Executor)


class RenderCaller:
    """A report format."""

    def __init__(self, plugin: object) -> None:
        self._service = _Service.of("report", plugin, services.RenderHooks)

    def render(self, report: RunReport, context: Context) -> Path:
        """Write a report; gives its file, which lies in the context's scratch folder."""
        return self.page("render", context, {"report": report})

    def page(self, hook: str, context: Context, given: Mapping[str, Any]) -> Path:
        """Write what a hook of renderers writes; gives its file, as `render` does."""
        answer = self._service.call(hook, **given, context=context)
        file = answer.of(Path)
        if not file.is_file() or not file.resolve().is_relative_to(context.scratch.resolve()):
            raise StepError(
                f"{hook} of {answer.plugin} gave {file.name}, which is no file in context.scratch",
                where=context.step,
            )
        return file


@attrs.frozen
class _Service:
    name: str
    plugin: str
    hook: pluggy.HookRelay

    @classmethod
    def of(cls, name: str, plugin: object, specification: type) -> _Service:
        return cls(name, type(plugin).__name__, manager_of({name: plugin}, (specification,)).hook)

    def call(self, hook: str, **arguments: Any) -> Answer:
        return Answer(getattr(self.hook, hook)(**arguments), self.plugin, hook, self.name)

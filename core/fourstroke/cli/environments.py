"""The command that compares two environments of the project file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs
import click

from fourstroke.cli import names
from fourstroke.cli.config import written
from fourstroke.cli.groups import command
from fourstroke.cli.invocation import Invocation, pass_invocation
from fourstroke.cli.names import completed
from fourstroke.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fourstroke.config import Entry

_NONE: Final = ("-", "default")


@attrs.frozen(kw_only=True)
class Side:
    """What one of two environments says under a key; nothing if it has none."""

    is_there: bool = False
    value: object = None
    origin: str = ""

    @classmethod
    def of(cls, entry: Entry | None) -> Side:
        """Take an entry of `config show`."""
        if entry is None:
            return cls()
        return cls(is_there=True, value=entry.value, origin=entry.origin)


@attrs.frozen(kw_only=True)
class Difference:
    """A key under which two environments say different things."""

    key: str
    first: Side
    second: Side


@command("diff-env")
@click.argument("first", shell_complete=completed(names.environments))
@click.argument("second", shell_complete=completed(names.environments))
@pass_invocation
def diff_env(invocation: Invocation, *, first: str, second: str) -> None:
    """Show in what two environments differ, with the origin of each value.

    FIRST and SECOND are names of tables of [environments]; - or default is the file without any. A
    secret stays the ${NAME} of its variable.
    """
    if invocation.environment is not None:
        raise UsageError("diff-env takes both environments as words", where="--env")
    found = _differences(_entries(invocation, first), _entries(invocation, second))
    differences, output = list(found), invocation.output
    if invocation.as_json:
        output.json({"first": first, "second": second, "differences": differences})
    elif differences:
        output.table(
            ("KEY", first, "FROM", second, "FROM"),
            [(each.key, *_cells(each.first), *_cells(each.second)) for each in differences],
        )
    else:
        output.line(f"{first} and {second} are equal")


def _entries(invocation: Invocation, environment: str) -> dict[str, Entry]:
    """Give the values in force in an environment by their keys."""
    from fourstroke.config import flat, load_config  # noqa: PLC0415 - --help does not need it
    from fourstroke.config.source import read_tree  # noqa: PLC0415

    is_none = environment in _NONE and (
        read_tree(invocation.folder()).get("environments", environment) is None
    )
    config = load_config(
        invocation.folder(),
        environment="" if is_none else environment,
        overrides=tuple(invocation.overrides),
    )
    return {entry.path: entry for entry in flat(config)}


def _differences(first: dict[str, Entry], second: dict[str, Entry]) -> Iterator[Difference]:
    """Compare; a key of the second alone comes where the second has it."""
    for key in _interleaved(list(first), list(second)):
        one, two = Side.of(first.get(key)), Side.of(second.get(key))
        is_same = one.is_there == two.is_there and _is_same(one.value, two.value)
        if not is_same:
            yield Difference(key=key, first=one, second=two)


def _interleaved(first: list[str], second: list[str]) -> list[str]:
    known, merged, at = set(first), list(first), 0
    for key in second:
        if key in known:
            at = merged.index(key) + 1
        else:
            merged.insert(at, key)
            at += 1
    return merged


def _is_same(one: object, two: object) -> bool:
    # To TOML true is not 1, and 1 is not 1.0: a plugin may take the one and refuse the other.
    return type(one) is type(two) and repr(one) == repr(two)


def _cells(side: Side) -> tuple[str, str]:
    return (written(side.value), side.origin) if side.is_there else ("(not there)", "")

"""The lock file: which code each plugin of a project is, written down and held to."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.artifacts import files
from fourstroke.config import load_config
from fourstroke.config.source import read_tree
from fourstroke.entities.run import PluginFact
from fourstroke.errors import ConfigError, FourstrokeError, RefusedError, StoreError
from fourstroke.fingerprint.pins import codec_facts, fact_of, facts_of
from fourstroke.plugins.build import load
from fourstroke.plugins.discovery import BUNDLED
from fourstroke.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from fourstroke.config import Config, PluginTable
    from fourstroke.plugins.build import BuiltPlugin

FILE_NAME: Final = "fourstroke.lock"

_FORMAT: Final = 1
_COMMAND: Final = "fourstroke lock"
_HEAD: Final = f"# Written by `{_COMMAND}`; keep it in version control.\n"


@attrs.frozen(kw_only=True)
class Lock:
    """What a lock file says."""

    fourstroke: str
    plugins: tuple[PluginFact, ...]

    def text(self) -> str:
        """Write it as TOML, the same for the same facts."""
        lines = [f"{_HEAD}format = {_FORMAT}", f"fourstroke = {_quoted(self.fourstroke)}"]
        for fact in self.plugins:
            lines += ["", "[[plugin]]"]
            lines += [
                f"{name} = {_quoted(value)}" for name, value in attrs.asdict(fact).items() if value
            ]
        return "\n".join([*lines, ""])


def lock_of(root: Path) -> Lock:
    """Say which plugins a project uses, those of all its environments too.

    Imports them, and needs no secrets. Variables ``FOURSTROKE_SET__...`` of this shell do not count:
    the lock says what the file says.

    Raises
    ------
    ConfigError, PluginError
        With a line for everything that is wrong.
    """
    environments = read_tree(root).get("environments")
    names = ["", *(environments.table or {})] if environments is not None else [""]
    found: set[PluginFact] = {*codec_facts()}
    faults: dict[str, FourstrokeError] = {}
    for name in names:
        config = load_config(root, environment=name, variables={})
        for table in (*_tables(config), config.storage, config.executor):
            try:
                _, identity, _ = load(table, config.root)
                found.add(fact_of(config.root, table, identity))
            except FourstrokeError as error:
                if name:
                    error.where = f"[environments.{name}] {error.where}"
                faults.setdefault(f"{error.where.rpartition('] ')[2]} {error.message}", error)
    if faults:
        raise FourstrokeError.join([*faults.values()])
    return Lock(fourstroke=__version__, plugins=tuple(sorted(found, key=_place)))


def write_lock(root: Path) -> Lock:
    """Write the lock file of a project, whole or not at all."""
    lock = lock_of(root)
    try:
        with files.becoming(root / FILE_NAME) as partial:
            partial.write_text(lock.text(), encoding="utf-8", newline="\n")
    except OSError as error:
        raise StoreError(f"it cannot be written: {error.strerror}", where=FILE_NAME) from error
    return lock


def read_lock(root: Path) -> Lock:
    """Read the lock file of a project.

    Raises
    ------
    ConfigError
        If there is none, or it is none.
    """
    try:
        values = tomllib.loads((root / FILE_NAME).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError("there is none", where=FILE_NAME, hint=_COMMAND) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"it cannot be read: {error}", where=FILE_NAME, hint=_COMMAND) from error
    if values.get("format") != _FORMAT:
        message = f"its format is {values.get('format')!r}, and {_FORMAT} is what is known here"
        raise ConfigError(message, where=FILE_NAME, hint=_COMMAND)
    try:
        facts = tuple(PluginFact(**each) for each in values.get("plugin", ()))
        return Lock(fourstroke=str(values["fourstroke"]), plugins=facts)
    except (KeyError, TypeError) as error:
        raise ConfigError(f"it is no lock file: {error}", where=FILE_NAME, hint=_COMMAND) from error


def refuse_drift(config: Config, plugins: Mapping[tuple[str, str], BuiltPlugin]) -> None:
    """Refuse plugins that are not those of the lock file; what it has besides may be unused.

    Raises
    ------
    ConfigError
        If there is no lock file.
    RefusedError
        With a line for each difference.
    """
    now = Lock(fourstroke=__version__, plugins=facts_of(config.root, plugins.values()))
    _refuse(list(_drift(read_lock(config.root), now)))


def refuse_difference(root: Path) -> Lock:
    """Refuse a lock file that is not what `fourstroke lock` would write now.

    Raises
    ------
    ConfigError
        If there is none.
    RefusedError
        With a line for each difference.
    """
    locked, now = read_lock(root), lock_of(root)
    known = {_place(fact) for fact in now.plugins}
    unused = [fact for fact in locked.plugins if _place(fact) not in known]
    _refuse([*_drift(locked, now), *(f"{_called(fact)} is not in use any more" for fact in unused)])
    return now


def _refuse(differences: list[str]) -> None:
    if differences:
        raise RefusedError.join(
            [
                RefusedError(text, where=FILE_NAME, hint=f"if it is meant: {_COMMAND}")
                for text in differences
            ]
        )


def _drift(locked: Lock, now: Lock) -> Iterator[str]:
    if locked.fourstroke != now.fourstroke:
        yield f"fourstroke {locked.fourstroke} -> {now.fourstroke}"
    known = {_place(fact): fact for fact in locked.plugins}
    by_name = {(fact.kind, fact.name): fact for fact in locked.plugins}
    for fact in now.plugins:
        before = known.get(_place(fact)) or by_name.get((fact.kind, fact.name))
        if before is None:
            yield f"{_called(fact)} is not in it"
        elif before != fact and not _is_told(before, fact, locked, now):
            yield f"{_called(fact)}: {_change(before, fact)}"


def _is_told(before: PluginFact, fact: PluginFact, locked: Lock, now: Lock) -> bool:
    """Whether a bundled plugin differs as fourstroke itself does, which has a line already."""
    one, two = (before.distribution, before.version), (fact.distribution, fact.version)
    bundled = (BUNDLED, locked.fourstroke), (BUNDLED, now.fourstroke)
    return (one, two) == bundled and before.version != fact.version


def _change(before: PluginFact, now: PluginFact) -> str:
    one, two = _version(before), _version(now)
    if one != two:
        return f"{one} -> {two}"
    return f"the code of {two} is another one" if now.distribution else "its source has changed"


def _version(fact: PluginFact) -> str:
    return f"{fact.distribution} {fact.version}" if fact.distribution else "a file of the project"


def _called(fact: PluginFact) -> str:
    return f"{fact.kind}/{fact.name}"


def _place(fact: PluginFact) -> tuple[str, str, str]:
    return fact.kind, fact.name, fact.distribution


def _tables(config: Config) -> Iterator[PluginTable]:
    for tables in config.tables.values():
        yield from tables


def _quoted(text: str) -> str:
    """Write a text as TOML does: JSON's escapes are among its own."""
    return json.dumps(text)

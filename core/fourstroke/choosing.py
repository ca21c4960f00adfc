"""Put a plugin to use: find the table that is meant, change the project file, and prove the outcome."""

from __future__ import annotations

import os
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.artifacts import files
from fourstroke.choice import RECORDS, Choice
from fourstroke.config import load_config
from fourstroke.config.addresses import tables_of, value_at
from fourstroke.config.editing import Change, edited
from fourstroke.config.faults import Faults
from fourstroke.config.keys import keys_of_table
from fourstroke.config.naming import step_names
from fourstroke.config.node import DEFAULT, grow, leaves, plain
from fourstroke.config.overrides import from_words
from fourstroke.config.source import FILE_NAME, read_tree
from fourstroke.errors import ConfigError, StoreError, UsageError, nearest
from fourstroke.plugins.build import BuiltPlugin, build, load, records_url
from fourstroke.plugins.discovery import find
from fourstroke.plugins.inhouse import is_inhouse
from fourstroke.probing import content_of, probe_executor, probe_records, probe_storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fourstroke.config import Config, PluginTable
    from fourstroke.config.node import KeyPath, Node


@attrs.frozen(kw_only=True)
class Changed:
    """One value that the change gives, takes or replaces; ``None`` for nothing there."""

    origin: str
    key: str
    before: Any
    after: Any


@attrs.frozen(kw_only=True)
class Prepared:
    """A change that was checked and not yet written.

    Parameters
    ----------
    changes : tuple of Changed
        What differs afterwards.
    dropped : tuple of str
        Tables that fourstroke supplied as long as the file had none.
    outvoted : str
        Where a value comes from that lies over the changed one; empty if none does.
    """

    choice: Choice
    path: Path
    before: bytes
    after: bytes
    config: Config
    former: Config
    table: PluginTable | None
    changes: tuple[Changed, ...]
    dropped: tuple[str, ...]
    outvoted: str

    @property
    def is_needed(self) -> bool:
        """Whether the file does not say it already."""
        return self.after != self.before

    def built(self) -> BuiltPlugin:
        """Build the plugin with its settings and secrets."""
        assert self.table is not None  # noqa: S101 - records are no plugin
        return build(self.table, self.config)

    def probe(self) -> str:
        """Try what was chosen; gives what was done.

        Raises
        ------
        FourstrokeError
            If it does not work: of exit code 1, or 2 if a setting or a secret is at fault.
        """
        if self.choice.kind == RECORDS:
            return probe_records(records_url(self.config), self.config.root / ".fourstroke")
        built = self.built()
        if self.choice.kind == "storage":
            return probe_storage(built.instance)
        if self.choice.kind == "executor":
            return probe_executor(built.instance, self.config)
        return "the plugin and its settings are sound"

    def left_behind(self) -> tuple[int, int | None] | None:
        """Count what stays in the storage before; ``None`` if the storage does not change."""
        if self.choice.kind != "storage" or not self.is_needed:
            return None
        return content_of(build(self.former.storage, self.former).instance)

    def write(self) -> None:
        """Replace the project file, whole or not at all; its mode stays.

        Raises
        ------
        StoreError
            If somebody else has changed it since, or it cannot be written.
        """
        target = self.path.resolve()  # a link stays one
        try:
            if target.read_bytes() != self.before:
                raise StoreError("it was changed meanwhile", where=FILE_NAME, hint="do it again")
            with files.becoming(target) as partial:
                partial.write_bytes(self.after)
                partial.chmod(target.stat().st_mode & 0o7777)
        except OSError as error:
            message = f"it cannot be written: {error.strerror}"
            raise StoreError(message, where=FILE_NAME) from error


def prepare(root: Path, choice: Choice, *, needs_secrets: bool = True) -> Prepared:
    """Work out a change of the project file and check what comes of it; nothing is written.

    Parameters
    ----------
    root : Path
        The project's folder.
    choice : Choice
        What is to be used for what.
    needs_secrets : bool
        Whether a variable that is not set is a fault.

    Raises
    ------
    ConfigError, PluginError
        If the file, or what it would become, is wrong; names every fault.
    """
    former = load_config(root, environment=choice.environment)
    before = (root / FILE_NAME).read_bytes()
    text, restored = _without_marks(before)
    if choice.kind == RECORDS:
        path = (*_overlay(choice), "backends", RECORDS)
        change = Change(path=path, values={("use",): choice.use}, as_text=True)
        name = ""
    else:
        change, name = _change(choice, former, root)
    fresh = edited(text, change)
    # Other quotes or spaces for the same values are no change.
    after = before if tomllib.loads(fresh) == tomllib.loads(text) else restored(fresh)
    config = _checked(after, root, choice.environment)
    table = None
    if choice.kind != RECORDS:
        table = _table(config, choice, name)
        _check_plugin(table, config, needs_secrets=needs_secrets)
    return Prepared(
        choice=choice,
        path=root / FILE_NAME,
        before=before,
        after=after,
        config=config,
        former=former,
        table=table,
        changes=tuple(_changes(former, config, choice)),
        dropped=_dropped(former, config, choice),
        outvoted=_outvoted(config, choice, table),
    )


def _change(choice: Choice, former: Config, root: Path) -> tuple[Change, str]:
    """Say what to write where, and what the table is called then."""
    _find(choice, root)
    stage = choice.stage
    # What fourstroke supplies is gone as soon as the file has a table.
    tables = tables_of(former, stage) if any(_origins(former, choice)) else ()
    there = _meant(choice, tables)
    path, node = _place(choice, there, read_tree(root))
    is_other = there is not None and not _is_same(choice, there)
    values: dict[tuple[str, ...], Any] = {("use",): choice.use, **_settings(choice)}
    name = there.name if there is not None else choice.step
    if not stage.is_single and name and _needs_name(node, is_other=is_other):
        values = {("name",): name, **values}
    kept = frozenset(key.name for key in keys_of_table(stage.name, is_service=stage.is_service))
    change = Change(
        path=path,
        values=values,
        kept=kept if is_other else None,
        as_text=stage.may_be_text and not isinstance(path[-1], int),
    )
    return change, name or _name_of(choice, [table.name for table in tables])


def _place(choice: Choice, there: PluginTable | None, tree: Node) -> tuple[KeyPath, Node | None]:
    """Say where the table stands or will stand, and what stands there now."""
    path = (*_overlay(choice), *choice.stage.path)
    written = tree.get(*path)
    is_single = choice.stage.is_single
    if written is None:
        return (path if is_single else (*path, 0)), None
    if not isinstance(written.content, list):
        return (path, written) if is_single or there is not None else ((*path, 1), None)
    entries = written.tables or []
    labels = step_names(entries, choice.stage.name)
    if is_single and entries:
        return (*path, 0), entries[0]
    if there is not None and there.name in labels:
        at = labels.index(there.name)
        return (*path, at), entries[at]
    return (*path, len(entries)), None


def _needs_name(node: Node | None, *, is_other: bool) -> bool:
    """Whether the name has to be written: a new table's, or one that was made of the old plugin's.

    By its name a step is known to the records, and to the tables of environments.
    """
    return node is None or (is_other and node.text("name") is None)


def _table(config: Config, choice: Choice, name: str) -> PluginTable:
    tables = tables_of(config, choice.stage)
    named = [table for table in tables if table.name == name]
    return named[0] if named and not choice.stage.is_single else tables[-1]


def _find(choice: Choice, root: Path) -> None:
    """Refuse a plugin that there is not before anything else is said about it."""
    if not is_inhouse(choice.use):
        find(choice.stage.name, None if choice.use == DEFAULT else choice.use)
    elif not (root / choice.use.rpartition(":")[0]).is_file() and ":" in choice.use:
        raise UsageError(
            f"there is no file {choice.use.rpartition(':')[0]!r}",
            where=choice.use,
            hint=nearest(choice.use.rpartition(":")[0], [p.name for p in root.glob("*.py")]),
        )


def _meant(choice: Choice, tables: Sequence[PluginTable]) -> PluginTable | None:
    """Find the table that is meant; ``None`` for a new one."""
    if choice.stage.is_single:
        return tables[0] if tables else None
    if choice.step:
        return next((table for table in tables if table.name == choice.step), None)
    found = [table for table in tables if choice.use == table.name or _is_same(choice, table)]
    if len(found) > 1:
        each = ", ".join(f"{choice.kind}:{table.name}" for table in found)
        raise UsageError(f"several tables use {choice.use}", where=choice.kind, hint=f"say {each}")
    return found[0] if found else None


def _origins(config: Config, choice: Choice) -> Iterator[str]:
    """List where the tables of a stage were written; nothing if fourstroke supplied them."""
    around = ".".join(choice.stage.path)
    for path, origin in config.origins.items():
        if path.startswith(f"{around}.") and origin != DEFAULT:
            yield origin


def _is_same(choice: Choice, table: PluginTable) -> bool:
    """Whether a table has this plugin already, so that its settings stay."""
    if table.use == choice.use or (table.use is None and choice.use == DEFAULT):
        return True
    if table.use is not None or is_inhouse(choice.use):
        return False
    return find(choice.stage.name, None).value == find(choice.stage.name, choice.use).value


def _name_of(choice: Choice, taken: Sequence[str]) -> str:
    entries = [grow({"name": name}) for name in taken]
    return step_names([*entries, grow({"use": choice.use})], choice.stage.name)[-1]


def _settings(choice: Choice) -> dict[tuple[str, ...], Any]:
    faults = Faults()
    found = {tuple(each.parts): each.value for each in from_words(choice.settings, faults)}
    faults.raise_all()
    if ("use",) in found:
        raise UsageError("the plugin stands after the stage", where="--set use")
    return found


def _overlay(choice: Choice) -> tuple[str, ...]:
    return ("environments", choice.environment) if choice.environment else ()


def _without_marks(content: bytes) -> tuple[str, Callable[[str], bytes]]:
    """Give the text with line feeds alone, and a function that puts the file's own marks back."""
    text = content.decode("utf-8-sig")
    mark = "\ufeff" if content.startswith(b"\xef\xbb\xbf") else ""
    # Of a file with both kinds of line ends, those that are there stay as they are.
    has_returns = 0 < text.count("\r\n") == text.count("\n")
    if has_returns:
        text = text.replace("\r\n", "\n")
    return text, lambda new: (mark + (new.replace("\n", "\r\n") if has_returns else new)).encode()


def _checked(content: bytes, root: Path, environment: str) -> Config:
    """Read the new text as strictly as a project file is read."""
    with tempfile.TemporaryDirectory(prefix="fourstroke-use-") as folder:
        (Path(folder) / FILE_NAME).write_bytes(content)
        return attrs.evolve(load_config(Path(folder), environment=environment), root=root.resolve())


def _check_plugin(table: PluginTable, config: Config, *, needs_secrets: bool) -> None:
    load(table, config.root)
    try:
        build(table, config)
    except ConfigError as error:
        is_missing = [each.message.endswith("is not set") for each in (error, *error.others)]
        if needs_secrets or not all(is_missing):
            raise


def _values(config: Config, choice: Choice) -> Iterator[tuple[str, str, Any, str]]:
    """List what a stage has: table, key in it, value and origin."""
    if choice.kind == RECORDS:
        key = f"backends.{RECORDS}"
        yield "", "", config.records_url, config.origins.get(key, DEFAULT)
        return
    path = choice.stage.path
    is_array = isinstance(value_at(config, path), list)
    for table in tables_of(config, choice.stage):
        around = (*path, table.name) if is_array else path
        for key, node in leaves(grow(value_at(config, around))):
            origin = config.origins.get(".".join([*around, key]), DEFAULT)
            yield table.name, key, plain(node), origin


def _changes(former: Config, config: Config, choice: Choice) -> Iterator[Changed]:
    before = {(name, key): (value, at) for name, key, value, at in _values(former, choice)}
    after = {(name, key): (value, at) for name, key, value, at in _values(config, choice)}
    if choice.kind != RECORDS and choice.stage.is_single:
        # Its name is made of the plugin's: the table stays the same.
        before = {("", key): found for (_, key), found in before.items() if key != "name"}
        after = {("", key): found for (_, key), found in after.items() if key != "name"}
    is_several = choice.kind != RECORDS and not choice.stage.is_single
    path = f"backends.{RECORDS}" if choice.kind == RECORDS else ".".join(choice.stage.path)
    for name, key in dict.fromkeys([*after, *before]):
        old, new = before.get((name, key)), after.get((name, key))
        origin = (new or old or (None, DEFAULT))[1]
        is_same = old is not None and new is not None and old[0] == new[0]
        was_supplied = old is not None and old[1] == DEFAULT
        if origin == DEFAULT or (is_same and not was_supplied):
            continue
        parts = [path, *([name] if is_several else []), *([key] if key else [])]
        yield Changed(
            origin=origin,
            key=".".join(parts),
            before=None if old is None or is_same else old[0],
            after=None if new is None else new[0],
        )


def _dropped(former: Config, config: Config, choice: Choice) -> tuple[str, ...]:
    """Name the tables that are gone: the usual ones, as soon as the file has one of its own.

    Raises
    ------
    ConfigError
        If they are tables of the file, which an environment's array would replace.
    """
    if choice.kind == RECORDS or choice.stage.is_single:
        return ()
    now = {table.name for table in tables_of(config, choice.stage)}
    gone = [table for table in tables_of(former, choice.stage) if table.name not in now]
    path = ".".join(choice.stage.path)
    if gone and choice.environment:
        names = " and ".join(table.name for table in gone)
        raise ConfigError(
            f"an array of an environment replaces that of the file, and {names} would be gone",
            where=f"environments.{choice.environment}.{path}",
            hint=f"fourstroke use {choice.kind}:{gone[0].name} {choice.use} changes that one",
        )
    return tuple(table.use or table.name for table in gone if not _is_same(choice, table))


def _outvoted(config: Config, choice: Choice, table: PluginTable | None) -> str:
    """Say which variable lies over what was written."""
    if table is None:
        origin = config.origins.get(f"backends.{RECORDS}", "")
        return origin if config.records_url != choice.use else ""
    if (table.use or DEFAULT) == choice.use:
        return ""
    return next((o for o in config.origins.values() if o in os.environ), "a variable")

"""Load a project: its file, the environment over it, variables over that, the command line's last."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from fourstroke.alerting.settings import AlertSettings
from fourstroke.config.environments import (
    chosen_environment,
    environments_of,
    mark_of,
    refuse_lost_records,
    sharing_records,
)
from fourstroke.config.faults import Faults
from fourstroke.config.flow import check_flow
from fourstroke.config.keys import PATHS_IN_ORDER
from fourstroke.config.merge import merge
from fourstroke.config.node import Node, grow, leaves, plain
from fourstroke.config.overrides import from_words, with_overrides
from fourstroke.config.release_rules import refuse_lax_environments
from fourstroke.config.scalars import read_keys, refuse_missing, refuse_unknown_keys
from fourstroke.config.settings import Config, LogRules, PluginTable, Policy
from fourstroke.config.source import read_tree
from fourstroke.config.tables import StageRead, read_stages
from fourstroke.config.values import check_values
from fourstroke.config.variables import from_variables
from fourstroke.config.watching import check_watching
from fourstroke.entities.data_card import DataCard
from fourstroke.entities.model import ACTIONS
from fourstroke.entities.task import Task
from fourstroke.errors import nearest
from fourstroke.replay.settings import RollbackSettings
from fourstroke.turning.settings import LoopSettings
from fourstroke.windows.settings import LabelSettings, WindowSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

T = TypeVar("T", WindowSettings, LabelSettings, AlertSettings, LoopSettings, RollbackSettings)
_Values = dict[tuple[str, ...], Any]


def load_config(
    root: Path,
    *,
    environment: str | None = None,
    overrides: Sequence[str] = (),
    variables: Mapping[str, str] = os.environ,
) -> Config:
    """Read ``fourstroke.toml`` of a folder.

    Nothing is imported, resolved or written; the same file, environment, ``FOURSTROKE_SET__``
    variables and overrides give the same result.

    Parameters
    ----------
    root : Path
        The project's folder; no other folder is searched.
    environment : str, optional
        The name of a table of ``[environments]``, or empty for none; without it what
        ``FOURSTROKE_ENV`` says.
    overrides : sequence of str
        Settings such as ``data.split.test=0.3`` that come last.
    variables : mapping of str to str
        Where ``FOURSTROKE_SET__`` variables are looked for.

    Returns
    -------
    Config
        Valid as a whole, the environments that are not in force included; what a plugin accepts is
        for the plugin to say.

    Raises
    ------
    ConfigError
        With all faults, each with its place, its key and what to do.
    """
    root = Path(root).resolve()
    faults = Faults()
    base, environments = environments_of(read_tree(root), faults)
    chosen = chosen_environment(environment, environments, faults)
    refuse_lost_records(base, environments, faults)
    refuse_lax_environments(sharing_records(environments), faults)
    tree = merge(base, environments[chosen]) if chosen else base
    laid = [*from_variables(tree, faults, variables), *from_words(overrides, faults)]
    config = _read(with_overrides(tree, laid, faults), root, chosen, faults)
    others = {name: overlay for name, overlay in environments.items() if name != chosen}
    if others:
        _check_environments(base, others, root, faults)
    faults.raise_all()
    return config


def _check_environments(
    base: Node, environments: Mapping[str, Node], root: Path, faults: Faults
) -> None:
    """Check environments that are not in force: their faults must not wait until they are."""
    known = Faults()
    _read(base, root, "", known)
    before = {(error.where, error.message) for error in known.errors}
    for name, overlay in environments.items():
        found = Faults()
        _read(merge(base, overlay), root, name, found)
        for error in found.errors:
            if (error.where, error.message) not in before:
                where = mark_of(name) + error.where.removeprefix(mark_of(name))
                faults.add(error.message, where, error.hint)


def _read(tree: Node, root: Path, environment: str, faults: Faults) -> Config:
    check_values(tree, faults)
    refuse_unknown_keys(tree, faults)
    values = read_keys(tree, faults)
    name = values["project", "name"] or ""
    for path in (("data", "name"), ("model", "name")):
        values[path] = values[path] or name
    task = _task(tree, values, faults)
    has_target = bool(task.target) or _is_target_unread(tree)
    stages = _stages(tree, values, faults, has_target=has_target)
    shown = _completed(tree, values, stages)
    tables = {stage: read.tables for stage, read in stages.items()}
    storage, executor = (_backend(tables.pop(stage), stage) for stage in ("storage", "executor"))
    policy = _policy(tree, values, faults)
    window = _settings(WindowSettings, values, "operations", "window")
    alerting = _settings(AlertSettings, values, "operations", "alerting")
    rollback = _settings(RollbackSettings, values, "operations", "rollback")
    monitors = [table.name for table in tables.get("monitor", ())]
    check_watching(tree, monitors, window, alerting, rollback, faults)
    return Config(
        root=root,
        name=name,
        description=values["project", "description"],
        card=values["project", "card"],
        task=task,
        seed=values["run", "seed"],
        environment=environment,
        tables=tables,
        storage=storage,
        executor=executor,
        records_url=values["backends", "records"],
        dataset=values["data", "name"],
        pin=values["data", "pin"],
        catalog=_catalog(values),
        model=values["model", "name"],
        select=values["model", "select"],
        select_on=values["model", "select_on"],
        policy=policy,
        window=window,
        labels=_settings(LabelSettings, values, "operations", "labels"),
        alerting=alerting,
        loop=_settings(LoopSettings, values, "operations", "loop"),
        rollback=rollback,
        log=_log(tree, values, faults),
        allow_pickle=values["project", "allow_pickle"],
        values=plain(shown),
        origins={path: node.origin for path, node in leaves(shown)},
    )


def _policy(tree: Node, values: _Values, faults: Faults) -> Policy:
    around = ("development", "policy")
    found = Policy(**{part.name: values[(*around, part.name)] for part in attrs.fields(Policy)})
    approvals, start = tree.get(*around, "approvals"), tree.get(*around, "promote_from")
    if approvals is not None and 0 < len(found.approvers) < found.approvals:
        entries = len(found.approvers)
        faults.at(
            approvals,
            (*around, "approvals"),
            f"{found.approvals} approvals cannot come from {entries} approvers",
            "each approval takes one entry of approvers; a role may stand there twice",
        )
    if start is not None and found.promote_from and found.promote_from not in found.stages:
        faults.at(
            start,
            (*around, "promote_from"),
            f"there is no stage {found.promote_from!r}",
            nearest(found.promote_from, found.stages),
        )
    _refuse_unknown_actions(tree.get(*around, "may"), found, faults)
    return found


def _refuse_unknown_actions(node: Node | None, found: Policy, faults: Faults) -> None:
    """Note every action that there is not: a misspelt one would leave the right one to anybody."""
    if node is None:
        return
    for name in sorted(found.may.keys() - set(ACTIONS)):
        hint = "approvers says who may approve" if name == "approve" else nearest(name, ACTIONS)
        path = ("development", "policy", "may", name)
        faults.at(node.get(name) or node, path, "there is no such action", hint)


def _settings(kind: type[T], values: _Values, *around: str) -> T:
    """Read a table whose keys are the fields of a class."""
    names = [field.name for field in attrs.fields(kind)]
    return kind(**{name: values[(*around, name)] for name in names})


def _log(tree: Node, values: _Values, faults: Faults) -> LogRules:
    around = ("operations", "log")
    found = LogRules(**{part.name: values[(*around, part.name)] for part in attrs.fields(LogRules)})
    both, node = sorted(set(found.mask) & set(found.hash)), tree.get(*around, "hash")
    if both and node is not None:
        message = f"{both[0]!r} is masked, and nothing of it is left to hash"
        faults.at(node, (*around, "hash"), message, "name it once")
    return found


def _catalog(values: _Values) -> DataCard:
    names = [field.name for field in attrs.fields(DataCard)]
    given = {name: values["data", "catalog", name] for name in names}
    return DataCard(**{name: value for name, value in given.items() if value is not None})


def _stages(
    tree: Node, values: _Values, faults: Faults, *, has_target: bool
) -> dict[str, StageRead]:
    usual = {name: values["run", name] for name in ("retries", "timeout_seconds")}
    stages = read_stages(tree, usual, faults, has_target=has_target)
    check_flow(stages["collect"], stages["prepare"], faults)
    if tree.get(*stages["collect"].stage.path) is None:
        refuse_missing(tree, stages["collect"].stage.path, "path", faults)
    return stages


def _backend(tables: tuple[PluginTable, ...], stage: str) -> PluginTable:
    """Take the one table of a backend; if there is another number of them, that has been noted."""
    return tables[0] if tables else PluginTable(stage=stage, name=stage)


def _task(tree: Node, values: _Values, faults: Faults) -> Task:
    task = Task(**{field.name: values["task", field.name] for field in attrs.fields(Task)})
    for name in ("id", "time", "group", "sensitive", "ignore"):
        found = getattr(task, name)
        node = tree.get("task", name)
        is_target = found == task.target or (isinstance(found, tuple) and task.target in found)
        if node is not None and task.target and is_target:
            faults.at(
                node, ("task", name), f"{task.target!r} is the target, and cannot be this too"
            )
    positive = tree.get("task", "positive")
    if positive is not None and task.kind != "binary":
        faults.at(
            positive,
            ("task", "positive"),
            f"a {task.kind} task has no positive class",
            "leave it out",
        )
    return task


def _is_target_unread(tree: Node) -> bool:
    """Say whether a target may have been meant, in a ``[task]`` that is noted as wrong.

    What needs a target is then not a second fault.
    """
    around, target = tree.get("task"), tree.get("task", "target")
    if around is None:
        return False
    if around.table is None or around.table.keys() - {field.name for field in attrs.fields(Task)}:
        return True
    return target is not None and target.content != ""


def _completed(tree: Node, values: _Values, stages: Mapping[str, StageRead]) -> Node:
    """Write out the whole file: what stands in it, and every default that is in force."""
    by_path = {read.stage.path: read.shown for read in stages.values()}
    complete: dict[str, Any] = {}
    for path in PATHS_IN_ORDER:
        node = by_path.get(path) or tree.get(*path)
        if node is None and values.get(path) is not None:
            value = values[path]
            node = grow(value)
        if node is not None:
            *around, last = path
            table = complete
            for part in around:
                table = table.setdefault(part, Node({})).content
            table[last] = node
    return Node(complete)

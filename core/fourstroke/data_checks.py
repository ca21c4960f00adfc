"""Checks of data without a run, contracts, audits of splits, and what was set aside."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.config import PluginTable
from fourstroke.cycles import auditing, quarantine
from fourstroke.cycles.data import SPLIT
from fourstroke.cycles.quarantine import divide
from fourstroke.engine.workshop import Workshop
from fourstroke.entities.facts import Check, ContractChange
from fourstroke.errors import FourstrokeError, UsageError
from fourstroke.outside import outside
from fourstroke.outside_tables import TableShop
from fourstroke.plugins.build import BuiltPlugin, build

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from fourstroke.project import Project

_RUN = "check"
_LOOKED_THROUGH = 200


@attrs.frozen(kw_only=True)
class Checked:
    """What the checks of a project say of a table.

    Parameters
    ----------
    data : str
        What was checked, as a user names it.
    checks : mapping of str to tuple of Check
        By the name of the step that made them.
    """

    data: str
    checks: Mapping[str, tuple[Check, ...]]

    @property
    def says_no(self) -> bool:
        """Whether any check refuses the table."""
        return any(each.says_no for checks in self.checks.values() for each in checks)


@attrs.frozen(kw_only=True)
class Quarantine:
    """The rows that one check of one run set aside.

    Parameters
    ----------
    run, step : str
        Which run, and which check.
    started : datetime
        When the run began.
    rows : int
        How many rows.
    why : str
        The same, with their share.
    """

    run: str
    step: str
    started: datetime
    rows: int
    why: str
    load: Callable[[], Any] = attrs.field(repr=False, eq=False)


@attrs.frozen
class DataChecks:
    """Checks of data without a run, contracts, and what was set aside."""

    project: Project = attrs.field(repr=False)

    def check(self, reference: str = "", *, is_raw: bool = False) -> Checked:
        """Check a table by all checks of the project file; nothing is recorded.

        Parameters
        ----------
        reference : str
            A data set as ``name@3``, or a file that is read and prepared as a run would; empty for
            the sources as they are now.
        is_raw : bool
            Whether a file is checked as it is read, without the preparations.

        Raises
        ------
        UsageError
            If there is neither such a data set nor such a file.
        """
        plugins = self.project.check()
        with self._shop(plugins) as shop:
            said, table = shop.table(reference, is_raw=is_raw)
            return Checked(data=said, checks=shop.checked(table))

    def infer(self, reference: str = "", *, use: str = "contract", is_raw: bool = False) -> str:
        """Write the contract that a table keeps to.

        Parameters
        ----------
        reference : str
            As for `check`.
        use : str
            The plugin that writes it.
        is_raw : bool
            As for `check`.
        """
        plugin = self._contract_plugin(use, "infer_contract")
        with self._shop({}) as shop:
            _, table = shop.table(reference, is_raw=is_raw)
            step = "data.contract"
            caller = shop.shop.caller(step, (plugin.table,))
            context = shop.context(step)
            made: str = shop.guarded(
                step, lambda: caller.infer_contract(step, data=table, context=context)
            )
            return made

    def compare(self, old: Path, new: Path, *, use: str = "contract") -> tuple[ContractChange, ...]:
        """Name the changes between two contract files.

        Parameters
        ----------
        old, new : Path
            The files.
        use : str
            The plugin that reads them.
        """
        plugin = self._contract_plugin(use, "compare_contracts")
        texts = {"old": _text(old), "new": _text(new)}
        with self._shop({}) as shop:
            step = "data.contract"
            caller = shop.shop.caller(step, (plugin.table,))
            context = shop.context(step)
            made = shop.guarded(
                step, lambda: caller.compare_contracts(step, **texts, context=context)
            )
            return tuple(made)

    def quarantined(self, run: str = "") -> tuple[Quarantine, ...]:
        """List what checks set aside in the latest runs, the newest first, or in one run."""
        return tuple(self._quarantined(run))

    def leakage(self, reference: str = "") -> Checked:
        """Give what the audits say of the last split, or of a data set that is split for it.

        Raises
        ------
        UsageError
            If no split was audited yet.
        """
        return self._audited(reference) if reference else self._last_audit()

    def _quarantined(self, run: str) -> Iterator[Quarantine]:
        records = self.project.records
        store = Workshop.of(self.project.config).store
        rows = [records.run(run)] if run else records.runs(_LOOKED_THROUGH)
        for row in rows:
            for step in records.steps(row.run):
                bad = step.outputs.get(quarantine.BAD)
                if step.fact.stage != "check" or bad is None:
                    continue
                known = store.load(step.outputs["value"])
                told = next(item for item in known if item.name == quarantine.QUARANTINED)
                yield Quarantine(
                    run=row.run,
                    step=step.fact.name,
                    started=row.started,
                    rows=int(told.observed),
                    why=told.why,
                    load=_loader(store.load, bad),
                )

    def _last_audit(self) -> Checked:
        records = self.project.records
        store = Workshop.of(self.project.config).store
        for row in records.runs(_LOOKED_THROUGH):
            found = {
                step.fact.name: tuple(store.load(step.outputs["value"]))
                for step in records.steps(row.run)
                if step.fact.stage == "audit" and "value" in step.outputs
            }
            if found:
                return Checked(data=f"the split of run {row.run}", checks=found)
        raise UsageError("no split was audited yet", hint="fourstroke run")

    def _audited(self, reference: str) -> Checked:
        plugins = self.project.check()
        config = self.project.config
        with self._shop(plugins) as shop:
            said, table = shop.table(reference, is_raw=False)
            (split,) = config.tables["split"][:1]
            caller = shop.shop.caller(SPLIT, (split,))
            context = shop.context(SPLIT)
            parts = shop.guarded(SPLIT, lambda: caller.split(SPLIT, data=table, context=context))
            found = {}
            for each in config.tables.get("audit", ()):
                found[f"{auditing.AUDIT}{each.name}"] = shop.audited(each, parts)
            return Checked(data=said, checks=found)

    def _contract_plugin(self, use: str, hook: str) -> BuiltPlugin:
        table = PluginTable(stage="check", name="contract", use=use, where=f"--use {use}")
        plugin = build(table, self.project.config)
        if hook not in plugin.hooks:
            raise UsageError("this plugin knows no contracts", where=use, hint="--use contract")
        return plugin

    @contextlib.contextmanager
    def _shop(self, plugins: Mapping[tuple[str, str], BuiltPlugin]) -> Iterator[_Shop]:
        with outside(self.project.config, plugins, _RUN) as made:
            yield _Shop.around(made, self.project)


@attrs.frozen(kw_only=True, eq=False)
class _Shop(TableShop):
    """Calls plugins in this process, with tables that are kept nowhere."""

    def checked(self, data: Any) -> dict[str, tuple[Check, ...]]:
        """Check a table as a run would: those that set rows aside first, the others what is left."""
        found = {}
        tables = self.project.config.tables.get("check", ())
        for table in sorted(tables, key=lambda table: table.on_failure != "quarantine"):
            step = f"data.check.{table.name}"
            caller, context = self.shop.caller(step, (table,)), self.context(step)
            if table.on_failure == "quarantine":
                try:
                    divided = self.guarded(
                        step, partial(divide, caller, step, data, context, table.most_quarantined)
                    )
                except FourstrokeError as error:
                    found[step] = _failed(step, error)
                    continue
                found[step], data = divided.checks, divided.good
            else:
                call = partial(caller.check, step, data=data, context=context)
                found[step] = self._closed(step, call)
        return found

    def audited(self, table: PluginTable, parts: Mapping[str, Any]) -> tuple[Check, ...]:
        step = f"{auditing.AUDIT}{table.name}"
        caller, context = self.shop.caller(step, (table,)), self.context(step)
        known = {name: parts[name] for name in auditing.PARTS if name in parts}
        return self._closed(step, lambda: caller.audit(step, parts=known, context=context))

    def _closed(self, step: str, call: Callable[[], Any]) -> tuple[Check, ...]:
        """Take what cannot be checked for a check that says no, as a run does."""
        try:
            return tuple(self.guarded(step, call))
        except FourstrokeError as error:
            return _failed(step, error)


def _failed(step: str, error: FourstrokeError) -> tuple[Check, ...]:
    return (Check(name=step, status="error", why=str(error)),)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UsageError("it is no text in UTF-8", where=str(path)) from error


def _loader(load: Callable[[Any], Any], artifact: Any) -> Callable[[], Any]:
    return lambda: load(artifact)

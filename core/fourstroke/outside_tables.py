"""Read and prepare tables outside of a run: a data set, the sources, or a file in their place."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from fourstroke.cycles import operations
from fourstroke.cycles.data import steps as data_steps
from fourstroke.errors import UsageError
from fourstroke.operating import batch_source
from fourstroke.outside import Outside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fourstroke.config import PluginTable
    from fourstroke.plan import Step
    from fourstroke.project import Project

_READ: Final = frozenset({"collect", "prepare"})


@attrs.frozen(kw_only=True, eq=False)
class TableShop(Outside):
    """Calls plugins in this process, and gives tables that are kept nowhere."""

    project: Project

    @classmethod
    def around(cls, made: Outside, project: Project) -> Self:
        """Give a shop more to do."""
        return cls(
            project=project,
            config=made.config,
            shop=made.shop,
            scratch=made.scratch,
            run=made.run,
        )

    def table(self, reference: str, *, is_raw: bool) -> tuple[str, Any]:
        """Give a table and how it is called."""
        name, _, version = reference.partition("@")
        file = _file(reference, self.project.root)
        if reference and file is None:
            if name not in list(self.project.datasets) and Path(name).suffix:
                raise UsageError("there is no such file, nor such a data set", where=reference)
            return reference, self.project.datasets[name].load(version or None)
        return (reference or "the sources"), self._prepared(file, is_raw=is_raw)

    def batch(self, path: Path) -> Any:
        """Give a file as the champion would score it."""
        config, plugins = self.project.config, self.project.check()
        steps = operations.reading_steps(config, plugins, batch_source(config, path))
        return self._read(steps)

    def _prepared(self, file: Path | None, *, is_raw: bool) -> Any:
        """Read the sources and prepare them; of the first one this file stands in the place."""
        steps = data_steps(self.project.config, self.project.check())
        if is_raw:
            steps = [step for step in steps if step.stage == "collect"][:1]
        return self._read([step for step in steps if step.stage in _READ], file)

    def _read(self, steps: Sequence[Step], file: Path | None = None) -> Any:
        known: dict[str, Any] = {}
        last = ""
        for place, step in enumerate(steps):
            table = step.plugins[0].table
            if place == 0 and file is not None:
                table = _of_file(table, file, self.project.root)
            known[step.name] = self._done(step, table, known)
            if step.stage == "prepare" or not last:
                last = step.name
        return known[last]

    def _done(self, step: Step, table: PluginTable, known: Mapping[str, Any]) -> Any:
        caller, context = self.shop.caller(step.name, (table,)), self.context(step.name)
        if step.stage == "collect":
            return self.guarded(step.name, lambda: caller.collect(step.name, context=context))
        inputs = {name: known[ref.step] for name, ref in step.inputs.items()}
        # What is prepared may be changed in place.
        first = copy.deepcopy(next(iter(inputs.values())))
        inputs[next(iter(inputs))] = first
        return self.guarded(
            step.name,
            lambda: caller.prepare(step.name, data=first, inputs=inputs, context=context),
        )


def _file(reference: str, root: Path) -> Path | None:
    """Find a file that is named from here or from the project's folder."""
    if not reference:
        return None
    places = (Path(reference), root / reference)
    return next((place.resolve() for place in places if place.is_file()), None)


def _of_file(table: PluginTable, file: Path, root: Path) -> PluginTable:
    """Let the source read a file, as it reads its own; another kind of source cannot."""
    root = root.resolve()
    path = file.relative_to(root) if file.is_relative_to(root) else file
    known = dict(table.settings) if table.use in {None, "files"} else {}
    use = table.use if known else "files"
    return attrs.evolve(table, use=use, settings={**known, "path": path.as_posix()})

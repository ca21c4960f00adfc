"""Check how the steps of the data cycle hang together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke.config.faults import Faults
from fourstroke.config.tables import StageRead
from fourstroke.errors import nearest

if TYPE_CHECKING:
    from fourstroke.config.node import Node
    from fourstroke.config.settings import PluginTable


def check_flow(sources: StageRead, steps: StageRead, faults: Faults) -> None:
    """Note a step that takes what is not there, and a result that no step takes.

    A step takes the results that its ``from`` names, else that of the step before it in the file,
    the first one that of the first source. The last one's result is checked and published.
    """
    flow = _Flow(sources, steps, faults)
    flow.check_names()
    # A name that is wrong leaves the step that is meant without a taker: told once, not twice.
    if flow.check_inputs():
        flow.check_results()


@attrs.define
class _Flow:
    sources: StageRead
    steps: StageRead
    faults: Faults

    def check_names(self) -> None:
        # `from` names sources and steps alike.
        names = {table.name for table in self.sources.tables}
        for table, entry in self._written(self.steps):
            if table.name in names:
                message = f"a source has the name {table.name!r} too"
                where = _place(entry, table, "name")
                self.faults.add(message, where, "give one of them another name")

    def check_inputs(self) -> bool:
        is_whole = True
        known = [table.name for table in self.sources.tables]
        all_steps = {table.name for table in self.steps.tables}
        for table, entry in self._written(self.steps):
            for name in table.inputs:
                if name in known:
                    continue
                is_whole = False
                message, hint = f"there is no source or step {name!r}", nearest(name, known)
                if name in all_steps:
                    message, hint = f"the step {name!r} does not come before", "move it up"
                self.faults.add(message, _place(entry.content["from"], table, "from"), hint)
            known.append(table.name)
        return is_whole

    def check_results(self) -> None:
        before = self.sources.tables[0].name if self.sources.tables else ""
        taken = set()
        for table in self.steps.tables:
            taken |= set(table.inputs or (before,))
            before = table.name
        for table, entry in [*self._written(self.sources), *self._written(self.steps)]:
            if table.name not in taken | {before}:
                message = f"no step takes the result of {table.name!r}"
                hint = f'write from = ["{table.name}", ...] in the [[data.prepare]] that needs it'
                self.faults.add(message, _place(entry, table), hint)

    @staticmethod
    def _written(read: StageRead) -> list[tuple[PluginTable, Node]]:
        return list(zip(read.tables, read.entries, strict=True))


def _place(node: Node, table: PluginTable, key: str = "") -> str:
    return f"{node.origin}: {table.where}{f'.{key}' if key else ''}"

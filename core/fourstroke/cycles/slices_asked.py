"""Slices that a validator asks for and no evaluator will measure: told before the training, and not after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from fourstroke.errors import ConfigError, FourstrokeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fourstroke.config import Config
    from fourstroke.entities.task import Task
    from fourstroke.plugins.build import BuiltPlugin


@runtime_checkable
class AsksForSlice(Protocol):
    """A validator that goes by slices of a column."""

    def slice_asked(self) -> tuple[str, str] | None:
        """Give the column and the metric, empty for the primary one; ``None`` if it asks for none."""


@runtime_checkable
class KnowsItsSlices(Protocol):
    """An evaluator whose settings say which slices it measures."""

    def lacks_slice(self, column: str, metric: str, task: Task) -> str:
        """Say by which of its settings it will not measure them; empty if it may."""


def refuse_lacking(config: Config, plugins: Mapping[tuple[str, str], BuiltPlugin]) -> None:
    """Refuse validators of slices that no evaluator of the project will measure.

    An evaluator that does not say what it measures may measure anything.

    Raises
    ------
    ConfigError
        With a line for each such validator.
    """
    evaluators = [plugins["evaluate", t.name] for t in config.tables.get("evaluate", ())]
    known = [each.instance for each in evaluators if isinstance(each.instance, KnowsItsSlices)]
    if not known or len(known) < len(evaluators):
        return
    faults: list[FourstrokeError] = []
    for table in config.tables.get("validate", ()):
        validator = plugins["validate", table.name].instance
        asked = validator.slice_asked() if isinstance(validator, AsksForSlice) else None
        if asked is None:
            continue
        column, metric = asked
        lacking = [each.lacks_slice(column, metric, config.task) for each in known]
        if all(lacking):
            faults.append(ConfigError(lacking[0], where=f"{table.where}.slice"))
    if faults:
        raise FourstrokeError.join(faults)

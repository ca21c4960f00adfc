"""All four cycles in order: the steps of one turn of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke.cycles import data, development, model, operations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fourstroke.config import Config
    from fourstroke.plan import Step
    from fourstroke.plugins.build import BuiltPlugin


def steps(config: Config, plugins: Mapping[tuple[str, str], BuiltPlugin]) -> tuple[Step, ...]:
    """Give the steps of a whole turn, in order."""
    return tuple(
        step
        for cycle in (data, model, development, operations)
        for step in cycle.steps(config, plugins)
    )

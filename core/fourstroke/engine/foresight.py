"""Look ahead: which steps would run, and the one thing that changed for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke.context import Context
from fourstroke.engine.source import source_of
from fourstroke.engine.step_facts import without_step
from fourstroke.engine.workshop import Workshop
from fourstroke.errors import FourstrokeError
from fourstroke.fingerprint.keys import key_of, what_changed
from fourstroke.plan import Plan, PlannedStep, Step, ordered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.config import Config
    from fourstroke.records import Records


def foreseen(config: Config, records: Records, steps: Sequence[Step], anew: frozenset[str]) -> Plan:
    """Say of each step whether it would be reused, run, or perhaps run; ``anew`` names some that would."""
    shop = Workshop.of(config)
    return Foresight(config=config, records=records, shop=shop, anew=anew).plan(steps)


@attrs.define(kw_only=True, eq=False)
class Foresight:
    """Goes through the steps as a run would, as far as the results of earlier ones are known."""

    config: Config
    records: Records
    shop: Workshop
    anew: frozenset[str] = frozenset()
    outputs: dict[str, dict[str, Artifact]] = attrs.field(factory=dict)
    open_steps: dict[str, str] = attrs.field(factory=dict)

    def plan(self, steps: Sequence[Step]) -> Plan:
        """Say of each step whether it would be reused, run, or perhaps run."""
        planned = [self._look(step) for step in ordered(steps)]
        return Plan(steps=tuple(item for item in planned if item is not None))

    def context(self, step: str) -> Context:
        """Give a context for a plugin that is asked for the state of its source."""
        return Context(
            run="plan",
            step=step,
            project=self.config.name,
            environment=self.config.environment,
            root=self.config.root,
            scratch=self.config.home / "tmp",
            task=self.config.task,
            seed=self.config.seed,
            settings=self.config.values,
            services=self.shop,
        )

    def _look(self, step: Step) -> PlannedStep | None:
        unknown = [ref.step for ref in step.inputs.values() if ref.step in self.open_steps]
        if unknown:
            self.open_steps[step.name] = "perhaps"
            return _planned(step, "perhaps", f"depends on {unknown[0]}")
        if self._lacks_input(step):
            self.outputs[step.name] = {}
            return None
        if step.is_volatile:
            return self._look_at_volatile(step)
        return self._look_up(step)

    def _lacks_input(self, step: Step) -> bool:
        return any(
            not ref.is_optional and ref.output not in self.outputs.get(ref.step, {})
            for ref in step.inputs.values()
        )

    def _look_at_volatile(self, step: Step) -> PlannedStep:
        """Take a step that looks outside to see what it saw last time."""
        last = self.records.last_result(step.name)
        if last is None:
            self.open_steps[step.name] = "run"
            return _planned(step, "run", "never ran before")
        self.outputs[step.name] = dict(last.outputs)
        return _planned(step, "cached", "")

    def _look_up(self, step: Step) -> PlannedStep:
        inputs = {
            name: self.outputs[ref.step][ref.output]
            for name, ref in step.inputs.items()
            if ref.output in self.outputs.get(ref.step, {})
        }
        try:
            source = source_of(step, self)
            key = key_of(step, inputs, self.config, self.shop.digest, source=source)
        except FourstrokeError as error:
            self.open_steps[step.name] = "run"
            return _planned(step, "run", without_step(step.name, error))
        known = self.records.result(step.name, key.digest)
        if step.has_source and not source:
            known = None
        if known is not None and step.name not in self.anew:
            self.outputs[step.name] = dict(known.outputs)
            return _planned(step, "cached", "")
        self.open_steps[step.name] = "run"
        last = self.records.last_result(step.name)
        reason = "asked for" if step.name in self.anew else ""
        if not reason and step.has_source and not source:
            reason = "its source does not tell whether it changed"
        return _planned(
            step, "run", reason or what_changed(key.parts, None if last is None else last.parts)
        )


def _planned(step: Step, action: str, reason: str) -> PlannedStep:
    return PlannedStep(
        name=step.name,
        cycle=step.cycle,
        stage=step.stage,
        plugin=step.label,
        action=action,  # type: ignore[arg-type]  # one of the three literals above
        reason=reason,
    )

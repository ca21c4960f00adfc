"""The scheduler: runs steps when their inputs are there, reuses what is known, goes on."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TYPE_CHECKING

import attrs

from fourstroke.artifacts.artifact import Artifact
from fourstroke.config import mask
from fourstroke.engine.attempt import Attempt, Pauses
from fourstroke.engine.masking import mask_file
from fourstroke.engine.session import Session, as_step_error
from fourstroke.engine.source import source_of
from fourstroke.engine.step_facts import fact_of, in_full, in_short, without_step
from fourstroke.entities.run import RunState, StepFact, StepState
from fourstroke.errors import BlockedError, FourstrokeError, LostError, StoreError
from fourstroke.fingerprint.keys import Key, key_of, what_changed
from fourstroke.plan import Step, ordered

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fourstroke.engine.work import Done

Known = dict[str, Artifact]


@attrs.define(kw_only=True, eq=False)
class Schedule:
    """One turn over some steps.

    Parameters
    ----------
    session : Session
        Of the run.
    steps : sequence of Step
        All that may run; a step that takes from another one comes after it.
    anew : frozenset of str
        Names of steps whose known results are not reused.
    every : sequence of Step
        All steps of the turn, when ``steps`` are only those that a damaged result makes run again.
    """

    session: Session
    steps: Sequence[Step]
    anew: frozenset[str] = frozenset()
    every: Sequence[Step] = attrs.field(
        default=attrs.Factory(lambda self: self.steps, takes_self=True)
    )
    outputs: dict[str, Known] = attrs.field(factory=dict)
    facts: dict[str, StepFact] = attrs.field(factory=dict)
    errors: list[FourstrokeError] = attrs.field(factory=list)
    # Of steps whose failure is a result, such as a check that could not be made.
    contained: list[FourstrokeError] = attrs.field(factory=list)
    remade: set[str] = attrs.field(factory=set)
    _names: frozenset[str] = attrs.field(
        init=False, default=attrs.Factory(lambda self: _names_of(self.steps), takes_self=True)
    )
    _running: dict[Future[Done], Attempt] = attrs.field(factory=dict)
    _pauses: Pauses = attrs.field(factory=Pauses)
    _cached: list[tuple[StepFact, Key, Known]] = attrs.field(factory=list)

    def run(self) -> RunState:
        """Run all steps that can be run.

        Returns
        -------
        str
            ``succeeded``, ``blocked`` if a check or verdict said no, or ``failed``.
        """
        waiting = list(ordered(self.steps))
        while waiting or self._running or self._pauses:
            waiting = self._start_ready(waiting)
            for attempt in self._pauses.ended():
                self._submit(attempt)
            if self._running or self._pauses:
                self._collect()
        self._flush()
        return self.state

    @property
    def state(self) -> RunState:
        """How the run stands; ``blocked`` if nothing but checks and verdicts said no."""
        if not self.errors:
            return "succeeded"
        only_blocked = all(isinstance(error, BlockedError) for error in self.errors)
        return "blocked" if only_blocked else "failed"

    # Starting

    def _start_ready(self, waiting: list[Step]) -> list[Step]:
        left = []
        for step in waiting:
            if not self._is_settled(step):
                left.append(step)
            elif self._stopped_before(step):
                self._finish_unrun(step)
            else:
                self._start(step)
        return left

    def _is_settled(self, step: Step) -> bool:
        return all(
            ref.step in self.outputs or ref.step not in self._names for ref in step.inputs.values()
        )

    def _stopped_before(self, step: Step) -> bool:
        return any(
            not ref.is_optional and ref.output not in self.outputs.get(ref.step, {})
            for ref in step.inputs.values()
        )

    def _finish_unrun(self, step: Step) -> None:
        """Pass over a step that lacks an input: silently if nothing was due, else as skipped."""
        self.outputs[step.name] = {}
        broken = [
            ref.step
            for ref in step.inputs.values()
            if ref.step in self.facts
            and self.facts[ref.step].state in {"failed", "blocked", "skipped"}
        ]
        if broken:
            fact = fact_of(step, "skipped", reason=f"after {broken[0]}")
            self._flush()
            self.session.writer.record_step(fact, key="", parts={}, outputs={})
            self._tell(fact)

    def _start(self, step: Step) -> None:
        inputs = {
            name: self.outputs[ref.step][ref.output]
            for name, ref in step.inputs.items()
            if ref.output in self.outputs.get(ref.step, {})
        }
        try:
            key = self._key(step, inputs)
            if not step.is_volatile and step.name not in self.anew:
                known = self._known(step, key)
                if known is not None:
                    self._reuse(step, key, known[0], known[1])
                    return
            reason = "" if step.is_volatile else self._reason(step, key)
        except FourstrokeError as error:
            self._fail_before_start(step, error)
            return
        self._launch(step, key, inputs, reason)

    def _key(self, step: Step, inputs: Known) -> Key:
        source = source_of(step, self.session)
        return key_of(step, inputs, self.session.config, self.session.shop.digest, source=source)

    def _known(self, step: Step, key: Key) -> tuple[Known, str] | None:
        if step.has_source and "source" not in key.parts:
            return None
        result = self.session.records.result(step.name, key.digest)
        if result is None:
            return None
        known = dict(result.outputs)
        if not all(self.session.shop.store.has(artifact) for artifact in known.values()):
            return None
        if not self._is_current(step, known):
            return None
        return known, result.summary

    def _is_current(self, step: Step, known: Known) -> bool:
        try:
            return step.is_current is None or step.is_current(self.session, known)
        except StoreError as error:
            # What it looks at is damaged: the step makes it again.
            self.session.say(f"{error}; {step.name} is made again")
            return False

    def _reason(self, step: Step, key: Key) -> str:
        if step.name in self.anew:
            return "asked for"
        last = self.session.records.last_result(step.name)
        return what_changed(key.parts, None if last is None else last.parts)

    def _launch(self, step: Step, key: Key, inputs: Known, reason: str) -> None:
        self._flush()
        fact = fact_of(step, "running", reason=reason)
        record = self.session.writer.begin_step(fact, key=key.digest, parts=key.parts)
        self.facts[step.name] = fact
        if not step.is_volatile:
            self.session.listener.step_started(fact)
        self.session.told(self.session.events.step_started(self.session.writer.run, fact))
        attempt = Attempt(step=step, key=key, inputs=inputs, record=record)
        if step.act is not None:
            self._act(attempt)
        else:
            self._submit(attempt)

    def _submit(self, attempt: Attempt) -> None:
        step = attempt.step
        assert step.work is not None  # noqa: S101 - a step has work or an act
        tables = tuple(plugin.table for plugin in step.plugins)
        future = self.session.submit(step.name, step.work, tables, attempt.inputs)
        self._running[future] = attempt

    def _act(self, attempt: Attempt) -> None:
        step = attempt.step
        assert step.act is not None  # noqa: S101 - a step has work or an act
        before = len(self.session.messages)
        try:
            values = dict(step.act(self.session, step, attempt.inputs))
            summary = str(values.pop("summary", ""))
            outputs = {
                name: value if isinstance(value, Artifact) else self.session.put(value)
                for name, value in values.items()
                if value is not None
            }
        except FourstrokeError as error:
            attempt.said += self._said_of(step, before)
            self._fail(attempt, error)
            return
        attempt.said += self._said_of(step, before)
        seconds = time.monotonic() - attempt.started
        self._succeed(attempt, outputs, summary, seconds)

    def _said_of(self, step: Step, before: int) -> list[str]:
        """Give what an act has said, without the name under which it is recorded."""
        return [text.removeprefix(f"{step.name}: ") for text in self.session.messages[before:]]

    # Ending

    def _collect(self) -> None:
        """Wait for a step to end, at most until another one has to be tried again."""
        pause = self._pauses.seconds
        if not self._running:
            time.sleep(pause or 0.0)
            return
        done, _ = wait(self._running, timeout=pause, return_when=FIRST_COMPLETED)
        for future in done:
            attempt = self._running.pop(future)
            error = future.exception()
            if error is None:
                result = future.result()
                self._succeed(attempt, dict(result.outputs), result.summary, result.seconds, result)
            elif isinstance(error, Exception):
                self._retry_or_fail(attempt, error)
            else:
                raise error

    def _retry_or_fail(self, attempt: Attempt, error: Exception) -> None:
        step = attempt.step
        tables = tuple(plugin.table for plugin in step.plugins)
        told = as_step_error(step.name, error, tables, self.session.home)
        # A worker that died could not do it by itself.
        mask_file(self.session.log_of(step.name), self.session.config)
        damaged = self._producer_of_damage(attempt, told)
        if damaged is not None:
            self._remake(damaged, attempt, told)
            return
        retries = tables[0].retries if tables else 0
        if attempt.number < retries and not isinstance(told, BlockedError):
            attempt.number += 1
            text = f"attempt {attempt.number} failed, trying again: {without_step(step.name, told)}"
            attempt.said.append(mask(text, self.session.config))
            self.session.say(f"{step.name}: {text}")
            self._pauses.begin(attempt)
            return
        self._fail(attempt, told)

    def _producer_of_damage(self, attempt: Attempt, error: FourstrokeError) -> Step | None:
        """Find the step whose stored output is damaged, if that is what went wrong."""
        if not isinstance(error, StoreError):
            return None
        store = self.session.shop.store
        by_name = {step.name: step for step in self.every}
        for name, artifact in attempt.inputs.items():
            if not store.has(artifact):
                producer = attempt.step.inputs[name].step
                if producer not in self.remade:
                    return by_name.get(producer)
        return None

    def _remake(self, producer: Step, attempt: Attempt, error: FourstrokeError) -> None:
        """Run a step again whose result was found damaged, and then the one that met the damage."""
        self.remade.add(producer.name)
        self.session.say(f"{error}; {producer.name} is made again")
        again = Schedule(
            session=self.session,
            steps=[step for step in self.every if step.name in {producer.name, attempt.step.name}],
            every=self.every,
            remade=self.remade,
            anew=frozenset({producer.name, attempt.step.name}),
            outputs={
                name: known
                for name, known in self.outputs.items()
                if name not in {producer.name, attempt.step.name}
            },
        )
        self.session.writer.end_step(
            attempt.record, fact_of(attempt.step, "failed", reason=str(error))
        )
        again.run()
        self.outputs |= again.outputs
        self.facts |= again.facts
        self.errors += again.errors
        self.contained += again.contained

    def _succeed(
        self,
        attempt: Attempt,
        outputs: Known,
        summary: str,
        seconds: float,
        done: Done | None = None,
    ) -> None:
        step = attempt.step
        state: StepState = "succeeded"
        if step.is_volatile:
            last = self.session.records.last_result(step.name)
            state = "cached" if last is not None and dict(last.outputs) == outputs else state
        fact = fact_of(
            step,
            state,
            seconds=seconds,
            summary=summary,
            reason=self.facts[step.name].reason,
        )
        self.session.writer.end_step(
            attempt.record,
            fact,
            outputs=outputs,
            metrics=done.metrics if done else (),
            attachments=done.attachments if done else (),
            messages=(*attempt.said, *(done.messages if done else ())),
        )
        self.outputs[step.name] = outputs
        if done is not None:
            self.session.heard(step.name, done)
        self._tell(fact)

    def _fail(self, attempt: Attempt, error: FourstrokeError) -> None:
        step = attempt.step
        if step.on_failure is not None and not isinstance(error, BlockedError | LostError):
            values = step.on_failure(step, error)
            outputs = {name: self.session.put(value) for name, value in values.items()}
            fact = fact_of(step, "failed", summary=in_short(step, error))
            self.session.writer.end_step(
                attempt.record, fact, messages=(*attempt.said, *in_full(error))
            )
            self.outputs[step.name] = outputs
            self.contained.append(error)
            self._tell(fact)
            return
        state: StepState = "blocked" if isinstance(error, BlockedError) else "failed"
        seconds = time.monotonic() - attempt.started
        fact = fact_of(step, state, seconds=seconds, summary=in_short(step, error))
        self.session.writer.end_step(
            attempt.record, fact, messages=(*attempt.said, *in_full(error))
        )
        self.outputs[step.name] = {}
        self.errors.append(error)
        self._tell(fact)

    def _fail_before_start(self, step: Step, error: FourstrokeError) -> None:
        if not error.where:
            error.where = step.name
        fact = fact_of(step, "failed", summary=in_short(step, error))
        self._flush()
        self.session.writer.record_step(fact, key="", parts={}, outputs={})
        self.outputs[step.name] = {}
        self.errors.append(error)
        self._tell(fact)

    def _reuse(self, step: Step, key: Key, known: Known, summary: str) -> None:
        fact = fact_of(step, "cached", summary=summary)
        self._cached.append((fact, key, known))
        self.outputs[step.name] = known
        self._tell(fact)

    def _flush(self) -> None:
        """Record the reused steps, many in one transaction."""
        if self._cached:
            self.session.writer.record_steps(
                [(fact, key.digest, key.parts, known) for fact, key, known in self._cached]
            )
            self._cached.clear()

    def _tell(self, fact: StepFact) -> None:
        self.facts[fact.name] = fact
        self.session.listener.step_finished(fact)
        self.session.told(self.session.events.step_finished(self.session.writer.run, fact))


def _names_of(steps: Iterable[Step]) -> frozenset[str]:
    return frozenset(step.name for step in steps)

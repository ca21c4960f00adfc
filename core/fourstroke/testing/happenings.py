"""What observers are told of a run, from its first event to its last, as the engine tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.entities.run import DatasetFact, StepFact
from fourstroke.testing import reports

if TYPE_CHECKING:
    from fourstroke.entities.run import RunState, StepState
    from fourstroke.plugins.observing import Events


@attrs.frozen
class Happening:
    """One event with what it tells."""

    event: str
    facts: Mapping[str, Any]

    def tell(self, events: Events) -> list[str]:
        """Tell it; a line for every observer that failed."""
        problems: list[str] = getattr(events, self.event)(**self.facts)
        return problems


def told(events: Events, happenings: Iterable[Happening]) -> list[str]:
    """Tell several in their order; a line for every observer that failed."""
    return [problem for each in happenings for problem in each.tell(events)]


def of_success(run: str = "20260105-083000-good", words: str = "people") -> tuple[Happening, ...]:
    """Give the events of a run through all four cycles; ``words`` stand where names do."""
    report = reports.saying(words)
    assert report.verdict is not None  # noqa: S101 - the sample has all parts
    assert report.version is not None  # noqa: S101
    assert report.monitoring is not None  # noqa: S101
    dataset = DatasetFact(name=words, version=1, digest="blake3:0", rows=None, columns=(words,))
    return (
        _begun(run, words),
        *_step(run, _fact(f"data.collect.{words}", "data", "collect")),
        *_step(run, _fact(f"data.check.{words}", "data", "check")),
        *_step(run, _fact("data.publish", "data", "publish")),
        Happening("dataset_published", {"run": run, "dataset": dataset}),
        _over(run, _fact(f"model.train.{words}", "model", "train", "cached")),
        Happening("model_validated", {"run": run, "verdict": report.verdict}),
        Happening("model_registered", {"run": run, "version": report.version}),
        Happening("model_deployed", {"run": run, "deployment": report.deployments[0]}),
        Happening("alert_raised", {"run": run, "alert": report.monitoring.alerts[0]}),
        _ended(run, "succeeded"),
    )


def of_failure(run: str = "20260105-093000-bad") -> tuple[Happening, ...]:
    """Give the events of a run that failed at a step, so that the next one was skipped."""
    return (
        _begun(run, "sample"),
        *_step(run, _fact("data.collect.people", "data", "collect", "failed")),
        _over(run, _fact("data.check.columns", "data", "check", "skipped")),
        _ended(run, "failed"),
    )


def _fact(name: str, cycle: str, stage: str, state: StepState = "succeeded") -> StepFact:
    summary = "KeyError: 'income'" if state == "failed" else ""
    settings = {"path": "people.csv", "columns": ["id", "age"]}
    return StepFact(
        name=name,
        cycle=cycle,
        stage=stage,
        state=state,
        plugin="own",
        seconds=0.25,
        summary=summary,
        settings=settings,
    )


def _step(run: str, fact: StepFact) -> tuple[Happening, Happening]:
    begun = attrs.evolve(fact, state="running", seconds=0.0, summary="")
    return Happening("step_started", {"run": run, "step": begun}), _over(run, fact)


def _over(run: str, fact: StepFact) -> Happening:
    return Happening("step_finished", {"run": run, "step": fact})


def _begun(run: str, project: str) -> Happening:
    return Happening("run_started", {"run": run, "project": project})


def _ended(run: str, state: RunState) -> Happening:
    return Happening("run_finished", {"run": run, "state": state})

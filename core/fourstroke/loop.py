"""One turn of the whole loop: monitor, alert, decide, run, and say what came of it."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.alerting.matters import TRAINING, TRAINING_DATA, raised_by
from fourstroke.cycles import looping, turning
from fourstroke.entities.operations import Alert
from fourstroke.errors import RefusedError
from fourstroke.looking import look
from fourstroke.operating import deployed, was_asked
from fourstroke.outcomes import LoopOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fourstroke.config import Config
    from fourstroke.engine.listener import Listener
    from fourstroke.entities.facts import Check
    from fourstroke.entities.model import Decision
    from fourstroke.outcomes import LoopEnd, MonitorOutcome, RunOutcome
    from fourstroke.plan import PlannedStep, Step
    from fourstroke.project import Project
    from fourstroke.records.rows import VersionRow

_NEW_DATA: Final = "the source changed"
_SHOWN_REASONS: Final = 3


@attrs.frozen(kw_only=True, eq=False)
class Loop:
    """Goes once through the loop; it only calls what people call by hand, one after the other.

    Parameters
    ----------
    project : Project
        Whose model.
    is_asked : bool
        Whether somebody asks for a turn.
    listener : Listener, optional
        Is told how its runs go on.
    command : str
        What the user typed.
    """

    project: Project
    is_asked: bool = False
    listener: Listener | None = None
    command: str = ""

    def turn(self) -> LoopOutcome:
        """Turn, or say why not; loops of one model go one after the other, whoever begins them."""
        with self.project.records.alone(f"loop {self.project.config.model}", self._tell_waiting):
            return self._turn()

    def _tell_waiting(self) -> None:
        if self.listener is not None:
            model = self.project.config.model
            self.listener.message(
                f"another loop of {model} is at work: this one waits for its end, and then looks anew"
            )

    def _turn(self) -> LoopOutcome:
        watched = deployed(self.project.config, self.project.records)
        monitoring = self._monitor(watched)
        # What was seen may have brought another version back.
        champion = self._champion(watched)
        decision, decided_in = self._decide(champion)
        known = _Known(champion=champion, decision=decision, monitoring=monitoring)
        if decision.answer == "waiting":
            return self._outcome("waiting", decision.why, known)
        if decision.answer == "no":
            end: LoopEnd = "held" if decision.by == turning.RULE else "quiet"
            return self._outcome(end, decision.why, known)
        run = self.project.run(
            listener=self.listener,
            command=self.command,
            tags={turning.TURN: decided_in},
            note=f"{decision.trigger or 'a rule'}: {decision.why}",
        )
        self._tell_incidents(champion, run)
        end, why = self._came_to(champion, run)
        return self._outcome(end, why, known, run)

    def _monitor(self, champion: VersionRow) -> MonitorOutcome | None:
        """Let the monitors look; a new champion has nothing to look at yet."""
        taken = self.project.predictions.take_in()
        if was_asked(self.project.records, champion):
            return look(self.project, self.listener, self.command, taken)
        if self.listener is not None:
            for problem in taken.problems:
                self.listener.message(problem)
        return None

    def _decide(self, champion: VersionRow) -> tuple[Decision, str]:
        """Give the decision, and the run that it is recorded in."""
        question = looping.Question(champion=champion, is_asked=self.is_asked)
        if not self.is_asked:
            planned = self.project.plan().steps
            question = attrs.evolve(
                question, new_data=_new_data(planned), is_known=_is_known(planned)
            )
        return self._perform(partial(looping.deciding_step, question=question))

    def _came_to(self, champion: VersionRow, run: RunOutcome) -> tuple[LoopEnd, str]:
        report, after = run.report, self._champion(champion)
        why = "; ".join(error.message for error in run.errors)
        if run.state == "blocked" and _stopped_in(run) == "data":
            return "data", f"the data failed their contract: {_against(report.checks) or why}"
        if run.state == "blocked":
            checks = report.verdict.checks if report.verdict is not None else ()
            return "gate", f"the candidate was refused: {_against(checks) or why}"
        if run.state != "succeeded":
            return "held" if _is_refusal(run) else "failed", why
        if after.version != champion.version:
            return "champion", f"{after.model}@v{after.version} is the new champion"
        waits = turning.pending(self.project.records, champion)
        if waits is not None:
            return "waiting", f"{waits[0].model}@v{waits[0].version} {waits[1]}"
        if report.version is not None and report.version.version != champion.version:
            name = f"{report.version.model}@v{report.version.version}"
            return "waiting", f"{name} passed, and is not in production: who may promote it does"
        if any(step.stage == "train" and step.state == "succeeded" for step in report.steps):
            return "unchanged", "what was learnt anew is the champion that is there"
        return "unchanged", "the data are those that are known: there is nothing new to learn"

    def _tell_incidents(self, champion: VersionRow, run: RunOutcome) -> None:
        """Tell people of a turn that ended where none should, and end what such a one had raised."""
        where = _stopped_in(run) if run.state in {"blocked", "failed"} else ""
        raised = _raised_by(run, where)
        if raised:
            runbook = self.project.config.alerting.runbooks.get(raised, "")
            alert = attrs.evolve(_incident(champion, raised, run), runbook=runbook)
            self._perform(partial(looping.raising_step, alert=alert))
        past = _past(run, where)
        open_ = looping.open_incidents(self.project.records, champion.model)
        over = [key for key in open_ if raised_by(key) in past]
        if over:
            end = partial(looping.ending_step, row=champion, keys=over, run=run.run)
            self._perform(end)

    def _perform(self, make: Callable[[Config, looping.Plugins], Step]) -> tuple[Any, str]:
        """Run one step as a run of its own; gives its value, and the run."""
        with self.project.recorded("monitor", self.command, self.listener) as turn:
            step = make(turn.config, turn.plugins)
            schedule = turn.schedule([step], frozenset({step.name}))
            turn.finish(schedule, is_reported=False)
            turn.raise_errors(schedule)
            return turn.session.load(schedule.outputs[step.name]["value"]), turn.session.writer.run

    def _champion(self, before: VersionRow) -> VersionRow:
        return self.project.records.champion(before.model) or before

    def _outcome(
        self, end: LoopEnd, why: str, known: _Known, run: RunOutcome | None = None
    ) -> LoopOutcome:
        before, after = known.champion, self._champion(known.champion)
        waits = turning.pending(self.project.records, after) if end == "waiting" else None
        return LoopOutcome(
            end=end,
            why=why,
            model=before.model,
            before=before.version,
            after=after.version,
            decision=known.decision,
            monitoring=known.monitoring,
            turn=run,
            waits=waits[0].version if waits else None,
        )


@attrs.frozen(kw_only=True)
class _Known:
    """What a turn knows before it runs."""

    champion: VersionRow
    decision: Decision
    monitoring: MonitorOutcome | None


def _new_data(planned: Sequence[PlannedStep]) -> str:
    """Say which source has changed since a run read it, as the plan tells it."""
    changed = [
        step.name.rpartition(".")[2]
        for step in planned
        if step.stage == "collect" and step.cycle == "data" and step.reason == _NEW_DATA
    ]
    return f"source {', '.join(changed)} changed" if changed else ""


def _is_known(planned: Sequence[PlannedStep]) -> bool:
    """Say whether all that would be trained is there."""
    return all(step.action == "cached" for step in planned if step.stage == "train")


def _is_refusal(run: RunOutcome) -> bool:
    return bool(run.errors) and isinstance(run.errors[0], RefusedError)


def _raised_by(run: RunOutcome, where: str) -> str:
    """Name the incident that a run is; empty if it is none."""
    if where == "data":
        return TRAINING_DATA
    return TRAINING if run.state == "failed" and not _is_refusal(run) else ""


def _stopped_in(run: RunOutcome) -> str:
    """Give the cycle in which a run was stopped; empty if it was not."""
    stopped = (step.cycle for step in run.report.steps if step.state in {"blocked", "failed"})
    return next(stopped, "")


def _against(checks: Sequence[Check]) -> str:
    """Name the checks that say no, and why."""
    found = [f"{check.name}: {check.why or check.status}" for check in checks if check.says_no]
    more = len(found) - _SHOWN_REASONS
    return "; ".join([*found[:_SHOWN_REASONS], *([f"and {more} more"] if more > 0 else [])])


def _past(run: RunOutcome, where: str) -> frozenset[str]:
    """Name what a run got past: who comes to the model has good data, and a verdict ends a training."""
    if where == "data":
        return frozenset()
    return frozenset({TRAINING_DATA} if run.state == "failed" else {TRAINING_DATA, TRAINING})


def _incident(champion: VersionRow, key: str, run: RunOutcome) -> Alert:
    what, reasons = "the turn failed", ""
    if key == TRAINING_DATA:
        is_contract = run.state == "blocked"
        what = "the data failed their contract" if is_contract else "the data cannot be used"
        what, reasons = f"{what}, and nothing was trained", _against(run.report.checks)
    return Alert(
        key=f"{champion.model}/{key}",
        severity="error",
        title=f"{key}: {what}",
        text=reasons or "; ".join(error.message for error in run.errors),
        at=dt.datetime.now(dt.UTC),
        model=champion.model,
        version=champion.version,
        window=f"run {run.run}",
    )

"""One recorded run, from its row to its end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

import attrs

from fourstroke.engine.made_from import keep_source
from fourstroke.engine.provenance import Provenance, provenance
from fourstroke.engine.session import Session
from fourstroke.errors import FourstrokeError, RefusedError
from fourstroke.principals import owner_of_token, proof_of, token_of_process

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from fourstroke.config import Config
    from fourstroke.engine.listener import Listener
    from fourstroke.engine.schedule import Schedule
    from fourstroke.entities.run import RunReport
    from fourstroke.outcomes import RunOutcome
    from fourstroke.plan import Step
    from fourstroke.plugins.build import BuiltPlugin
    from fourstroke.records import Records
    from fourstroke.records.writer import RunWriter

# What schedules steps, reports and knows outcomes is imported where it is used: what people do with a
# version is a recorded run without steps, and who rolls back is in a hurry.


@attrs.define(eq=False)
class RecordedRun:
    """One recorded run, from its row to its end: the state is written whatever happens."""

    config: Config
    records: Records
    plugins: Mapping[tuple[str, str], BuiltPlugin]
    kind: str
    command: str
    listener: Listener
    tags: Mapping[str, str] = attrs.field(factory=dict)
    token: str | None = attrs.field(default=None, repr=False)
    session: Session = attrs.field(init=False)
    provenance: Provenance = attrs.field(init=False)
    files: tuple[Path, ...] = ()
    _started: float = attrs.field(factory=time.monotonic)

    def __enter__(self) -> Self:
        config = self.config
        token = token_of_process(config.policy.principals) if self.token is None else self.token
        principal, refusal = _principal(config, token)
        self.provenance = facts = provenance(config.root, self.plugins.values(), principal)
        writer = self.records.start_run(
            kind=self.kind,
            project=config.name,
            environment=config.environment,
            user=facts.user,
            proof=proof_of(token) if principal else "",
            host=facts.host,
            command=self.command,
            commit=facts.commit,
            dirty=facts.dirty,
            seed=config.seed,
            settings=config.values,
            versions=facts.versions,
            plugins=facts.plugins,
            provenance=facts.facts,
            tags=self.tags,
        )
        try:
            _refuse_token(writer, config.name, refusal)
            self.session = Session.begin(
                config,
                self.records,
                writer,
                self.listener,
                self.plugins,
                is_immediate=self.kind == "deploy",
            )
            if self.kind == "run":
                self._keep_source()
        except BaseException as error:
            writer.finish("failed", str(error))
            writer.close()
            raise
        return self

    def _keep_source(self) -> None:
        session = self.session
        source = keep_source(
            session.shop, self.plugins.values(), session.home, is_dirty=self.provenance.dirty
        )
        session.writer.keep_source(source)

    def schedule(self, steps: Sequence[Step], anew: frozenset[str]) -> Schedule:
        """Run steps."""
        from fourstroke.engine.schedule import Schedule  # noqa: PLC0415

        session = self.session
        session.listener.run_started(session.writer.run, len(steps))
        session.told(session.events.run_started(session.writer.run, self.config.name))
        schedule = Schedule(session=session, steps=steps, anew=anew)
        schedule.run()
        return schedule

    def finish(self, schedule: Schedule, *, is_reported: bool = True) -> RunReport:
        """Render the report, then write down how the run ended."""
        from fourstroke.reporting import Reporter, render  # noqa: PLC0415

        session = self.session
        state = schedule.state
        row = self.records.run(session.writer.run)
        seconds = time.monotonic() - self._started
        report = Reporter(session=session, schedule=schedule).report(row, state, seconds)
        if is_reported:
            self.files = render(session, report)
        session.writer.finish(
            state, "; ".join(str(error) for error in schedule.errors), chosen=_chosen(report)
        )
        session.told(session.events.run_finished(session.writer.run, state))
        # At last, for the end of the run is an event, too; and the run has ended as it has.
        try:
            session.writer.record_observers(session.observers())
        except FourstrokeError as error:
            session.say(f"how its observers fared is not recorded: {error}")
        return report

    def conclude(self, schedule: Schedule) -> RunOutcome:
        """Finish a turn, and say what came of it."""
        from fourstroke.outcomes import RunOutcome  # noqa: PLC0415

        report = self.finish(schedule)
        return RunOutcome(
            run=report.run,
            state=report.state,
            report=report,
            files=self.files,
            errors=tuple(schedule.errors),
            contained=tuple(schedule.contained),
        )

    def raise_errors(self, schedule: Schedule) -> None:
        """Raise what went wrong, for calls that have nothing to give then."""
        if schedule.errors:
            raise FourstrokeError.join(schedule.errors)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        self.session.end()
        if error is not None:
            is_user = isinstance(error, KeyboardInterrupt | SystemExit)
            self.session.writer.finish(
                "cancelled" if is_user else "failed", str(error) or str(kind)
            )
        self.session.writer.close()


def _principal(config: Config, token: str) -> tuple[str, RefusedError | None]:
    """Give whose token was shown, or why it is not taken: the run that is refused is on record, too."""
    if not token:
        return "", None
    try:
        return owner_of_token(config.policy.principals, token), None
    except RefusedError as refusal:
        return "", refusal


def _refuse_token(writer: RunWriter, project: str, refusal: RefusedError | None) -> None:
    if refusal is not None:
        writer.record_refusal(project, refusal.message, "token")
        raise refusal


def _chosen(report: RunReport) -> dict[str, float]:
    """Give the metrics of the candidate that was chosen: people search for them by their names."""
    found = next((each for each in report.candidates if each.name == report.chosen), None)
    if found is None:
        return {}
    return {each.name: each.value for each in found.evaluation.metrics if each.value is not None}

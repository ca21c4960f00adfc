"""A project: what the command line, notebooks and services use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

import attrs

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from fourstroke.alerting.keeping import Alerts
    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.audit_trail import AuditTrail
    from fourstroke.backtesting import Backtesting
    from fourstroke.catalog import Datasets
    from fourstroke.config import Config
    from fourstroke.data_catalog import DataCatalog
    from fourstroke.data_checks import DataChecks
    from fourstroke.engine.listener import Listener
    from fourstroke.entities.monitoring_history import MonitoringHistory
    from fourstroke.entities.run import RunKind, RunState
    from fourstroke.errors import FourstrokeError
    from fourstroke.history import Runs
    from fourstroke.outcome_labels import OutcomeLabels
    from fourstroke.outcomes import LoopOutcome, MonitorOutcome, PredictOutcome, RunOutcome
    from fourstroke.plan import Plan, Step
    from fourstroke.plugins.build import BuiltPlugin
    from fourstroke.prediction_log.log import PredictionLog
    from fourstroke.recorded_run import RecordedRun
    from fourstroke.records import Records
    from fourstroke.registry import Models
    from fourstroke.schedules.keeping import Schedules
    from fourstroke.upkeep import Store

# Everything heavy is imported where it is used: `import fourstroke` and `fourstroke --help` stay
# light.


@attrs.define(kw_only=True, eq=False)
class Project:
    """One folder with a ``fourstroke.toml``, and all that was recorded of it.

    Parameters
    ----------
    config : Config
        The project file as it is in force; `open` reads it.
    token : str, optional
        Whose it is acts here, empty for nobody's; without it what ``FOURSTROKE_TOKEN`` holds.

    Examples
    --------
    ::

        project = Project.open("examples/income")
        project.run()
        project.models["income"].champion.predict(frame)
    """

    config: Config
    token: str | None = attrs.field(default=None, repr=False)
    _plugins: Mapping[tuple[str, str], BuiltPlugin] | None = None
    _records: Records | None = None

    @classmethod
    def open(
        cls,
        path: str | Path = ".",
        *,
        environment: str | None = None,
        overrides: Sequence[str] = (),
    ) -> Project:
        """Open the project in a folder.

        Parameters
        ----------
        path : str or Path
            The folder that holds ``fourstroke.toml``.
        environment : str, optional
            A name from ``[environments]``; without it what ``FOURSTROKE_ENV`` says.
        overrides : sequence of str
            Settings such as ``data.split.test=0.3`` that come last.

        Raises
        ------
        ConfigError
            If the project file is missing or wrong; all faults at once.
        """
        from fourstroke.config import load_config  # noqa: PLC0415

        config = load_config(
            Path(path).resolve(), environment=environment, overrides=tuple(overrides)
        )
        return cls(config=config)

    @property
    def name(self) -> str:
        """The project's name."""
        return self.config.name

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.config.root

    def check(self) -> Mapping[tuple[str, str], BuiltPlugin]:
        """Build every plugin that the project names, with its settings; touches no data.

        Raises
        ------
        ConfigError, PluginError
            All faults at once.
        """
        from fourstroke.cycles.slices_asked import refuse_lacking  # noqa: PLC0415
        from fourstroke.plugins.build import build_all  # noqa: PLC0415

        built = build_all(self.config)
        refuse_lacking(self.config, built)
        self._plugins = built
        return built

    @property
    def records(self) -> Records:
        """The records, opened when first needed."""
        if self._records is None:
            from fourstroke.opening import open_records  # noqa: PLC0415

            self._records = open_records(self.config)
        return self._records

    def close(self) -> None:
        """Close the records."""
        if self._records is not None:
            self._records.close()
            self._records = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def plan(
        self, *, force: bool = False, start: str = "", stop: str = "", only: Sequence[str] = ()
    ) -> Plan:
        """Say which steps would run and why, without running any."""
        from fourstroke.cycles.turn import steps  # noqa: PLC0415
        from fourstroke.engine.foresight import foreseen  # noqa: PLC0415
        from fourstroke.plan import Selection  # noqa: PLC0415

        selection = Selection(force=force, start=start, stop=stop, only=tuple(only))
        chosen, anew = selection.take(steps(self.config, self.check()))
        return foreseen(self.config, self.records, chosen, anew)

    def run(  # noqa: PLR0913 - one a option of the command
        self,
        *,
        force: bool = False,
        start: str = "",
        stop: str = "",
        only: Sequence[str] = (),
        frozen: bool = False,
        tags: Mapping[str, str] | None = None,
        note: str = "",
        listener: Listener | None = None,
        command: str = "",
    ) -> RunOutcome:
        """Turn the engine once through all four cycles; what did not change is reused.

        With ``[operations.batch]`` a monitoring report is written beside the run's, as `monitor` does.

        Parameters
        ----------
        force : bool
            Reuse nothing.
        start, stop : str
            The step to begin anew with, and the one to end with.
        only : sequence of str
            Steps to run alone.
        frozen : bool
            Refuse to begin if a plugin is not the one that ``fourstroke.lock`` names.
        tags : mapping of str to str, optional
            What people call it by, such as ``team`` and ``risk``.
        note : str
            Why it is run; it stands in the history of the data that it publishes.
        listener : Listener, optional
            Is told how the run goes on.
        command : str
            What the user typed, for the record.

        Returns
        -------
        RunOutcome
            With state ``succeeded``, ``blocked`` or ``failed``; a failed step raises nothing here.

        Raises
        ------
        RefusedError
            If ``frozen``, with a line for each plugin that differs.
        """
        from fourstroke.cycles.turn import steps  # noqa: PLC0415
        from fourstroke.looking import with_monitoring  # noqa: PLC0415
        from fourstroke.plan import Selection  # noqa: PLC0415

        if frozen:
            from fourstroke.locked import refuse_drift  # noqa: PLC0415

            refuse_drift(self.config, self.check())
        selection = Selection(force=force, start=start, stop=stop, only=tuple(only))
        chosen, anew = selection.take(steps(self.config, self.check()))
        with self.recorded("run", command, listener, tags) as turn:
            turn.session.note = note
            outcome = turn.conclude(turn.schedule(chosen, anew))
        return with_monitoring(self, outcome, listener)

    def predict(
        self,
        path: str | Path,
        *,
        output: Path | None = None,
        listener: Listener | None = None,
        command: str = "",
    ) -> PredictOutcome:
        """Score a file with the champion and log what it said.

        Parameters
        ----------
        path : str or Path
            A file that the source plugin of ``[operations.batch]`` reads, or of ``[data.collect]``.
        output : Path, optional
            Where to write the predictions as CSV, after the task's id column if it has one.
        """
        from fourstroke.operating import batch_source, deployed, score_file  # noqa: PLC0415

        deployed(self.config, self.records)
        source = batch_source(self.config, Path(path))
        with self.recorded("predict", command, listener) as turn:
            return score_file(turn, source, output)

    def monitor(self, *, listener: Listener | None = None, command: str = "") -> MonitorOutcome:
        """Look at all windows of the champion's prediction log that are due, each in a run of its own.

        Without any the report has no rows and no observations. A monitoring report is written afterwards.
        The outcome is of the latest window; `earlier` holds those before it.
        """
        from fourstroke.looking import look  # noqa: PLC0415

        return look(self, listener, command)

    def monitoring(
        self, model: str = "", version: int | None = None, *, since: datetime | None = None
    ) -> MonitoringHistory:
        """Give what monitors saw of the champion, or another version; nothing is looked at again.

        Windows that were looked at before ``since`` are left out; without it all but the latest 60 are.
        """
        from fourstroke.monitored import history_of  # noqa: PLC0415

        return history_of(self, model, version, since=since)

    def loop(
        self, *, now: bool = False, listener: Listener | None = None, command: str = ""
    ) -> LoopOutcome:
        """Monitor, alert, decide, and if there is a reason run: a new champion, or why not.

        ``now`` asks for a turn whatever the monitors see; the budget, the contract and the gate hold.

        Raises
        ------
        UsageError
            If no version is deployed.
        """
        from fourstroke.loop import Loop  # noqa: PLC0415

        return Loop(project=self, is_asked=now, listener=listener, command=command).turn()

    def perform(
        self, steps: Sequence[Step], listener: Listener | None = None
    ) -> tuple[Mapping[str, Mapping[str, Artifact]], RunState, tuple[FourstrokeError, ...]]:
        """Run steps without a report; gives what each gave, how the run ended, and what went wrong."""
        with self.recorded("run", "", listener) as turn:
            schedule = turn.schedule(steps, frozenset(step.name for step in steps))
            turn.finish(schedule, is_reported=False)
            return schedule.outputs, schedule.state, tuple(schedule.errors)

    @property
    def datasets(self) -> Datasets:
        """The published data sets, by name."""
        from fourstroke.catalog import Datasets  # noqa: PLC0415

        return Datasets(self)

    @property
    def catalog(self) -> DataCatalog:
        """The catalog for people: cards, layers, consumers."""
        from fourstroke.data_catalog import DataCatalog  # noqa: PLC0415

        return DataCatalog(self)

    @property
    def data_checks(self) -> DataChecks:
        """Checks of data without a run, contracts, and what was set aside."""
        from fourstroke.data_checks import DataChecks  # noqa: PLC0415

        return DataChecks(self)

    @property
    def models(self) -> Models:
        """The registered models, by name."""
        from fourstroke.registry import Models  # noqa: PLC0415

        return Models(self)

    @property
    def labels(self) -> OutcomeLabels:
        """What became known later of rows that the model scored."""
        from fourstroke.outcome_labels import OutcomeLabels  # noqa: PLC0415

        return OutcomeLabels(self)

    @property
    def backtest(self) -> Backtesting:
        """Replays what the champion answered through another version: ``project.backtest(4, since=...)``."""
        from fourstroke.backtesting import Backtesting  # noqa: PLC0415

        return Backtesting(self)

    @property
    def alerts(self) -> Alerts:
        """What people were told of the model, and what they said of it."""
        from fourstroke.alerting.keeping import Alerts  # noqa: PLC0415

        return Alerts(self)

    @property
    def schedules(self) -> Schedules:
        """What is done at which times."""
        from fourstroke.schedules.keeping import Schedules  # noqa: PLC0415

        return Schedules(self)

    @property
    def predictions(self) -> PredictionLog:
        """The prediction log: what models were asked and answered."""
        from fourstroke.prediction_log.log import PredictionLog  # noqa: PLC0415

        return PredictionLog(self)

    @property
    def runs(self) -> Runs:
        """The recorded runs."""
        from fourstroke.history import Runs  # noqa: PLC0415

        return Runs(self)

    @property
    def audit(self) -> AuditTrail:
        """The ledger: who did what, when and why, and the proof that it is whole."""
        from fourstroke.audit_trail import AuditTrail  # noqa: PLC0415

        return AuditTrail(self)

    @property
    def store(self) -> Store:
        """The store's upkeep: verify, collect garbage, back up, restore."""
        from fourstroke.upkeep import Store  # noqa: PLC0415

        return Store(self)

    def recorded(
        self,
        kind: RunKind,
        command: str = "",
        listener: Listener | None = None,
        tags: Mapping[str, str] | None = None,
        stages: Collection[str] | None = None,
    ) -> RecordedRun:
        """Give a run that is recorded as long as a ``with`` block lasts.

        Plugins of other stages than those that are named, if any are, are not even imported.
        """
        from fourstroke.engine.listener import Silence  # noqa: PLC0415
        from fourstroke.plugins.build import build_all  # noqa: PLC0415
        from fourstroke.recorded_run import RecordedRun  # noqa: PLC0415

        return RecordedRun(
            config=self.config,
            records=self.records,
            plugins=build_all(self.config, stages) if stages is not None else self._built(),
            kind=kind,
            command=command,
            listener=listener or Silence(),
            tags=tags or {},
            token=self.token,
        )

    def _built(self) -> Mapping[tuple[str, str], BuiltPlugin]:
        return self.check() if self._plugins is None else self._plugins

"""The main process's side of a run: records, events, and work handed to the executor."""

from __future__ import annotations

import shutil
from concurrent.futures import CancelledError, Executor, Future
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.artifacts import files
from fourstroke.config import mask
from fourstroke.context import Context
from fourstroke.engine.listener import Listener, Silence
from fourstroke.engine.work import Done, Job, perform
from fourstroke.engine.workshop import Workshop, workshop
from fourstroke.entities.run import StepFact
from fourstroke.errors import FourstrokeError, StepError, text_of
from fourstroke.plugins.build import BuiltPlugin, build
from fourstroke.plugins.observing import Events, failure_of
from fourstroke.plugins.services import ExecutorCaller

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.config import Config, PluginTable
    from fourstroke.plan import Work
    from fourstroke.records import Records
    from fourstroke.records.writer import RunWriter


@attrs.define(kw_only=True, eq=False)
class Session:
    """All that one run of one project needs in the main process.

    Steps that ``act`` get it: they may load values, have work done on the executor, and write
    records.
    """

    config: Config
    records: Records
    writer: RunWriter
    shop: Workshop
    listener: Listener = attrs.field(factory=Silence)
    events: Events
    # Why it was run: it goes with what is published.
    note: str = ""
    messages: list[str] = attrs.field(factory=list)
    # By the name of the observer, in the order in which they act: what went wrong in it.
    failures: dict[str, list[str]] = attrs.field(factory=dict)
    # Whether work is done in this process: for one step after the other a worker is not worth its start.
    is_immediate: bool = False
    _executor: Executor | None = None
    _scratch: Path | None = None

    @classmethod
    def begin(
        cls,
        config: Config,
        records: Records,
        writer: RunWriter,
        listener: Listener,
        plugins: Mapping[tuple[str, str], BuiltPlugin],
        *,
        is_immediate: bool = False,
    ) -> Session:
        """Start a session for a run that has just been recorded."""
        shop = workshop(config, writer.run, plugins)
        shop.store.clear_leftovers()
        return cls(
            config=config,
            records=records,
            writer=writer,
            shop=shop,
            listener=listener,
            events=Events(shop.observers),
            is_immediate=is_immediate,
        )

    @property
    def home(self) -> Path:
        """The folder of the project that fourstroke writes to."""
        return self.config.home

    def load(self, artifact: Artifact | None) -> Any:
        """Load a value from the store."""
        return None if artifact is None else self.shop.store.load(artifact)

    def put(self, value: Any) -> Artifact:
        """Keep a value in the store."""
        return self.shop.store.put(value)

    def submit(
        self,
        step: str,
        work: Work,
        tables: tuple[PluginTable, ...],
        inputs: Mapping[str, Artifact],
    ) -> Future[Done]:
        """Hand work to the executor."""
        return self.executor.submit(perform, self._job(step, work, tables, inputs))

    def _job(
        self,
        step: str,
        work: Work,
        tables: tuple[PluginTable, ...],
        inputs: Mapping[str, Artifact],
    ) -> Job:
        return Job(
            run=self.writer.run,
            step=step,
            work=work,
            config=self.config,
            tables=tables,
            inputs=inputs,
            log=self.log_of(step),
            timeout_seconds=tables[0].timeout_seconds if tables else None,
        )

    def perform(
        self,
        step: str,
        work: Work,
        tables: tuple[PluginTable, ...],
        inputs: Mapping[str, Artifact],
    ) -> Done:
        """Have work done on the executor and wait for it; for steps that ``act``."""
        try:
            if self.is_immediate and tables[0].timeout_seconds is None:
                # A deadline is kept by ending the process that is late: never this one.
                done = perform(self._job(step, work, tables, inputs))
            else:
                done = self.submit(step, work, tables, inputs).result()
        except Exception as error:
            raise as_step_error(step, error, tables, self.home) from error
        self.heard(step, done)
        return done

    @property
    def executor(self) -> Executor:
        """The runner's executor, made when the first step really runs."""
        if self._executor is None:
            plugin = build(self.config.executor, self.config).instance
            self._executor = ExecutorCaller(plugin).executor(self.context("run"))
        return self._executor

    def context(self, step: str, scratch: Path | None = None) -> Context:
        """Give a context for plugins that the main process calls: executor and renderers.

        Without a folder of their own they share the one of the run.
        """
        return Context(
            run=self.writer.run,
            step=step,
            project=self.config.name,
            environment=self.config.environment,
            root=self.config.root,
            scratch=scratch or self._shared(),
            task=self.config.task,
            seed=self.config.seed,
            settings=self.config.values,
            services=self.shop,
        )

    def _shared(self) -> Path:
        if self._scratch is None:
            # By its name others can tell whose it was, if this process dies.
            self._scratch = files.new_folder(self.shop.scratch, "run")
        return self._scratch

    def log_of(self, step: str) -> Path:
        """Say where what a step prints and logs is kept."""
        return self.home / "logs" / self.writer.run / f"{step}.log"

    def say(self, text: str) -> None:
        """Put one sentence into the record of the run, and tell it."""
        told = mask(text, self.config)
        self.messages.append(told)
        self.listener.message(told)

    def told(self, problems: list[str]) -> None:
        """Report observers that failed; they never fail the run."""
        self.noticed(problems)
        for problem in problems:
            self.say(problem)

    def heard(self, step: str, done: Done) -> None:
        """Tell what a step's work has said, under the name of the step."""
        self.noticed(done.messages)
        for message in done.messages:
            self.say(f"{step}: {message}")

    def noticed(self, messages: Iterable[str]) -> None:
        """Remember which observers failed, by what was said of them."""
        for message in messages:
            for name in self.shop.observers:
                if failure := failure_of(name, message):
                    self.failures.setdefault(name, []).append(failure)

    def observers(self) -> list[StepFact]:
        """Say of each observer, in the order in which they act, whether it failed, and at what."""
        tables = self.config.tables.get("observe", ())
        return [_observer(table, self.failures.get(table.name, [])) for table in tables]

    def end(self) -> None:
        """Stop the executor and what it runs, and let go of what is open."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None
        self.shop.index.close()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = None


def _observer(table: PluginTable, failures: list[str]) -> StepFact:
    more = f" (and {len(failures) - 1:,} more)" if len(failures) > 1 else ""
    return StepFact(
        name=f"observe.{table.name}",
        cycle="",
        stage="observe",
        state="failed" if failures else "succeeded",
        plugin=table.use or "",
        summary=f"{failures[0]}{more}" if failures else "",
    )


def as_step_error(
    step: str, error: Exception, tables: tuple[PluginTable, ...], home: Path
) -> FourstrokeError:
    """Tell why a step gave no result: its own error, a dead worker, a passed deadline."""
    if isinstance(error, FourstrokeError):
        if not error.where:
            error.where = step
        return error
    if isinstance(error, CancelledError):
        return StepError("it was cancelled", where=step)
    limit = tables[0].timeout_seconds if tables else None
    place = _timeout_place(home, step) if limit is not None else None
    if place is not None:
        return StepError(
            f"it ran longer than {limit:g} s and was ended",
            where=step,
            hint=f"{place}raise timeout_seconds, or find out what it waits for",
        )
    return StepError(
        f"its worker is gone: {text_of(error)}",
        where=step,
        hint="it ended itself, or ran out of memory",
    )


def _timeout_place(home: Path, step: str) -> str | None:
    logs = sorted(home.glob(f"logs/*/{step}.log"), key=lambda path: path.stat().st_mtime)
    if not logs:
        return None
    lines = logs[-1].read_text(encoding="utf-8", errors="replace").splitlines()
    if not any(line.startswith("Timeout (") for line in lines):
        return None
    frames = (line.strip() for line in lines if line.startswith("  File "))
    return next((f"it was at {frame}; " for frame in frames), "")

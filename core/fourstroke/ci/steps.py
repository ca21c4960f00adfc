"""All steps in order: what one of them finds keeps no independent one from running."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.ci import configuration, contracts, judging, project_tests
from fourstroke.ci.champion import quality_of
from fourstroke.ci.places import placed
from fourstroke.ci.results import CiReport, StepResult, failed, skipped
from fourstroke.errors import FourstrokeError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from contextlib import AbstractContextManager

    from fourstroke.ci.configuration import Asked
    from fourstroke.config import Config
    from fourstroke.engine.listener import Listener

NAMES: Final = ("config", "plugins", "lock", "tests", "run", "verdict")


@attrs.frozen(kw_only=True)
class Options:
    """How the steps are to run.

    Parameters
    ----------
    names : collection of str
        The steps that are wanted; the verdict brings the run along, unless that is left out.
    left_out : collection of str
        Those that must not run, whatever needs them.
    rows : int, optional
        How many rows the sample has; ``None`` for all rows.
    asks_all : bool
        Whether what a sample refuses for certain is asked of all rows.
    home : Path, optional
        A folder that keeps store, records and reports of these runs for the next time; without it
        they are thrown away.
    is_fork : bool
        Whether the change comes from a fork.
    command : str
        What the user typed.
    """

    names: Collection[str] = NAMES
    left_out: Collection[str] = ()
    rows: int | None = 2000
    asks_all: bool = True
    home: Path | None = None
    is_fork: bool = False
    command: str = ""


def run_steps(
    asked: Asked,
    options: Options,
    *,
    watching: Callable[[], AbstractContextManager[Listener | None]] = contextlib.nullcontext,
    told: Callable[[StepResult], None] = lambda _: None,
) -> CiReport:
    """Run the steps, each whatever became of the others, and report.

    Parameters
    ----------
    asked : Asked
        The project.
    options : Options
        How.
    watching : callable
        Gives who is told how the run goes on, as long as it does.
    told : callable
        Is told each step's result when it is there.
    """
    line = _Line(asked=asked, options=options, watching=watching, told=told)
    line.step("config", lambda: configuration.check_configuration(asked, is_fork=options.is_fork))
    config = line.config()
    line.step("plugins", lambda: line.of_file(contracts.PLUGINS, contracts.check_plugins))
    line.step("lock", lambda: contracts.check_lock(asked))
    line.step("tests", lambda: project_tests.run_tests(asked.root))
    with _home(options.home) as home:
        report = line.rehearse(config, home)
    return attrs.evolve(report, steps=tuple(line.results))


@attrs.define
class _Line:
    """The steps of one call, and what came of those before."""

    asked: Asked
    options: Options
    watching: Callable[[], AbstractContextManager[Listener | None]]
    told: Callable[[StepResult], None]
    results: list[StepResult] = attrs.field(factory=list)
    why_not: str = ""
    known: Config | None = None

    def step(self, name: str, act: Callable[[], StepResult]) -> None:
        """Run one step, if it is wanted, and tell."""
        if name not in self.options.names:
            return
        begun = time.monotonic()
        try:
            result = act()
        except FourstrokeError as error:
            result = failed(name, error)
        if self.known is not None:
            findings = (placed(each, self.asked.root, self.known) for each in result.findings)
            result = attrs.evolve(result, findings=tuple(findings))
        self.results.append(attrs.evolve(result, seconds=time.monotonic() - begun))
        self.told(self.results[-1])

    def config(self) -> Config | None:
        """Read the project file; if it is wrong, the steps that need it are skipped."""
        try:
            self.known = self.asked.config()
        except FourstrokeError as error:
            if "config" not in self.options.names:
                self.results.append(failed("config", error))
                self.told(self.results[-1])
            self.why_not = "the project file is wrong"
        return self.known

    def of_file(self, name: str, act: Callable[[Asked], StepResult]) -> StepResult:
        return skipped(name, self.why_not) if self.why_not else act(self.asked)

    def rehearse(self, config: Config | None, home: Path) -> CiReport:
        """Run the project apart, and judge."""
        report = CiReport(
            project=self.asked.root.name if config is None else config.name,
            environment=self.asked.in_force,
            steps=(),
        )
        if not {"run", "verdict"} & set(self.options.names):
            return report
        found: list[judging.Rehearsal] = []
        if "run" not in self.options.left_out:
            self._wanted("run", lambda: self._run(config, home, found))
        self.step("verdict", lambda: self._verdict(found))
        if config is None or not found:
            return report
        return attrs.evolve(
            report,
            checks=found[0].judged(),
            quality=quality_of(config, found[0].outcome.report, home),
            rows=found[0].rows,
            is_sample=found[0].is_sample,
        )

    def _wanted(self, name: str, act: Callable[[], StepResult]) -> None:
        """Run a step also where it is only needed for a later one."""
        names = self.options.names
        self.options = attrs.evolve(self.options, names={*names, name})
        self.step(name, act)

    def _run(self, config: Config | None, home: Path, found: list[judging.Rehearsal]) -> StepResult:
        if config is None:
            return skipped("run", self.why_not)
        try:
            with self.watching() as listener:
                done = judging.rehearse(
                    config,
                    home,
                    rows=self.options.rows,
                    asks_all=self.options.asks_all,
                    listener=listener,
                    command=self.options.command,
                )
        except FourstrokeError as error:
            if self.options.is_fork and judging.lacks_secrets(error):
                return skipped("run", f"a fork's change gets no secrets: {error.line}")
            if self._is_told(error):
                return skipped("run", "the project file is wrong")
            return failed("run", error)
        found.append(done)
        return judging.run_result(done)

    def _is_told(self, error: FourstrokeError) -> bool:
        """Whether an earlier step has failed for all of this."""
        told = {each.text for step in self.results if step.exit_code for each in step.findings}
        return {each.line for each in error.several} <= told

    def _verdict(self, found: list[judging.Rehearsal]) -> StepResult:
        if "run" in self.options.left_out:
            return skipped(
                "verdict", "there is no verdict without the run, which --skip leaves out"
            )
        if not found:
            return skipped("verdict", "the run did not get there")
        return judging.verdict_result(found[0])


@contextlib.contextmanager
def _home(kept: Path | None) -> Iterator[Path]:
    """Give the folder for store, records and reports; one that nobody named goes away."""
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="fourstroke-ci-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)

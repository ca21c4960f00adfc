"""Try a plugin on real data, without a run: nothing is recorded, cached or published."""

from __future__ import annotations

import datetime as dt
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.artifacts.artifact import Artifact
from fourstroke.context import Context
from fourstroke.engine.workshop import Workshop
from fourstroke.entities.facts import Evaluation
from fourstroke.entities.model import Candidate, Verdict
from fourstroke.entities.operations import Alert, Batch, MonitoringReport, Window
from fourstroke.errors import FourstrokeError, StepError, UsageError
from fourstroke.plugins.calls import Caller
from fourstroke.plugins.discovery import find
from fourstroke.plugins.structure import structure_settings

if TYPE_CHECKING:
    from fourstroke.project import Project
    from fourstroke.registered import Version

STEP: Final = "try"

# How many rows a plugin is given, if it is given any, and the call of its hook.
Call = tuple[int | None, Callable[[Caller, Context], Any]]


@attrs.frozen(kw_only=True)
class Trial:
    """What came of a trial.

    Parameters
    ----------
    stage : str
        The stage that was called.
    data : str
        What it was given, as a user would name it; empty if nothing.
    rows : int or None
        How many rows that had.
    seconds : float
        How long the plugin took.
    given : object
        What it gave, as the hook gives it; of a trainer its predictions.
    said : tuple of str
        What it said to its context.
    """

    stage: str
    data: str
    rows: int | None
    seconds: float
    given: Any = attrs.field(repr=False)
    said: tuple[str, ...] = ()


@attrs.define(kw_only=True, eq=False)
class Bench:
    """What a plugin is tried with: a project's data, task and champion.

    Parameters
    ----------
    project : Project
        The project.
    shop : Workshop
        Its store and services.
    reference : str
        A data set, ``name@3``, or a file; empty for the data set that was published last.
    scratch : Path
        A folder for the plugin.
    """

    project: Project
    shop: Workshop
    reference: str
    scratch: Path

    def context(self) -> Context:
        """Give the context of the trial."""
        config = self.project.config
        return Context(
            run=STEP,
            step=STEP,
            project=config.name,
            environment=config.environment,
            root=config.root,
            scratch=self.scratch,
            task=config.task,
            seed=config.seed,
            settings=config.values,
            services=self.shop,
        )

    def data(self) -> Any:
        """Load the table that the plugin is tried on.

        Raises
        ------
        UsageError
            If there is none.
        """
        path = self.project.root / self.reference if self.reference else None
        if path is not None and path.is_file():
            return self._of_file(self.reference)
        if self.reference:
            name, _, version = self.reference.partition("@")
            return self.project.datasets[name].load(version or None)
        return self.latest()

    def latest(self) -> Any:
        """Load the data set that was published last.

        Raises
        ------
        UsageError
            If there is none.
        """
        known = list(self.project.datasets)
        if not known:
            hint = "name a file by --data, or: fourstroke run --to data.publish"
            raise UsageError("no data set is published yet", hint=hint)
        self.reference = self.reference or f"{known[-1]}@latest"
        return self.project.datasets[known[-1]].load()

    def champion(self) -> Version | None:
        """Give the version in production, if there is one."""
        model = self.project.config.model
        row = self.project.records.champion(model) if model else None
        return None if row is None else self.project.models[model][row.version]

    def required_champion(self) -> Version:
        """Give the version in production.

        Raises
        ------
        UsageError
            If there is none: what is tried looks at a model.
        """
        found = self.champion()
        if found is None:
            raise UsageError("it looks at a model, and none is deployed", hint="fourstroke run")
        return found

    def candidate(self) -> Candidate:
        """Make a candidate of the champion, on this data; without one it has no model."""
        data, version = self.data(), self.champion()
        if version is None:
            return Candidate(name=STEP, digest="", evaluation=Evaluation(metrics=()), data=data)
        return Candidate(
            name=f"{version.row.model}@v{version.version}",
            digest=version.digest,
            evaluation=self.kept(version, "evaluation"),
            version=version.version,
            data=data,
            predictions=version.predict(data),
            load=version.load,
            predict=version.predict,
        )

    def kept(self, version: Version, fact: str) -> Any:
        """Load what was kept of a version when it was registered: its evaluation, its verdict."""
        return self.shop.store.load(Artifact.from_json(version.row.facts[fact]))

    def _of_file(self, file: str) -> Any:
        kind, root = find("collect", None).load(), self.project.root
        source = structure_settings(kind, {"path": file}, where="--data", root=root)
        return Caller({STEP: source}, {}).collect(STEP, context=self.context())


def table_of(project: Project, reference: str) -> Any:
    """Load a table of a project, by the name of a data set or a file."""
    with tempfile.TemporaryDirectory(prefix="fourstroke-try-") as scratch:
        shop = Workshop.of(project.config)
        return Bench(project=project, shop=shop, reference=reference, scratch=Path(scratch)).data()


def try_plugin(project: Project, plugin: object, *, stage: str, reference: str) -> Trial:
    """Call the hook of a stage once.

    Parameters
    ----------
    project : Project
        Where data, task and champion come from.
    plugin : object
        A plugin with its settings.
    stage : str
        The stage that is called.
    reference : str
        The data set or file; empty for the latest.

    Raises
    ------
    StepError
        If the plugin raises, or gives what its hook does not give.
    UsageError
        If there is nothing to try it on.
    """
    prepare = _CALLS.get(stage)
    if prepare is None:
        raise UsageError(
            f"a plugin of {stage} is not tried on data",
            hint="fourstroke plugins check tries it in a folder of its own",
        )
    with tempfile.TemporaryDirectory(prefix="fourstroke-try-") as scratch:
        shop = Workshop.of(project.config)
        bench = Bench(project=project, shop=shop, reference=reference, scratch=Path(scratch))
        rows, call = prepare(bench)
        context = bench.context()
        begun = time.perf_counter()
        try:
            given = call(Caller({STEP: plugin}, {}), context)
        except FourstrokeError:
            raise
        except (Exception, SystemExit) as error:
            raise StepError(f"{type(error).__name__}: {error}", where=STEP) from error
        seconds = time.perf_counter() - begun
        said = tuple(context.notes.messages)
    return Trial(
        stage=stage, data=bench.reference, rows=rows, seconds=seconds, given=given, said=said
    )


def _collect(_bench: Bench) -> Call:
    return None, lambda caller, context: caller.collect(STEP, context=context)


def _prepare(bench: Bench) -> Call:
    data = bench.data()
    return len(data), lambda caller, context: caller.prepare(
        STEP, data=data, inputs={"data": data}, context=context
    )


def _check(bench: Bench) -> Call:
    data = bench.data()
    return len(data), lambda caller, context: caller.check(STEP, data=data, context=context)


def _split(bench: Bench) -> Call:
    data = bench.data()
    return len(data), lambda caller, context: caller.split(STEP, data=data, context=context)


def _audit(bench: Bench) -> Call:
    data, step = bench.data(), "data.split"
    caller_of_split = bench.shop.caller(step, bench.project.config.tables["split"][:1])
    parts = caller_of_split.split(step, data=data, context=bench.context())
    return len(data), lambda caller, context: caller.audit(STEP, parts=parts, context=context)


def _train(bench: Bench) -> Call:
    data = bench.data()

    def fit_and_score(caller: Caller, context: Context) -> Any:
        model = caller.train(STEP, data=data, context=context)
        return caller.predict(STEP, model=model, data=data, context=context)

    return len(data), fit_and_score


def _evaluate(bench: Bench) -> Call:
    data, version = bench.data(), bench.required_champion()
    model, predictions = version.load(), version.predict(data)
    return len(data), lambda caller, context: caller.evaluate(
        STEP, model=model, data=data, predictions=predictions, context=context
    )


def _explain(bench: Bench) -> Call:
    data, model = bench.data(), bench.required_champion().load()
    return len(data), lambda caller, context: caller.explain(
        STEP, model=model, data=data, context=context
    )


def _validate(bench: Bench) -> Call:
    candidate = bench.candidate()
    return len(candidate.data), lambda caller, context: caller.validate(
        STEP, candidate=candidate, champion=None, context=context
    )


def _approve(bench: Bench) -> Call:
    version = bench.required_champion()
    candidate = bench.candidate()
    verdict: Verdict = bench.kept(version, "verdict")
    return None, lambda caller, context: caller.approve(
        STEP, candidate=candidate, verdict=verdict, context=context
    )


def _monitor(bench: Bench) -> Call:
    data, version = bench.data(), bench.required_champion()
    known = bench.latest()
    predictions, expected = version.predict(data), version.predict(known)
    batch = Batch(at=dt.datetime.now(dt.UTC), data=data, predictions=predictions)
    window = Window(model=version.row.model, version=version.version, batches=(batch,))

    def compare(caller: Caller, context: Context) -> Any:
        reference = None
        if caller.serves(STEP, "profile"):
            reference = caller.profile(STEP, data=known, predictions=expected, context=context)
        return caller.monitor(STEP, window=window, reference=reference, context=context)

    return len(data), compare


def _alert(bench: Bench) -> Call:
    alert = Alert(
        key=STEP,
        severity="warning",
        title="This is a trial",
        text="Somebody tries this channel by: fourstroke plugins try. Nothing has happened.",
        at=dt.datetime.now(dt.UTC),
        model=bench.project.config.model,
        version=0,
    )
    return None, lambda caller, context: caller.alert(STEP, alert=alert, context=context)


def _retrain(bench: Bench) -> Call:
    version = bench.champion()
    report = MonitoringReport(
        model=bench.project.config.model,
        version=0 if version is None else version.version,
        rows=0,
        observations=(),
    )
    return None, lambda caller, context: caller.retrain(STEP, report=report, context=context)


_CALLS: Final[dict[str, Callable[[Bench], Call]]] = {
    "collect": _collect,
    "prepare": _prepare,
    "check": _check,
    "split": _split,
    "audit": _audit,
    "train": _train,
    "evaluate": _evaluate,
    "explain": _explain,
    "validate": _validate,
    "approve": _approve,
    "monitor": _monitor,
    "alert": _alert,
    "retrain": _retrain,
}

"""Typed calls of hooks: the only place where the core reaches into pluggy.

Each configured step is a plugin instance of its own. A stage is called for one step at a time, with the
other steps left out and the observers kept, so that wrappers of observers still run around it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

from fourstroke.entities.facts import Check, Evaluation, Section
from fourstroke.entities.model import Decision, Deployment
from fourstroke.entities.operations import Observation
from fourstroke.errors import StepError
from fourstroke.plugins.specification import SPECIFICATIONS

if TYPE_CHECKING:
    from fourstroke.context import Context
    from fourstroke.entities.model import Candidate, ModelVersion, Verdict
    from fourstroke.entities.operations import Alert, MonitoringReport, Window
    from fourstroke.entities.run import DatasetFact, RunReport, RunState, StepFact

T = TypeVar("T")
Table = Any

_log = logging.getLogger(__name__)


def manager_of(plugins: Mapping[str, object]) -> pluggy.PluginManager:
    """Make a plugin manager that knows all specifications and these plugins, in this order."""
    manager = pluggy.PluginManager("fourstroke")
    for specification in SPECIFICATIONS:
        manager.add_hookspecs(specification)
    for name, plugin in plugins.items():
        manager.register(plugin, name)
    return manager


class Caller:
    """Calls the stages of configured steps.

    Parameters
    ----------
    steps : mapping of str to object
        Plugin instances by the name of their step.
    observers : mapping of str to object
        Plugins whose wrappers run around every call.
    """

    def __init__(self, steps: Mapping[str, object], observers: Mapping[str, object]) -> None:
        self._steps = dict(steps)
        named = {f"observe.{name}": plugin for name, plugin in observers.items()}
        self._manager = manager_of({**steps, **named})
        self._callers: dict[tuple[str, str], pluggy.HookCaller] = {}

    def put(self, step: str, plugin: object) -> None:
        """Let a step be served by this plugin from now on, in the place of the one before."""
        known = self._steps.get(step)
        if known is plugin:
            return
        if known is not None:
            self._manager.unregister(known)
        for other in [name for name, served in self._steps.items() if served is plugin]:
            # The trainer of a model also scores with it; pluggy knows a plugin under one name only.
            self._manager.unregister(self._steps.pop(other))
        self._manager.register(plugin, step)
        self._steps[step] = plugin
        # Callers leave out the siblings that there were when they were made.
        self._callers.clear()

    def source_state(self, step: str, *, context: Context) -> str:
        """Name the state of a source."""
        return self._typed(step, "source_state", str, context=context)

    def collect(self, step: str, *, context: Context) -> Table:
        """Read a source."""
        return self._call(step, "collect", context=context)

    def prepare(
        self, step: str, *, data: Table, inputs: Mapping[str, Table], context: Context
    ) -> Table:
        """Turn tables into one."""
        return self._call(step, "prepare", data=data, inputs=inputs, context=context)

    def check(self, step: str, *, data: Table, context: Context) -> Sequence[Check]:
        """Check a table."""
        return self._sequence(step, "check", Check, data=data, context=context)

    def split(self, step: str, *, data: Table, context: Context) -> Mapping[str, Table]:
        """Divide a table."""
        parts: Mapping[str, Table] = self._of(
            step, "split", Mapping, self._call(step, "split", data=data, context=context)
        )
        missing = [name for name in ("train", "test") if name not in parts]
        if missing:
            raise StepError(
                f"split gave no {missing[0]!r}, but {sorted(map(str, parts))}", where=step
            )
        return parts

    def train(self, step: str, *, data: Table, context: Context) -> Any:
        """Fit a model."""
        return self._call(step, "train", data=data, context=context)

    def predict(self, step: str, *, model: Any, data: Table, context: Context) -> Table:
        """Score rows."""
        table = self._call(step, "predict", model=model, data=data, context=context)
        if len(table) != len(data):
            raise StepError(f"predict gave {len(table)} rows for {len(data)}", where=step)
        return table

    def evaluate(
        self, step: str, *, model: Any, data: Table, predictions: Table, context: Context
    ) -> Evaluation:
        """Measure a model."""
        return self._typed(
            step,
            "evaluate",
            Evaluation,
            model=model,
            data=data,
            predictions=predictions,
            context=context,
        )

    def explain(self, step: str, *, model: Any, data: Table, context: Context) -> Sequence[Section]:
        """Make a model transparent."""
        return self._sequence(step, "explain", Section, model=model, data=data, context=context)

    def validate(
        self, step: str, *, candidate: Candidate, champion: Candidate | None, context: Context
    ) -> Sequence[Check]:
        """Hold a candidate against bounds and the champion."""
        return self._sequence(
            step, "validate", Check, candidate=candidate, champion=champion, context=context
        )

    def approve(
        self, step: str, *, candidate: Candidate, verdict: Verdict, context: Context
    ) -> Decision:
        """Ask for approval."""
        return self._typed(
            step, "approve", Decision, candidate=candidate, verdict=verdict, context=context
        )

    def deploy(self, step: str, *, version: ModelVersion, context: Context) -> Deployment:
        """Put a version to work."""
        return self._typed(step, "deploy", Deployment, version=version, context=context)

    def withdraw(self, step: str, *, deployment: Deployment, context: Context) -> bool:
        """Take a deployment down."""
        return self._typed(step, "withdraw", bool, deployment=deployment, context=context)

    def profile(self, step: str, *, data: Table, predictions: Table, context: Context) -> Any:
        """Keep what a monitor compares with."""
        return self._call(step, "profile", data=data, predictions=predictions, context=context)

    def monitor(
        self, step: str, *, window: Window, reference: Any, context: Context
    ) -> Sequence[Observation]:
        """Compare a window with its reference."""
        return self._sequence(
            step, "monitor", Observation, window=window, reference=reference, context=context
        )

    def alert(self, step: str, *, alert: Alert, context: Context) -> bool:
        """Tell people."""
        return self._typed(step, "alert", bool, alert=alert, context=context)

    def retrain(self, step: str, *, report: MonitoringReport, context: Context) -> Decision:
        """Ask whether to turn again."""
        return self._typed(step, "retrain", Decision, report=report, context=context)

    def _call(self, step: str, hook: str, **arguments: Any) -> Any:
        caller = self._callers.get((step, hook))
        if caller is None:
            # Siblings alone are left out: leaving out all others would drop the observers' wrappers.
            siblings = [plugin for name, plugin in self._steps.items() if name != step]
            caller = self._manager.subset_hook_caller(hook, siblings)
            self._callers[step, hook] = caller
        result = caller(**arguments)
        if result is None:
            raise StepError(f"{hook} gave nothing", where=step, hint="return a value, never None")
        return result

    def _typed(self, step: str, hook: str, kind: type[T], **arguments: Any) -> T:
        found: T = self._of(step, hook, kind, self._call(step, hook, **arguments))
        return found

    def _of(self, step: str, hook: str, kind: type[Any], result: Any) -> Any:
        if not isinstance(result, kind):
            raise StepError(f"{hook} gave {type(result).__name__}, not {kind.__name__}", where=step)
        return result

    def _sequence(self, step: str, hook: str, kind: type[T], **arguments: Any) -> Sequence[T]:
        result: Sequence[T] = self._of(step, hook, Sequence, self._call(step, hook, **arguments))
        for item in result:
            if not isinstance(item, kind):
                raise StepError(
                    f"{hook} gave a list with {type(item).__name__}, not {kind.__name__}",
                    where=step,
                )
        return result


class Events:
    """Tells observers what happened; each by itself, so that one that fails silences no other."""

    def __init__(self, observers: Mapping[str, object]) -> None:
        self._observers = {
            name: manager_of({name: plugin}).hook for name, plugin in observers.items()
        }

    def run_started(self, run: str, project: str) -> list[str]:
        """Tell that a run has begun."""
        return self._tell("run_started", run=run, project=project)

    def step_started(self, run: str, step: StepFact) -> list[str]:
        """Tell that a step has begun."""
        return self._tell("step_started", run=run, step=step)

    def step_finished(self, run: str, step: StepFact) -> list[str]:
        """Tell how a step ended."""
        return self._tell("step_finished", run=run, step=step)

    def dataset_published(self, run: str, dataset: DatasetFact) -> list[str]:
        """Tell of a data set's new version."""
        return self._tell("dataset_published", run=run, dataset=dataset)

    def model_validated(self, run: str, verdict: Verdict) -> list[str]:
        """Tell a verdict."""
        return self._tell("model_validated", run=run, verdict=verdict)

    def model_registered(self, run: str, version: ModelVersion) -> list[str]:
        """Tell of a new model version."""
        return self._tell("model_registered", run=run, version=version)

    def model_deployed(self, run: str, deployment: Deployment) -> list[str]:
        """Tell that a version is at work."""
        return self._tell("model_deployed", run=run, deployment=deployment)

    def alert_raised(self, run: str, alert: Alert) -> list[str]:
        """Tell an alert."""
        return self._tell("alert_raised", run=run, alert=alert)

    def run_finished(self, run: str, state: RunState) -> list[str]:
        """Tell how a run ended."""
        return self._tell("run_finished", run=run, state=state)

    def _tell(self, event: str, **facts: Any) -> list[str]:
        problems = []
        for name, hook in self._observers.items():
            try:
                getattr(hook, event)(**facts)
            except Exception as error:  # noqa: BLE001 - the plugin border: told, and the run goes on
                problem = f"observer {name} failed at {event}: {type(error).__name__}: {error}"
                _log.warning(problem)
                problems.append(problem)
        return problems


class StorageCaller:
    """A storage backend, typed."""

    def __init__(self, plugin: object) -> None:
        self._hook = manager_of({"storage": plugin}).hook

    def write(self, key: str, path: Path) -> bool:
        """Store a file's content under a key."""
        return bool(self._hook.write(key=key, path=path))

    def read(self, key: str, path: Path) -> Path:
        """Fetch the content of a key."""
        found = self._hook.read(key=key, path=path)
        if not isinstance(found, Path):
            raise StepError(f"read gave {type(found).__name__}, not a path", where="storage")
        return found

    def exists(self, key: str) -> bool:
        """Say whether there is something under a key."""
        return bool(self._hook.exists(key=key))

    def keys(self, prefix: str) -> Iterable[str]:
        """List keys."""
        found: Iterable[str] = self._hook.keys(prefix=prefix)
        return found

    def delete(self, key: str) -> bool:
        """Remove what is under a key."""
        return bool(self._hook.delete(key=key))


class CodecCaller:
    """A codec, typed."""

    def __init__(self, plugin: object) -> None:
        self._hook = manager_of({"codec": plugin}).hook

    def encode(self, value: Any, folder: Path) -> bool:
        """Write a value as files."""
        return bool(self._hook.encode(value=value, folder=folder))

    def decode(self, folder: Path) -> Any:
        """Read a value back."""
        return self._hook.decode(folder=folder)


class ExecutorCaller:
    """A runner backend, typed."""

    def __init__(self, plugin: object) -> None:
        self._hook = manager_of({"executor": plugin}).hook

    def executor(self, context: Context) -> Executor:
        """Give the executor."""
        found = self._hook.executor(context=context)
        if not isinstance(found, Executor):
            raise StepError(
                f"executor gave {type(found).__name__}, not an Executor", where="runner"
            )
        return found


class RenderCaller:
    """A report format, typed."""

    def __init__(self, plugin: object) -> None:
        self._hook = manager_of({"render": plugin}).hook

    def render(self, report: RunReport, context: Context) -> Path:
        """Write a report."""
        found = self._hook.render(report=report, context=context)
        if not isinstance(found, Path):
            raise StepError(f"render gave {type(found).__name__}, not a path", where=context.step)
        return found

"""Typed calls of the stages: the only place where the core asks a plugin to do a step.

Each configured step is a plugin instance of its own. A stage is called for one step at a time, with
the other steps left out and the observers kept, so that wrappers of observers still run around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourstroke.entities.facts import Check, ContractChange, Evaluation, Metric, Section
from fourstroke.entities.model import Decision, Deployment, ModelSignature
from fourstroke.entities.operations import Observation
from fourstroke.plugins.answers import Answer
from fourstroke.plugins.implementations import implementations
from fourstroke.plugins.manager import manager_of
from fourstroke.plugins.observing import watcher
from fourstroke.plugins.specification import STAGES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pluggy

    from fourstroke.context import Context
    from fourstroke.entities.model import Candidate, ModelVersion, Verdict
    from fourstroke.entities.operations import Alert, MonitoringReport, Window

Table = Any


class Caller:
    """Calls the stages of configured steps.

    Parameters
    ----------
    steps : mapping of str to object
        Plugin instances by the name of their step.
    observers : mapping of str to object
        Plugins whose wrappers run around every call, contained: they change no result and fail no
        step.

    Raises
    ------
    StepError
        By every method, if a plugin gives something else than its hook does.
    """

    def __init__(self, steps: Mapping[str, object], observers: Mapping[str, object]) -> None:
        self._steps = dict(steps)
        watching = {f"observe.{name}": watcher(name, each) for name, each in observers.items()}
        self._manager = manager_of({**steps, **watching}, STAGES)
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

    def serves(self, step: str, hook: str) -> bool:
        """Say whether a step's plugin has a hook that it need not have."""
        return any(each.hook == hook for each in implementations(type(self._steps[step])))

    def source_state(self, step: str, *, context: Context) -> str:
        """Name the state of a source."""
        return self._call(step, "source_state", context=context).of(str)

    def collect(self, step: str, *, context: Context) -> Table:
        """Read a source."""
        return self._call(step, "collect", context=context).thing()

    def prepare(
        self, step: str, *, data: Table, inputs: Mapping[str, Table], context: Context
    ) -> Table:
        """Turn tables into one."""
        return self._call(step, "prepare", data=data, inputs=inputs, context=context).thing()

    def check(self, step: str, *, data: Table, context: Context) -> Sequence[Check]:
        """Check a table."""
        return self._call(step, "check", data=data, context=context).facts(Check)

    def set_aside(self, step: str, *, data: Table, context: Context) -> Mapping[str, Table]:
        """Divide a table into good rows and bad ones."""
        return self._call(step, "set_aside", data=data, context=context).parts("good", "bad")

    def infer_contract(self, step: str, *, data: Table, context: Context) -> str:
        """Write the contract that a table keeps to."""
        return self._call(step, "infer_contract", data=data, context=context).of(str)

    def compare_contracts(
        self, step: str, *, old: str, new: str, context: Context
    ) -> Sequence[ContractChange]:
        """Name the changes between two contracts."""
        answer = self._call(step, "compare_contracts", old=old, new=new, context=context)
        return answer.facts(ContractChange)

    def split(self, step: str, *, data: Table, context: Context) -> Mapping[str, Table]:
        """Divide a table."""
        return self._call(step, "split", data=data, context=context).parts("train", "test")

    def audit(self, step: str, *, parts: Mapping[str, Table], context: Context) -> Sequence[Check]:
        """Question the parts of a split."""
        return self._call(step, "audit", parts=parts, context=context).facts(Check)

    def train(self, step: str, *, data: Table, context: Context) -> Any:
        """Fit a model."""
        return self._call(step, "train", data=data, context=context).thing()

    def predict(self, step: str, *, model: Any, data: Table, context: Context) -> Table:
        """Score rows."""
        return self._call(step, "predict", model=model, data=data, context=context).rows_of(data)

    def signature(self, step: str, *, model: Any, context: Context) -> ModelSignature:
        """Ask which columns a model needs."""
        return self._call(step, "signature", model=model, context=context).fact(ModelSignature)

    def evaluate(
        self, step: str, *, model: Any, data: Table, predictions: Table, context: Context
    ) -> Evaluation:
        """Measure a model."""
        given = {"model": model, "data": data, "predictions": predictions}
        return self._call(step, "evaluate", **given, context=context).fact(Evaluation)

    def explain(self, step: str, *, model: Any, data: Table, context: Context) -> Sequence[Section]:
        """Make a model transparent."""
        return self._call(step, "explain", model=model, data=data, context=context).facts(Section)

    def explain_rows(
        self, step: str, *, model: Any, rows: Table, data: Table, context: Context
    ) -> Sequence[Section]:
        """Explain single rows."""
        given = {"model": model, "rows": rows, "data": data}
        return self._call(step, "explain_rows", **given, context=context).facts(Section)

    def validate(
        self, step: str, *, candidate: Candidate, champion: Candidate | None, context: Context
    ) -> Sequence[Check]:
        """Hold a candidate against bounds and the champion."""
        given = {"candidate": candidate, "champion": champion}
        return self._call(step, "validate", **given, context=context).facts(Check)

    def compare_models(
        self, step: str, *, first: Candidate, second: Candidate, context: Context
    ) -> Sequence[Metric]:
        """Say by how much two models differ."""
        given = {"first": first, "second": second}
        return self._call(step, "compare_models", **given, context=context).facts(Metric)

    def approve(
        self, step: str, *, candidate: Candidate, verdict: Verdict, context: Context
    ) -> Decision:
        """Ask for approval."""
        given = {"candidate": candidate, "verdict": verdict}
        return self._call(step, "approve", **given, context=context).fact(Decision)

    def deploy(self, step: str, *, version: ModelVersion, context: Context) -> Deployment:
        """Put a version to work."""
        return self._call(step, "deploy", version=version, context=context).fact(Deployment)

    def probe_deployment(
        self, step: str, *, deployment: Deployment, data: Table, context: Context
    ) -> Table:
        """Score rows through what was deployed."""
        given = {"deployment": deployment, "data": data}
        return self._call(step, "probe_deployment", **given, context=context).rows_of(data)

    def verify_deployment(
        self, step: str, *, deployment: Deployment, files: Mapping[str, str], context: Context
    ) -> tuple[str, ...]:
        """Ask which files of a deployment are not those that were deployed."""
        given = {"deployment": deployment, "files": files}
        return tuple(self._call(step, "verify_deployment", **given, context=context).texts())

    def withdraw(self, step: str, *, deployment: Deployment, context: Context) -> bool:
        """Take a deployment down."""
        return self._call(step, "withdraw", deployment=deployment, context=context).of(bool)

    def profile(self, step: str, *, data: Table, predictions: Table, context: Context) -> Any:
        """Keep what a monitor compares with."""
        given = {"data": data, "predictions": predictions}
        return self._call(step, "profile", **given, context=context).something()

    def monitor(
        self, step: str, *, window: Window, reference: Any, context: Context
    ) -> Sequence[Observation]:
        """Compare a window with its reference."""
        given = {"window": window, "reference": reference}
        return self._call(step, "monitor", **given, context=context).facts(Observation)

    def alert(self, step: str, *, alert: Alert, context: Context) -> bool:
        """Tell people."""
        return self._call(step, "alert", alert=alert, context=context).of(bool)

    def retrain(self, step: str, *, report: MonitoringReport, context: Context) -> Decision:
        """Ask whether to turn again."""
        return self._call(step, "retrain", report=report, context=context).fact(Decision)

    def _call(self, step: str, hook: str, **arguments: Any) -> Answer:
        caller = self._callers.get((step, hook))
        if caller is None:
            # Siblings alone are left out: leaving out all others would drop the observers' wrappers.
            siblings = [plugin for name, plugin in self._steps.items() if name != step]
            caller = self._manager.subset_hook_caller(hook, siblings)
            self._callers[step, hook] = caller
        plugin = type(self._steps[step]).__name__
        return Answer(caller(**arguments), plugin, hook, step)

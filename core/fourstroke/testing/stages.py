"""Every stage once, played by a plugin that gives a sample: something for observers to watch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from fourstroke.entities.facts import Check, ContractChange, Evaluation, Metric, Section
from fourstroke.entities.model import Decision, Deployment, InputColumn, ModelSignature
from fourstroke.entities.operations import Batch, Observation, Window
from fourstroke.hooks import hookimpl
from fourstroke.plugins.declare import plugin
from fourstroke.plugins.specification import Hook, hooks
from fourstroke.testing import reports
from fourstroke.testing.samples import people

if TYPE_CHECKING:
    from fourstroke.context import Context


T = TypeVar("T")


class StageError(Exception):
    """What the stage raises that has to fail."""


@plugin
class Player:
    """Serve every stage with a sample.

    Attributes
    ----------
    failing : bool
        Whether each stage raises instead.
    """

    failing: bool = False

    @hookimpl
    def source_state(self) -> str:
        """Give a state."""
        return self._given("state")

    @hookimpl
    def collect(self) -> Any:
        """Give a table."""
        return self._given(people(20))

    @hookimpl
    def prepare(self, data: Any) -> Any:
        """Give a table."""
        return self._given(data.head(10))

    @hookimpl
    def check(self) -> Sequence[Check]:
        """Give a check."""
        return self._given((Check(name="rows", status="pass"),))

    @hookimpl
    def set_aside(self, data: Any) -> Mapping[str, Any]:
        """Give two parts."""
        return self._given({"good": data.head(15), "bad": data.tail(5)})

    @hookimpl
    def infer_contract(self) -> str:
        """Give a contract."""
        return self._given("age >= 0")

    @hookimpl
    def compare_contracts(self) -> Sequence[ContractChange]:
        """Give a change."""
        return self._given((ContractChange(name="age: min", old="0", new="1"),))

    @hookimpl
    def split(self, data: Any) -> Mapping[str, Any]:
        """Give two parts."""
        return self._given({"train": data.head(10), "test": data.tail(10)})

    @hookimpl
    def audit(self) -> Sequence[Check]:
        """Give a check."""
        return self._given((Check(name="ids", status="pass"),))

    @hookimpl
    def train(self) -> Any:
        """Give a model."""
        return self._given({"mean": 0.5})

    @hookimpl
    def predict(self, data: Any) -> Any:
        """Give predictions."""
        return self._given(_predictions(data))

    @hookimpl
    def signature(self) -> ModelSignature:
        """Give what the model needs."""
        return self._given(ModelSignature(columns=(InputColumn(name="age", kind="number"),)))

    @hookimpl
    def evaluate(self) -> Evaluation:
        """Give figures."""
        return self._given(reports.plain().candidates[0].evaluation)

    @hookimpl
    def explain(self) -> Sequence[Section]:
        """Give a section."""
        return self._given(reports.plain().explanations)

    @hookimpl
    def explain_rows(self) -> Sequence[Section]:
        """Give a section."""
        return self._given(reports.plain().explanations)

    @hookimpl
    def validate(self) -> Sequence[Check]:
        """Give a check."""
        return self._given((Check(name="better than nothing", status="pass"),))

    @hookimpl
    def compare_models(self) -> Sequence[Metric]:
        """Give a difference."""
        return self._given((Metric(name="accuracy", value=0.1, low=0.05, high=0.15),))

    @hookimpl
    def approve(self) -> Decision:
        """Say yes."""
        return self._given(Decision(answer="yes", why="it passed"))

    @hookimpl
    def deploy(self) -> Deployment:
        """Give a deployment."""
        return self._given(reports.plain().deployments[0])

    @hookimpl
    def probe_deployment(self, data: Any) -> Any:
        """Give predictions."""
        return self._given(_predictions(data))

    @hookimpl
    def verify_deployment(self) -> Sequence[str]:
        """Find no fault."""
        return self._given(())

    @hookimpl
    def withdraw(self) -> bool:
        """Say that there was something."""
        return self._given(True)

    @hookimpl
    def profile(self) -> Any:
        """Give a profile."""
        return self._given({"rows": 20})

    @hookimpl
    def monitor(self) -> Sequence[Observation]:
        """Give an observation."""
        return self._given((Observation(name="rows", status="ok", value=20),))

    @hookimpl
    def alert(self) -> bool:
        """Say that it was delivered."""
        return self._given(True)

    @hookimpl
    def retrain(self) -> Decision:
        """Say no."""
        return self._given(Decision(answer="no", why="nothing has changed"))

    def _given(self, value: T) -> T:
        if self.failing:
            raise StageError("the stage failed")
        return value


def stage_hooks() -> tuple[Hook, ...]:
    """Give the hooks that an observer may wrap."""
    return tuple(hook for hook in hooks().values() if hook.is_stage)


def payload(hook: Hook, context: Context) -> dict[str, Any]:
    """Give what a stage is called with."""
    report = reports.plain()
    data = people(20)
    candidate = report.candidates[0]
    monitoring = report.monitoring
    predictions = _predictions(data)
    batch = Batch(at=dt.datetime(2026, 1, 5, tzinfo=dt.UTC), data=data, predictions=predictions)
    everything: dict[str, Any] = {
        "data": data,
        "rows": data.head(2),
        "inputs": {"people": data},
        "parts": {"train": data.head(10), "test": data.tail(10)},
        "first": candidate,
        "second": candidate,
        "old": "age >= 0",
        "new": "age >= 1",
        "model": {"mean": 0.5},
        "predictions": predictions,
        "candidate": candidate,
        "champion": None,
        "verdict": report.verdict,
        "version": report.version,
        "deployment": report.deployments[0],
        "files": {"model.skops": report.deployments[0].digest},
        "window": Window(model="people", version=2, batches=(batch,)),
        "reference": {"rows": 20},
        "alert": monitoring.alerts[0] if monitoring else None,
        "report": monitoring,
        "context": context,
    }
    return {name: everything[name] for name in hook.arguments}


def imprint(value: Any) -> str:
    """Give a text that changes when the value does, also in a cell of a table."""
    if hasattr(value, "to_csv"):
        return f"{value.to_csv()}{value.dtypes.to_dict()}"
    if isinstance(value, Mapping):
        return repr([(key, imprint(part)) for key, part in value.items()])
    if isinstance(value, list | tuple):
        return repr([imprint(part) for part in value])
    if attrs.has(type(value)) and not hasattr(value, "scratch"):
        return repr([imprint(getattr(value, field.name)) for field in attrs.fields(type(value))])
    return "" if hasattr(value, "scratch") or callable(value) else repr(value)


def _predictions(data: Any) -> Any:
    return data["label"].to_frame("prediction")

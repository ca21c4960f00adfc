"""The types of plugins, for type checkers: what a class must have to serve a stage.

A plugin names the arguments that it wants, so its methods have some of a hook's parameters, in the
hook's order. The contracts of ``fourstroke.testing`` declare their ``plugin`` with these types: a
parameter or result of another type than the hook's is an error of mypy or pyright in the plugin's
own test. Nothing here is looked at when a project runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, Protocol, TypeVar

from fourstroke.context import Context
from fourstroke.entities.facts import Check, Evaluation, Section
from fourstroke.entities.model import Candidate, Decision, Deployment, ModelVersion, Verdict
from fourstroke.entities.operations import Alert, MonitoringReport, Observation, Window
from fourstroke.entities.run import RunReport

__all__ = [
    "Alerts",
    "Approves",
    "Audits",
    "Checks",
    "Collects",
    "Deploys",
    "Encodes",
    "Evaluates",
    "Executes",
    "Explains",
    "FunctionPlugin",
    "Monitors",
    "Prepares",
    "Renders",
    "Retrains",
    "Splits",
    "Stores",
    "Trains",
    "Validates",
]

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
R = TypeVar("R")

# A method with some of the parameters of a hook that has one, two, three or four. The fullest comes first:
# type variables of an alias count in the order in which they appear.
Some1 = Callable[[A], R] | Callable[[], R]
Some2 = Callable[[A, B], R] | Callable[[A], R] | Callable[[B], R] | Callable[[], R]
Some3 = (
    Callable[[A, B, C], R]
    | Callable[[A, B], R]
    | Callable[[A, C], R]
    | Callable[[B, C], R]
    | Callable[[A], R]
    | Callable[[B], R]
    | Callable[[C], R]
    | Callable[[], R]
)
Some4 = (
    Callable[[A, B, C, D], R]
    | Callable[[A, B, C], R]
    | Callable[[A, B, D], R]
    | Callable[[A, C, D], R]
    | Callable[[B, C, D], R]
    | Callable[[A, B], R]
    | Callable[[A, C], R]
    | Callable[[A, D], R]
    | Callable[[B, C], R]
    | Callable[[B, D], R]
    | Callable[[C, D], R]
    | Callable[[A], R]
    | Callable[[B], R]
    | Callable[[C], R]
    | Callable[[D], R]
    | Callable[[], R]
)


class FunctionPlugin(Protocol):
    """A plain function that serves a stage: fourstroke itself looks over its parameters."""

    __name__: str
    __defaults__: tuple[Any, ...] | None

    def __call__(self, *arguments: Any, **settings: Any) -> Any:
        """Do the work of the hook."""


Table = Any
Model = Any
Profile = Any


class Collects(Protocol):
    """A plugin of the stage ``collect``."""

    @property
    def collect(self) -> Some1[Context, Table]: ...  # noqa: D102 - the hook says it


class Prepares(Protocol):
    """A plugin of the stage ``prepare``."""

    @property
    def prepare(self) -> Some3[Table, Mapping[str, Table], Context, Table]: ...  # noqa: D102 - the hook says it


class Checks(Protocol):
    """A plugin of the stage ``check``."""

    @property
    def check(self) -> Some2[Table, Context, Sequence[Check]]: ...  # noqa: D102 - the hook says it


class Splits(Protocol):
    """A plugin of the stage ``split``."""

    @property
    def split(self) -> Some2[Table, Context, Mapping[str, Table]]: ...  # noqa: D102 - the hook says it


class Audits(Protocol):
    """A plugin of the stage ``audit``."""

    @property
    def audit(self) -> Some2[Mapping[str, Table], Context, Sequence[Check]]: ...  # noqa: D102 - the hook says it


class Evaluates(Protocol):
    """A plugin of the stage ``evaluate``."""

    @property
    def evaluate(self) -> Some4[Model, Table, Table, Context, Evaluation]: ...  # noqa: D102 - the hook says it


class Explains(Protocol):
    """A plugin of the stage ``explain``."""

    @property
    def explain(self) -> Some3[Model, Table, Context, Sequence[Section]]: ...  # noqa: D102 - the hook says it


class Validates(Protocol):
    """A plugin of the stage ``validate``."""

    @property
    def validate(self) -> Some3[Candidate, Candidate | None, Context, Sequence[Check]]: ...  # noqa: D102 - the hook says it


class Approves(Protocol):
    """A plugin of the stage ``approve``."""

    @property
    def approve(self) -> Some3[Candidate, Verdict, Context, Decision]: ...  # noqa: D102 - the hook says it


class Deploys(Protocol):
    """A plugin of the stage ``deploy``."""

    @property
    def deploy(self) -> Some2[ModelVersion, Context, Deployment]: ...  # noqa: D102 - the hook says it


class Monitors(Protocol):
    """A plugin of the stage ``monitor``."""

    @property
    def monitor(self) -> Some3[Window, Profile, Context, Sequence[Observation]]: ...  # noqa: D102 - the hook says it


class Alerts(Protocol):
    """A plugin of the stage ``alert``."""

    @property
    def alert(self) -> Some2[Alert, Context, bool]: ...  # noqa: D102 - the hook says it


class Retrains(Protocol):
    """A plugin of the stage ``retrain``."""

    @property
    def retrain(self) -> Some2[MonitoringReport, Context, Decision]: ...  # noqa: D102 - the hook says it


class Executes(Protocol):
    """A plugin of the service ``executor``."""

    @property
    def executor(self) -> Some1[Context, Executor]: ...  # noqa: D102 - the hook says it


class Renders(Protocol):
    """A plugin of the service ``render``."""

    @property
    def render(self) -> Some2[RunReport, Context, Path]: ...  # noqa: D102 - the hook says it


class Trains(Protocol):
    """A plugin of the stage ``train``, which also scores."""

    @property
    def train(self) -> Some2[Table, Context, Model]: ...  # noqa: D102 - the hook says it

    @property
    def predict(self) -> Some3[Model, Table, Context, Table]: ...  # noqa: D102 - the hook says it


class Stores(Protocol):
    """A storage backend."""

    @property
    def write(self) -> Some2[str, Path, bool]: ...  # noqa: D102 - the hook says it

    @property
    def read(self) -> Some2[str, Path, Path]: ...  # noqa: D102 - the hook says it

    @property
    def exists(self) -> Some1[str, bool]: ...  # noqa: D102 - the hook says it

    @property
    def keys(self) -> Some1[str, Iterable[str]]: ...  # noqa: D102 - the hook says it

    @property
    def delete(self) -> Some1[str, bool]: ...  # noqa: D102 - the hook says it


class Encodes(Protocol):
    """A codec."""

    @property
    def encode(self) -> Some2[Any, Path, bool]: ...  # noqa: D102 - the hook says it

    @property
    def decode(self) -> Some1[Path, Any]: ...  # noqa: D102 - the hook says it

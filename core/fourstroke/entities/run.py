"""A run, its steps, and the report that is rendered of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

import attrs

from fourstroke.entities.card import ModelCard
from fourstroke.entities.facts import LATER, Check, Section
from fourstroke.entities.lineage import Lineage
from fourstroke.entities.model import Candidate, Decision, Deployment, ModelVersion, Verdict
from fourstroke.entities.operations import MonitoringReport
from fourstroke.entities.task import Task

RunState = Literal["running", "succeeded", "blocked", "failed", "cancelled", "lost"]
RunKind = Literal["run", "predict", "monitor", "backtest", "deploy", "curate"]
StepState = Literal[
    "pending", "running", "succeeded", "cached", "blocked", "failed", "cancelled", "skipped"
]


@attrs.frozen(kw_only=True)
class StepFact:
    """One step of a run as people read it: what it did, how long, and whether it was reused.

    Parameters
    ----------
    name : str
        Such as ``model.train.forest``.
    cycle, stage : str
        Where it belongs.
    state : StepState
        How it ended; ``cached`` if an earlier result was reused.
    plugin : str
        What stands after ``use``; empty for a step of the core.
    seconds : float
        How long it took.
    summary : str
        What it made, in a few words.
    reason : str
        Why it ran, or why it did not.
    settings : mapping
        Those of its plugin, with secrets left as ``${NAME}``.
    """

    name: str
    cycle: str
    stage: str
    state: StepState
    plugin: str = ""
    seconds: float = 0.0
    summary: str = ""
    reason: str = ""
    settings: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class DatasetFact:
    """A data set that a run published or used.

    Parameters
    ----------
    name : str
        Of the data set.
    version : int
        Counted from 1.
    digest : str
        Of its content.
    rows : int, optional
        How many; ``None`` for a table that does not tell.
    columns : tuple of str
        Their names, in the table's order.
    checks, warnings : int, optional
        How many checks of the data passed before it was published, and how many of the others were
        warnings; ``None`` if a version was used that an earlier run published.
    """

    name: str
    version: int
    digest: str
    rows: int | None = None
    columns: tuple[str, ...] = ()
    checks: int | None = attrs.field(default=None, metadata=LATER)
    warnings: int | None = attrs.field(default=None, metadata=LATER)


@attrs.frozen(kw_only=True)
class KeptFact:
    """A file that a step kept beside the run, by ``context.log_figure`` and its like.

    Parameters
    ----------
    step : str
        Which step kept it.
    name : str
        What the step calls it.
    kind : {"figure", "table", "file"}
        A figure is SVG or PNG, a table is CSV.
    file : str
        The file's name.
    digest : str
        Of its content.
    size_bytes : int
        How long it is.
    read : callable
        Gives the content, verified, as bytes.
    """

    step: str
    name: str
    kind: str
    file: str
    digest: str
    size_bytes: int
    read: Callable[[], bytes] = attrs.field(repr=False, eq=False)


@attrs.frozen(kw_only=True)
class PluginFact:
    """Which code a plugin is: what a run is recorded with, and what `fourstroke lock` writes down.

    Parameters
    ----------
    kind : str
        The stage or service that it serves.
    name : str
        What stands after ``use``; ``default`` for the one that is bundled for the stage.
    distribution, version : str
        Who offers it; empty for a file of the project.
    digest : str
        Of what was installed as its distribution's ``RECORD`` lists it; of the source, with all
        modules that it imports, for a file of the project and for what is installed in editable
        mode. Empty if an installer left no list.
    """

    kind: str
    name: str
    distribution: str = ""
    version: str = ""
    digest: str = ""


@attrs.frozen(kw_only=True)
class RunReport:
    """Everything that a report of one run shows; a renderer turns it into a file.

    A part that the run did not reach is empty or ``None``.

    Parameters
    ----------
    run, project : str
        The run's id, and the project's name.
    state : RunState
        How it ended.
    started, seconds : datetime and float
        When, in UTC, and how long it took.
    task : Task
        What is predicted.
    seed : int
        What everything random was drawn with.
    user, command : str
        Who typed what.
    commit : str
        The project's commit in git, if it has one.
    environment : str
        The environment in force; empty if none.
    versions : mapping of str to str
        Versions of the distributions that took part.
    steps : tuple of StepFact
        All steps, in the order of the plan.
    dataset : DatasetFact, optional
        The version of the data set that was published or used.
    checks : tuple of Check
        What was checked in the data.
    candidates : tuple of Candidate
        One for each training step that succeeded.
    chosen : str
        The name of the candidate that went on.
    champion : Candidate, optional
        The version in production, measured on the same rows.
    explanations : tuple of Section
        What makes the candidates transparent.
    card : ModelCard, optional
        What people wrote about the model.
    verdict : Verdict, optional
        Whether the chosen candidate keeps what is asked of it.
    decision : Decision, optional
        Whether it may be deployed.
    version : ModelVersion, optional
        What was registered.
    deployments : tuple of Deployment
        Where it was put to work.
    monitoring : MonitoringReport, optional
        What was seen of the scored batch.
    lineage : Lineage
        What the run's model or data comes from, and what comes from it.
    kept : tuple of KeptFact
        Files that steps kept for people.
    messages : tuple of str
        What steps said, and what went wrong.
    """

    run: str
    project: str
    state: RunState
    started: datetime
    seconds: float
    task: Task
    seed: int
    user: str
    command: str
    commit: str = ""
    environment: str = ""
    versions: Mapping[str, str] = attrs.field(factory=dict)
    steps: tuple[StepFact, ...] = ()
    dataset: DatasetFact | None = None
    checks: tuple[Check, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    chosen: str = ""
    champion: Candidate | None = None
    explanations: tuple[Section, ...] = ()
    card: ModelCard | None = None
    verdict: Verdict | None = None
    decision: Decision | None = None
    version: ModelVersion | None = None
    deployments: tuple[Deployment, ...] = ()
    monitoring: MonitoringReport | None = None
    lineage: Lineage = attrs.field(factory=Lineage)
    kept: tuple[KeptFact, ...] = ()
    messages: tuple[str, ...] = ()

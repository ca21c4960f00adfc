"""The project file in force, as the rest of fourstroke reads it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import attrs

from fourstroke.alerting.settings import AlertSettings
from fourstroke.config.node import DEFAULT, grow, leaves, plain
from fourstroke.entities.data_card import DataCard
from fourstroke.entities.model import Waiver
from fourstroke.entities.task import Task
from fourstroke.principals import Principal
from fourstroke.replay.settings import RollbackSettings
from fourstroke.turning.settings import LoopSettings
from fourstroke.windows.settings import LabelSettings, WindowSettings

OnFailure = Literal["block", "quarantine"]
Durability = Literal["process", "power"]

# The folder of a project that fourstroke writes to, unless it is told another one.
HOME: Final = ".fourstroke"


@attrs.frozen(kw_only=True)
class PluginTable:
    """One table of the project file that names a plugin and its settings.

    Parameters
    ----------
    stage : str
        The stage or service that it serves: ``collect``, ``train``, ``storage``, ...; ``batch`` is
        a source for operations.
    name : str
        Names the step; unique within the stage.
    use : str or None
        Which plugin; ``None`` for the one that is bundled for this stage.
    settings : mapping
        The plugin's own keys, raw: ``${NAME}`` is left in place, because this goes to cache keys
        and records.
    where : str
        The table as messages name it, such as ``data.prepare[1]``; counted from 0.
    inputs : tuple of str
        The sources and steps that ``from`` names; empty for the step before.
    retries : int
        How often the step is tried again.
    timeout_seconds : float or None
        How long it may take; ``None`` for as long as it needs.
    depends : tuple of str
        Files of the project whose content decides, too, whether a known result may be reused.
    training_only : bool
        Whether a preparation is left out when a batch is scored.
    on_failure : {"block", "quarantine"}
        Whether a check that says no blocks the run, or the rows at fault are set aside.
    most_quarantined : float
        The largest share of rows that may be set aside.
    """

    stage: str
    name: str
    use: str | None = None
    settings: Mapping[str, Any] = attrs.field(factory=dict)
    where: str = ""
    inputs: tuple[str, ...] = ()
    retries: int = 0
    timeout_seconds: float | None = None
    depends: tuple[str, ...] = ()
    training_only: bool = False
    on_failure: OnFailure = "block"
    most_quarantined: float = 0.05


@attrs.frozen(kw_only=True)
class Policy:
    """What ``[development.policy]`` asks for before a model version is promoted.

    Parameters
    ----------
    author_may_approve : bool
        Whether the one who ran the training may approve its model.
    clean_tree : bool
        Whether all changes must have been committed before the training.
    approvals : int
        How many people have to approve it; with 0 the project's approver alone may.
    approvers : tuple of str
        Who they are: names, addresses, or roles; each approval takes one entry. Empty for anybody.
    roles : mapping of str to tuple of str
        The people behind each role.
    approval_age : str
        How long an approval holds, such as ``30d``; empty for good.
    data_age : str
        How old the data may be that a version was trained on, such as ``30d``; empty for any age.
    stages : tuple of str
        The stages that a version may be in, in their order.
    promote_from : str
        The stage that it has to be in; empty if that does not matter.
    waive : tuple of Waiver
        Checks that need not pass for a while.
    may : mapping of str to tuple of str
        Who may do what: names, addresses or roles by action; an action that is not there, anybody.
    principals : tuple of Principal
        Who proves by a token who they are: without it nobody goes by their names.
    """

    author_may_approve: bool = True
    clean_tree: bool = False
    approvals: int = 0
    approvers: tuple[str, ...] = ()
    roles: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    approval_age: str = ""
    data_age: str = ""
    stages: tuple[str, ...] = ("development", "staging", "production", "archived")
    promote_from: str = ""
    waive: tuple[Waiver, ...] = ()
    may: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    principals: tuple[Principal, ...] = ()

    @property
    def tells_authors(self) -> bool:
        """Whether authors may not approve, and have to prove who they are."""
        return not self.author_may_approve and bool(self.principals)

    @property
    def approvals_needed(self) -> int:
        """How many approvals of people it takes: whoever names approvers asks for one at least."""
        return max(self.approvals, 1 if self.approvers else 0)


@attrs.frozen(kw_only=True)
class LogRules:
    """What ``[operations.log]`` says of the prediction log.

    Parameters
    ----------
    sample : float
        The share of a service's requests that is logged.
    mask, hash : tuple of str
        Columns whose cells are left out, or stand there as keyed hashes.
    hash_key : str
        The key, raw; empty for the project's own.
    keep : str
        How long rows are kept, such as ``90d``; empty for good.
    rows_per_batch : int
        After how many rows a batch of a service ends.
    seconds_per_batch : float
        How old it may get before it ends.
    durability : {"process", "power"}
        What an answered request survives.
    """

    sample: float = 1.0
    mask: tuple[str, ...] = ()
    hash: tuple[str, ...] = ()
    hash_key: str = ""
    keep: str = ""
    rows_per_batch: int = 10_000
    seconds_per_batch: float = 60.0
    durability: Durability = "process"


@attrs.frozen(kw_only=True)
class Config:
    """A valid project file with its environment and overrides; it can be sent to other processes.

    Parameters
    ----------
    root : Path
        The project's folder.
    name, description : str
        Of the project.
    card : str
        The file with the model card's own words, relative to the project.
    task : Task
        What is predicted.
    seed : int
        For everything that draws at random.
    environment : str
        The environment in force; empty if none.
    tables : mapping of str to tuple of PluginTable
        By stage, in the order of the file; every stage is there, an unused one is empty. Without
        storage and executor.
    storage, executor : PluginTable
        The backends.
    records_url : str or None
        Where runs are recorded, raw; ``None`` for the project's own SQLite file.
    dataset, model : str
        Names in the catalog and in the registry.
    catalog : DataCard
        What people say of the data set.
    pin : str
        The published version that is used instead of what the sources hold; empty for none.
    select : str
        The metric that chooses between candidates; empty for the first one.
    select_on : str
        The part of the data whose rows choose: ``test`` or ``validation``.
    policy : Policy
        What promotion asks for.
    window : WindowSettings
        How the prediction log is cut into windows.
    labels : LabelSettings
        When labels are expected, and under which ids.
    alerting : AlertSettings
        When people are told of what monitors saw.
    loop : LoopSettings
        How often the loop may turn the engine.
    rollback : RollbackSettings
        When the champion goes back to the version before by itself.
    log : LogRules
        What is kept of predictions, and how long.
    allow_pickle : bool
        Whether values may be stored by pickle.
    values : mapping
        All keys in force, nested as in the file, defaults included, raw.
    origins : mapping of str to str
        Where each of them comes from: ``fourstroke.toml:14``,
        ``[environments.prod] fourstroke.toml:30``, ``FOURSTROKE_SET__RUN__SEED``, ``--set`` or
        ``default``.
    workplace : Path, optional
        Where records, logs, reports and temporary files go, if not into the project's folder.
    """

    root: Path
    name: str
    description: str = ""
    card: str = ""
    task: Task
    seed: int = 0
    environment: str = ""
    tables: Mapping[str, tuple[PluginTable, ...]]
    storage: PluginTable
    executor: PluginTable
    records_url: str | None = None
    dataset: str
    model: str
    catalog: DataCard = attrs.field(factory=DataCard)
    pin: str = ""
    select: str = ""
    select_on: str = "test"
    policy: Policy = attrs.field(factory=Policy)
    window: WindowSettings = attrs.field(factory=WindowSettings)
    labels: LabelSettings = attrs.field(factory=LabelSettings)
    alerting: AlertSettings = attrs.field(factory=AlertSettings)
    loop: LoopSettings = attrs.field(factory=LoopSettings)
    rollback: RollbackSettings = attrs.field(factory=RollbackSettings)
    log: LogRules = attrs.field(factory=LogRules)
    allow_pickle: bool = False
    values: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    origins: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    workplace: Path | None = None

    @property
    def home(self) -> Path:
        """The folder that fourstroke writes to: ``.fourstroke`` in the project's, if no other."""
        return self.root / HOME if self.workplace is None else self.workplace


@attrs.frozen
class Entry:
    """One value of the project file: its key, the value, and where it comes from."""

    path: str
    value: Any
    origin: str


def flat(config: Config) -> tuple[Entry, ...]:
    """List every value in force in the order of the cycles.

    An entry of an array of tables is named as ``--set`` names it, as in
    ``model.train.logistic.estimator``.
    """
    return flat_values(config.values, config.origins)


def flat_values(
    values: Mapping[str, Any], origins: Mapping[str, str] | None = None
) -> tuple[Entry, ...]:
    """List values as `flat` does: those of a run, say, as they were recorded."""
    return tuple(
        Entry(path, plain(node), (origins or {}).get(path, DEFAULT))
        for path, node in leaves(grow(values))
    )

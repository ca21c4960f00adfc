"""What the readers give: one frozen record a row, with values as they were recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.entities.model import ModelVersion
from fourstroke.principals import shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.entities.data_card import DataCard
    from fourstroke.entities.model import Decision, Deployment, Verdict
    from fourstroke.entities.run import PluginFact, RunState, StepFact


@attrs.frozen(kw_only=True)
class RunRow:
    """One run: who ran what, from which code, and how it ended.

    A run whose process has died is ``lost``, also before somebody has written that down.

    Parameters
    ----------
    run : str
        Its id.
    kind : RunKind
        What it did: ``run``, ``predict``, ``monitor``, ``deploy``.
    project, environment : str
        The project's name and the environment in force; empty if none.
    user, host : str
        Who ran it, and on which machine.
    command : str
        As it was typed.
    commit : str
        The git commit of the project; empty outside of a repository.
    dirty : bool
        Whether tracked files differed from it.
    seed : int
        What randomness it drew from.
    settings : mapping
        The whole project file as it was in force, with secrets left as ``${NAME}``.
    versions : mapping of str to str
        Distributions that it rests on.
    state : RunState
        How it ended, or that it is ``running``.
    message : str
        Why it did not succeed.
    started, finished : datetime
        In UTC; ``finished`` is ``None`` while it runs.
    attempt : int
        Counted up when its owner was taken for dead.
    plugins : tuple of PluginFact
        Which code each plugin was.
    tags : mapping of str to str
        What people call it by.
    data : tuple of str
        The published versions that it made use of, as people write them: ``adult@v2``.
    """

    run: str
    kind: str
    project: str
    environment: str
    user: str
    host: str
    command: str
    commit: str
    dirty: bool
    seed: int
    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    state: RunState
    message: str
    started: datetime
    finished: datetime | None
    attempt: int
    plugins: tuple[PluginFact, ...] = ()
    tags: Mapping[str, str] = attrs.field(factory=dict)
    data: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class ProvenanceRow:
    """Where a run comes from.

    Parameters
    ----------
    facts : mapping
        ``python``, ``platform``, ``argv``, ``distributions`` and their like; empty for runs of
        before they were recorded.
    source : Artifact, optional
        The files that it was made from.
    """

    facts: Mapping[str, Any]
    source: Artifact | None


@attrs.frozen(kw_only=True)
class NamedArtifact:
    """A file that a step left for people.

    Parameters
    ----------
    name : str
        What the step calls it.
    kind : {"figure", "table", "file"}
        How it is shown.
    artifact : Artifact
        Where it is in the store.
    """

    name: str
    kind: str
    artifact: Artifact


@attrs.frozen(kw_only=True)
class StepRow:
    """One step of one run; what a reused result left behind counts as its own.

    Parameters
    ----------
    id : int
        Its number in the records.
    run : str
        The run's id.
    fact : StepFact
        What people read of it.
    key : str
        What its result is known by.
    parts : mapping of str to str
        What the key is made of: digests of inputs, settings and code.
    outputs : mapping of str to Artifact
        What it gave, by name.
    attachments : tuple of NamedArtifact
        What it kept for people.
    messages : tuple of str
        What it said.
    started, finished : datetime
        In UTC; ``finished`` is ``None`` while it runs.
    """

    id: int
    run: str
    fact: StepFact
    key: str
    parts: Mapping[str, str]
    outputs: Mapping[str, Artifact]
    attachments: tuple[NamedArtifact, ...]
    messages: tuple[str, ...]
    started: datetime
    finished: datetime | None


@attrs.frozen(kw_only=True)
class StoredResult:
    """What a step gave: under which key, made of which parts."""

    name: str
    key: str
    parts: Mapping[str, str]
    outputs: Mapping[str, Artifact]
    summary: str


@attrs.frozen(kw_only=True)
class MetricRow:
    """One value of one metric, perhaps NaN; ``step_name`` is empty if the run itself logged it."""

    step_name: str
    name: str
    value: float
    step: int


@attrs.frozen(kw_only=True)
class DatasetRow:
    """One published version of a data set.

    Parameters
    ----------
    name : str
        Of the data set.
    version : int
        Counted from 1.
    digest : str
        Of its content.
    artifact : Artifact
        Where it is in the store.
    rows : int, optional
        How many; ``None`` for a table that does not tell.
    columns : tuple of str
        Their names, in the table's order.
    note : str
        Why it was published.
    run : str
        The id of the run that published it.
    created : datetime
        When, in UTC.
    user : str
        Who ran it.
    profile : Artifact, optional
        Where its profile is in the store.
    card : DataCard, optional
        What people say of the data set.
    """

    name: str
    version: int
    digest: str
    artifact: Artifact
    rows: int | None
    columns: tuple[str, ...]
    note: str
    run: str
    created: datetime
    user: str = ""
    profile: Artifact | None = None
    card: DataCard | None = None


@attrs.frozen(kw_only=True)
class VersionRow:
    """One registered version of a model.

    Parameters
    ----------
    model : str
        Its name in the registry.
    version : int
        Counted from 1.
    digest : str
        Of its files.
    candidate : str
        The step that trained it.
    artifact : Artifact
        Where it is in the store.
    facts : mapping
        Its settings, and where data, evaluation and verdict are in the store.
    run : str
        The id of the run that registered it.
    created : datetime
        When, in UTC.
    is_champion : bool
        Whether it is in production.
    """

    model: str
    version: int
    digest: str
    candidate: str
    artifact: Artifact
    facts: Mapping[str, Any]
    run: str
    created: datetime
    is_champion: bool

    def told(self) -> ModelVersion:
        """Give what plugins and people hear of it."""
        return ModelVersion(
            model=self.model,
            version=self.version,
            digest=self.digest,
            candidate=self.candidate,
            run=self.run,
            created=self.created,
            is_champion=self.is_champion,
        )


@attrs.frozen(kw_only=True)
class VerdictRow:
    """A verdict as recorded; ``version`` is ``None`` if the candidate was not registered then."""

    model: str
    version: int | None
    verdict: Verdict
    run: str
    at: datetime


@attrs.frozen(kw_only=True)
class DecisionRow:
    """A decision on a version: ``approve``, ``person``, ``retrain`` or ``turn``."""

    model: str
    version: int
    kind: str
    decision: Decision
    run: str
    at: datetime


@attrs.frozen(kw_only=True)
class DeploymentRow:
    """A version that came to a target, or went from it."""

    id: int
    model: str
    target: str
    version: int
    digest: str
    location: str
    kind: str
    deployment: Deployment
    run: str
    at: datetime


@attrs.frozen(kw_only=True)
class EventRow:
    """One event of the ledger: who did what to which subject, when and why.

    Parameters
    ----------
    sequence : int
        Its number, from 1 without a gap.
    at : datetime
        When it was told.
    who : str
        The principal whose token was shown; else the process's owner by the operating system, which proves
        nothing: `proof` tells which.
    what : str
        What was done: ``validated``, ``registered``, ``approved``, ``deployed``, ``promoted``, ...
    subject : str
        To what: ``income@v3``.
    why : str
        The reason that was given; empty if none.
    facts : mapping
        More of it, and the table and digest of the row that it tells.
    run : str
        The run that it was done in.
    previous, hash : str
        Hash of the event before, and of this one with it.
    """

    sequence: int
    at: datetime
    who: str
    what: str
    subject: str
    why: str
    facts: Mapping[str, Any]
    run: str
    previous: str
    hash: str

    @property
    def proof(self) -> str:
        """How it was proved who told it: ``token`` and its digest, or nothing."""
        return str(self.facts.get("proof", ""))

    @property
    def shown_who(self) -> str:
        """Who told it, and how that was proved: ``ann (token 9ec00d24a473)``."""
        return shown(self.who, self.proof)

    @property
    def reason(self) -> str:
        """Why, and before it what a label says: ``canary: stopped by itself: ...``."""
        said = [str(self.facts[name]) for name in ("name", "value") if self.facts.get(name)]
        return ": ".join(filter(None, ("=".join(said), self.why)))

    def is_about(self, version: VersionRow) -> bool:
        """Say whether it tells of a version, or of the verdict on its files before it was one."""
        if self.subject == f"{version.model}@v{version.version}":
            return True
        if self.subject != version.model or self.facts.get("table") != "verdicts":
            return False
        if "digest" in self.facts:
            return bool(self.facts["digest"] == version.digest)
        # As events told it before they had the digest.
        is_same = self.facts.get("candidate") == version.candidate
        return is_same and self.run == version.run

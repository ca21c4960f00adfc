"""Models on their way: candidates, verdicts, decisions, versions, deployments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, get_args

import attrs

from fourstroke.entities.facts import LATER, Check, Evaluation
from fourstroke.principals import shown

Action = Literal[
    "alias",
    "describe",
    "override",
    "promote",
    "reject",
    "request",
    "retire",
    "rollback",
    "stage",
    "tag",
    "waive",
]
# What `development.policy.may` gives to people; who may approve is said by its `approvers`.
ACTIONS: Final[tuple[Action, ...]] = get_args(Action)


@attrs.frozen(kw_only=True)
class Candidate:
    """A fitted model and what is known about it; a validator sees the champion so, too.

    Parameters
    ----------
    name : str
        The name of the training step, or ``champion``.
    digest : str
        Digest of the model's files.
    evaluation : Evaluation
        Metrics, baseline, slices and charts, of all evaluators together.
    version : int, optional
        The number in the registry; ``None`` before registration.
    size_bytes : int
        Size of the model's files.
    data : table
        The held-out rows, the same for candidate and champion.
    predictions : table
        What the model predicts on ``data``, row by row, in the form of the hook ``predict``.
    load : callable
        Gives the fitted model when it is needed.
    predict : callable
        Gives what it predicts on other rows, in the form of the hook ``predict``.
    signature : callable
        Gives what it asks of a table, a `ModelSignature`; nothing if the plugin that trained it does
        not say.
    files : callable
        Gives a folder with a copy of its files, for reading, until the step ends.
    train_again : callable
        Gives what the same plugin, data, settings and seed make this time: a candidate with
        ``digest``, ``data`` and ``predictions``. ``None`` for a champion.
    published : callable
        Gives the data set that it was trained on, a `DatasetFact`; ``None`` for a champion.
    in_shadow : callable
        Gives what it said as a shadow of the champion, an `InShadow`, to a validator whose class says
        ``needs_shadow = True``; ``None`` for others, and for a champion.

    Notes
    -----
    Each of the callables may be missing, and does its work when it is called and not before.
    """

    name: str
    digest: str
    evaluation: Evaluation
    version: int | None = None
    size_bytes: int = 0
    data: Any = attrs.field(default=None, repr=False, eq=False)
    predictions: Any = attrs.field(default=None, repr=False, eq=False)
    load: Callable[[], Any] | None = attrs.field(default=None, repr=False, eq=False)
    predict: Callable[[Any], Any] | None = attrs.field(default=None, repr=False, eq=False)
    signature: Callable[[], Any] | None = attrs.field(default=None, repr=False, eq=False)
    files: Callable[[], Path] | None = attrs.field(default=None, repr=False, eq=False)
    train_again: Callable[[], Candidate] | None = attrs.field(default=None, repr=False, eq=False)
    published: Callable[[], Any] | None = attrs.field(default=None, repr=False, eq=False)
    in_shadow: Callable[[], InShadow] | None = attrs.field(default=None, repr=False, eq=False)


@attrs.frozen(kw_only=True)
class InShadow:
    """What a candidate and the champion said of the same rows of real traffic.

    Parameters
    ----------
    state : {"first", "unregistered", "at_work", "asked"}
        ``asked`` if it may have been a shadow; else why it cannot have been: there is no champion, it is
        no registered version yet, or it is the champion itself.
    version : int, optional
        Its number in the registry.
    scored : int
        Rows that it scored as a shadow and that the champion had answered.
    rows : int
        Of how many of these the outcome is known.
    candidate, champion : Candidate, optional
        Both with these rows, their predictions and what evaluators found; ``None`` without any.

    Notes
    -----
    ``context.look`` of such a validator counts looks at the growing rows of this shadow.
    """

    state: Literal["first", "unregistered", "at_work", "asked"]
    version: int | None = None
    scored: int = 0
    rows: int = 0
    candidate: Candidate | None = attrs.field(default=None, repr=False)
    champion: Candidate | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class InputColumn:
    """One column that a model needs.

    Parameters
    ----------
    name : str
        Of the column.
    kind : {"number", "boolean", "text", "date", "duration"}
        What it holds.
    values : tuple of str
        The texts that training saw; empty if they are too many, or it holds no text.
    """

    name: str
    kind: Literal["number", "boolean", "text", "date", "duration"]
    values: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class ModelSignature:
    """What a model asks of a table.

    Parameters
    ----------
    columns : tuple of InputColumn
        The columns, in the order of training; further ones make no difference.
    example : tuple of mapping
        A few rows that it takes, each cell as JSON has it; a date as text.
    """

    columns: tuple[InputColumn, ...]
    example: tuple[Mapping[str, Any], ...] = ()


@attrs.frozen(kw_only=True)
class Waiver:
    """A check that need not pass for a while, because somebody answers for it.

    Parameters
    ----------
    check : str
        The name of the check, or of the step of ``[[development.validate]]`` that gives it.
    by : str
        Who answers for it.
    why : str
        The reason, in one sentence.
    until : str
        The last day on which it holds, of UTC: ``2026-12-31``.
    step : str
        Of a waiver in a verdict, whose ``check`` is always the name of a check: the step that the project
        file names instead; empty if it names the check.
    """

    check: str
    by: str
    why: str
    until: str
    step: str = attrs.field(default="", metadata=LATER)

    @property
    def stands_for(self) -> tuple[str, str]:
        """What the project file calls it, and who answers for it: what tells waivers apart there."""
        return self.step or self.check, self.by


@attrs.frozen(kw_only=True)
class Verdict:
    """All checks of a candidate and the worst of them.

    ``outcome`` is ``fail`` if one check of severity error says no, or if there is no check at all:
    a candidate that nobody looked at is not a good one.

    Parameters
    ----------
    outcome : {"pass", "fail"}
        The worst of the checks.
    checks : tuple of Check
        All of them, in the order of the project file.
    candidate : str
        The step that trained it.
    champion : int, optional
        The version that it was compared with; ``None`` if there was none.
    policy : str
        Digest of what the project file asked for: its policy, and the settings of the validators.
    waivers : tuple of Waiver
        Those that it rests on: their checks say no, and do not count.
    by_call : tuple of str
        Settings of validators that a single call laid over the project file: nobody is promoted by it.
    model_digest, rows_digest : str
        Digests of the candidate's files and of the held-out rows that it was judged on.
    look : int
        Which comparison with a champion on these rows this is, counted from 1; 0 without a champion.
    shadow_digest : str
        Digest of the rows of its shadow that were looked at; empty if none were.
    shadow_look : int
        Which look at the rows of this shadow it was, counted from 1; 0 without any.
    """

    outcome: Literal["pass", "fail"]
    checks: tuple[Check, ...]
    candidate: str
    champion: int | None = None
    policy: str = attrs.field(default="", metadata=LATER)
    waivers: tuple[Waiver, ...] = attrs.field(default=(), metadata=LATER)
    model_digest: str = attrs.field(default="", metadata=LATER)
    rows_digest: str = attrs.field(default="", metadata=LATER)
    look: int = attrs.field(default=0, metadata=LATER)
    shadow_digest: str = attrs.field(default="", metadata=LATER)
    shadow_look: int = attrs.field(default=0, metadata=LATER)
    by_call: tuple[str, ...] = attrs.field(default=(), metadata=LATER)

    @property
    def passed(self) -> bool:
        """Whether the candidate may go on."""
        return self.outcome == "pass"


@attrs.frozen(kw_only=True)
class Decision:
    """An answer of people or of a rule: to approve, or to turn again.

    Parameters
    ----------
    answer : {"yes", "no", "waiting"}
        ``yes`` approves or retrains, ``waiting`` leaves it to people.
    why : str
        The reason, in one sentence.
    by : str
        Who or what decided.
    email : str
        The address that git knows of the one who decided; a name like ``by``, and no proof.
    proof : str
        How it was proved that it is ``by`` who decided: ``token`` and its digest; empty if nobody did.
    evidence : str
        What it rests on: a link to a review, a ticket, a file.
    until : str
        The last day on which it holds, of UTC; empty if it holds for good.
    trigger : str
        Of a decision to turn again: what it rests on, one of ``fourstroke.entities.occasion.TRIGGERS`` or a
        rule's own word; empty if there is no reason.
    """

    answer: Literal["yes", "no", "waiting"]
    why: str
    by: str = ""
    email: str = attrs.field(default="", metadata=LATER)
    evidence: str = attrs.field(default="", metadata=LATER)
    until: str = attrs.field(default="", metadata=LATER)
    trigger: str = attrs.field(default="", metadata=LATER)
    proof: str = attrs.field(default="", metadata=LATER)

    def is_by(self, name: str) -> bool:
        """Say whether somebody of this name decided, whatever it was proved by."""
        return name in {self.by, self.email}

    @property
    def shown_by(self) -> str:
        """Who decided, and how that was proved: ``ann (token 9ec00d24a473)``."""
        return shown(self.by, self.proof)


@attrs.frozen(kw_only=True)
class ModelVersion:
    """A registered model: immutable, named by number and digest.

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
    run : str
        The id of the run that registered it.
    created : datetime
        When, in UTC.
    folder : str
        Where its files are for the moment; empty if they were not fetched.
    is_champion : bool
        Whether it is the version that is in production.
    """

    model: str
    version: int
    digest: str
    candidate: str
    run: str
    created: datetime
    folder: str = ""
    is_champion: bool = False


@attrs.frozen(kw_only=True)
class Deployment:
    """A model version that is at work somewhere.

    Parameters
    ----------
    target : str
        The deploy step that put it there.
    model, version : str and int
        What is at work.
    digest : str
        Of the model's files.
    location : str
        Where, relative to the project or as a URL; never with a secret.
    """

    target: str
    model: str
    version: int
    digest: str
    location: str

"""Models on their way: candidates, verdicts, decisions, versions, deployments."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import attrs

from fourstroke.entities.facts import Check, Evaluation


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
    """

    outcome: Literal["pass", "fail"]
    checks: tuple[Check, ...]
    candidate: str
    champion: int | None = None

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
    """

    answer: Literal["yes", "no", "waiting"]
    why: str
    by: str = ""


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

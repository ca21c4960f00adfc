"""What people do with the versions of a model: each act is a recorded run, and told to the ledger."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.config.kinds import is_name
from fourstroke.cycles import release_by_hand
from fourstroke.cycles.acting import acting, require_may, require_proof
from fourstroke.cycles.approving import record_word
from fourstroke.cycles.standing import lacking
from fourstroke.entities.age import refuse_no_last_day
from fourstroke.errors import UsageError, nearest
from fourstroke.labels import CHAMPION, aliases_of
from fourstroke.records.labels import LabelRow
from fourstroke.records.ledger import subject_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fourstroke.cycles.acting import Person
    from fourstroke.engine.session import Session
    from fourstroke.entities.model import Action, Deployment
    from fourstroke.entities.run import RunKind
    from fourstroke.project import Project
    from fourstroke.records.rows import VersionRow

# Those whose plugins have a part in what people do here.
_STAGES: Final = frozenset({"deploy", "observe"})


@attrs.frozen
class Governing:
    """Acts on the versions of one model.

    Parameters
    ----------
    project : Project
        Whose policy holds.
    model : str
        The name in the registry.
    """

    project: Project
    model: str

    def request(self, version: int, *, why: str) -> str:
        """Ask for approval; gives which approvals are missing."""
        row = self._row(version)
        with self._recorded() as (session, _):
            require_may(session, "request", f"{self.model}@v{version}")
            session.writer.label(
                LabelRow(model=self.model, version=version, kind="request", why=why)
            )
            return lacking(session.config.policy, session.records, row)

    def approve(
        self, version: int, *, why: str, evidence: str = "", until: str = "", override: bool = False
    ) -> str:
        """Say yes; gives which approvals are missing after it."""
        if until:
            refuse_no_last_day(until, "the approval")
        if override and not why.strip():
            raise UsageError("a no is not overridden without a reason", hint="--why '...'")
        row = self._row(version)
        with self._recorded() as (session, person):
            word = person.says("yes", why or "approved by hand", evidence=evidence, until=until)
            return record_word(session, row, word, override=override)

    def reject(self, version: int, *, why: str, evidence: str = "") -> None:
        """Say no: it takes back every yes before it."""
        row = self._row(version)
        with self._recorded() as (session, person):
            record_word(session, row, person.says("no", why, evidence=evidence))

    def deploy(
        self, version: int, *, why: str, override: bool, until: str = ""
    ) -> list[Deployment]:
        """Approve by this, and deploy to all targets."""
        if until:
            refuse_no_last_day(until, "the approval")
        row = self._row(version)
        with self._recorded("deploy") as (session, person):
            return release_by_hand.deploy(
                session, row, person, why=why, override=override, until=until
            )

    def promote(self, version: int, *, why: str, expecting: int | None) -> list[Deployment]:
        """Deploy to all targets by the approvals that there are."""
        row = self._row(version)
        with self._recorded("deploy") as (session, _):
            return release_by_hand.promote(session, row, why=why, expecting=expecting)

    def roll_back(self, *, why: str) -> list[Deployment]:
        """Go back to the champion before."""
        with self._recorded("deploy") as (session, person):
            return release_by_hand.roll_back(session, self.model, person, why=why)

    def probe(self) -> list[Deployment]:
        """Put what is deployed of the champion to the smoke test again; gives what was tried."""
        with self._recorded("deploy") as (session, _):
            return release_by_hand.probe(session, self.model)

    def retire(self, version: int, *, why: str, withdraw: bool) -> list[Deployment]:
        """Take a version out of use; gives what was taken down."""
        row = self._row(version)
        if not why.strip():
            raise UsageError("a version is not retired without a reason", hint="--why '...'")
        with self._recorded("deploy") as (session, _):
            return release_by_hand.retire(session, row, why=why, withdraw=withdraw)

    def alias(self, name: str, version: int | None, *, why: str = "") -> None:
        """Let a name stand for a version, or for none."""
        if name == CHAMPION:
            raise UsageError(
                "the champion is moved by promotion alone",
                hint=f"fourstroke models promote {self.model} VERSION",
            )
        if not is_name(name) or name.removeprefix("v").isdigit():
            raise UsageError(f"{name!r} is no alias", hint="letters, digits, _ and -, not a number")
        if version is not None:
            self._row(version)
        with self._recorded() as (session, _):
            known = aliases_of(session.records.model_labels(self.model))
            was = known.get(name) if version is None else None
            require_may(session, "alias", subject_of(self.model, version or was))
            session.writer.label(
                LabelRow(
                    model=self.model, version=version, kind="alias", name=name, why=why, was=was
                )
            )

    def tag(self, version: int, name: str, value: str) -> None:
        """Tag a version; an empty value takes the tag away."""
        if not is_name(name):
            raise UsageError(f"{name!r} is no name of a tag", hint="letters, digits, _ and -")
        self._label(
            LabelRow(model=self.model, version=version, kind="tag", name=name, value=value), "tag"
        )

    def describe(self, version: int, text: str) -> None:
        """Say in words what a version is."""
        self._label(
            LabelRow(model=self.model, version=version, kind="description", value=text), "describe"
        )

    def move(self, version: int, stage: str, *, why: str) -> None:
        """Move a version to a stage of the project."""
        stages = self.project.config.policy.stages
        if stage not in stages:
            raise UsageError(
                f"there is no stage {stage!r}",
                where="development.policy.stages",
                hint=nearest(stage, stages) or f"there are {', '.join(stages)}",
            )
        self._label(
            LabelRow(model=self.model, version=version, kind="stage", value=stage, why=why), "stage"
        )

    def _label(self, label: LabelRow, action: Action) -> None:
        self._row(label.version or 0)
        with self._recorded() as (session, _):
            require_may(session, action, subject_of(self.model, label.version))
            session.writer.label(label)

    def _row(self, version: int) -> VersionRow:
        return self.project.records.model_version(self.model, version)

    @contextlib.contextmanager
    def _recorded(self, kind: RunKind = "curate") -> Iterator[tuple[Session, Person]]:
        # Who goes back in a hurry does not wait for trainers and their libraries.
        with self.project.recorded(kind, stages=_STAGES) as turn:
            person = acting(turn.session)
            require_proof(turn.session, person, self.model)
            yield turn.session, person
            turn.session.writer.finish("succeeded")

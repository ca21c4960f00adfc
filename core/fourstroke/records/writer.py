"""The writer of one run: every write is one short transaction, open to the run's owner alone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

from fourstroke.entities.data_card import DataCard
from fourstroke.records import (
    alert_words,
    catalog,
    governance,
    labels,
    ledger,
    marks,
    registry,
    steps,
)
from fourstroke.records.ledger import Told
from fourstroke.records.metrics import ROWS_AN_INSERT, row_of
from fourstroke.records.metrics import add as add_metrics
from fourstroke.records.operation_writer import OperationWriter
from fourstroke.records.steps import Attachments, Begun, Reused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.context import MetricPoint
    from fourstroke.entities.data_card import Layer
    from fourstroke.entities.model import Action, Decision, Deployment, ModelVersion, Verdict
    from fourstroke.entities.run import DatasetFact, StepFact
    from fourstroke.records.alert_words import AlertWord
    from fourstroke.records.governance import DeploymentKind
    from fourstroke.records.labels import LabelRow

# How old a value may get before it is written, if more of them come.
_BATCH_SECONDS: Final = 1.0

# What the ledger says of a version that people leave behind.
ROLLED_BACK: Final = "rolled back"

_NO_ARTIFACTS: Mapping[str, Artifact] = {}


@attrs.define(eq=False)
class RunWriter(OperationWriter):
    """Writes what a run finds out, as long as the run is this process's own.

    When a method returns, what it wrote survives a loss of power, except where it says otherwise.

    Raises
    ------
    LostError
        From every method, once others have declared the run dead.
    """

    # Steps and metrics

    def begin_step(self, step: StepFact, *, key: str, parts: Mapping[str, str]) -> int:
        """Record that a step has begun; gives its id.

        Survives the death of the process; a loss of power may forget it.
        """
        with self._writing(is_durable=False) as connection:
            step_id = steps.begin(connection, self._owner.number, step, key)
        self._begun[step_id] = Begun(name=step.name, key=key, parts=dict(parts))
        return step_id

    def end_step(
        self,
        step_id: int,
        fact: StepFact,
        *,
        outputs: Mapping[str, Artifact] = _NO_ARTIFACTS,
        metrics: Sequence[MetricPoint] = (),
        attachments: Sequence[tuple[str, str, Artifact]] = (),
        messages: Sequence[str] = (),
    ) -> None:
        """Record how a step ended and all that it left behind: everything or nothing of it.

        Parameters
        ----------
        step_id : int
            From `begin_step`.
        fact : StepFact
            How it ended; outputs are kept for reuse if it ``succeeded`` or was ``cached``.
        outputs : mapping of str to Artifact
            They must be in the store already.
        metrics : sequence of MetricPoint
            Values that it logged.
        attachments : sequence of (name, kind, Artifact)
            Files for people.
        messages : sequence of str
            Sentences for people.
        """
        begun = self._begun[step_id]
        with self._writing() as connection:
            number = self._owner.number
            left: Attachments = tuple((name, kind, item) for name, kind, item in attachments)
            steps.finish(
                connection,
                number,
                step_id,
                fact,
                begun,
                outputs=outputs,
                attachments=left,
                messages=tuple(messages),
            )
            rows = [row_of(number, step_id, point) for point in metrics]
            add_metrics(connection, rows)
        del self._begun[step_id]

    def record_step(
        self,
        fact: StepFact,
        key: str,
        parts: Mapping[str, str],
        outputs: Mapping[str, Artifact],
    ) -> None:
        """Record a step that was reused, or could not begin."""
        self.record_steps([(fact, key, parts, outputs)])

    def record_steps(
        self,
        entries: Iterable[tuple[StepFact, str, Mapping[str, str], Mapping[str, Artifact]]],
    ) -> None:
        """Record many such steps in one transaction, in their order."""
        rows = [Reused(*entry) for entry in entries]
        if rows:
            with self._writing() as connection:
                steps.add(connection, self._owner.number, rows)

    def log_metrics(self, step_id: int | None, points: Iterable[MetricPoint]) -> None:
        """Record values of a step that is at work, or of the run.

        They are written in batches: with the run's next write, after 1,000 values, or after a
        second if more of them come, and at the latest with the next heartbeat. A process that is
        killed loses what was not written yet.
        """
        rows = [row_of(self._owner.number, step_id, point) for point in points]
        with self._turn:
            self._refuse_if_over()
            self._unwritten += rows
            is_late = time.monotonic() - self._written_at > _BATCH_SECONDS
            if is_late or len(self._unwritten) >= ROWS_AN_INSERT:
                self._write_metrics()

    # Catalog and registry

    def publish_dataset(
        self,
        name: str,
        artifact: Artifact,
        rows: int | None,
        columns: Sequence[str],
        note: str = "",
        profile: Artifact | None = None,
        card: DataCard | None = None,
    ) -> tuple[DatasetFact, bool]:
        """Publish a table; content that is published already keeps its version.

        Returns
        -------
        DatasetFact, bool
            The version, and whether it is new.
        """
        with self._writing() as connection:
            fact, is_new = catalog.publish(
                connection,
                self._owner.number,
                name,
                artifact,
                rows=rows,
                columns=tuple(columns),
                note=note,
                profile=profile,
                card=card or DataCard(),
            )
            if not is_new and card is not None:
                catalog.describe(connection, fact.name, fact.version, card)
            marks.add_datasets(connection, self._owner.number, [(fact.name, fact.version)])
            return fact, is_new

    def use_dataset(self, name: str, version: int, card: DataCard | None = None) -> None:
        """Record that the run made use of a published version, and what people say of it by now."""
        with self._writing(is_durable=False) as connection:
            if card is not None:
                catalog.describe(connection, name, version, card)
            marks.add_datasets(connection, self._owner.number, [(name, version)])

    def move_dataset(self, name: str, version: int, layer: Layer, why: str) -> None:
        """Record that a version has come to a layer of the catalog."""
        with self._telling() as (connection, teller):
            catalog.add_layer(connection, teller, name, version, layer, why)

    def register_model(
        self, model: str, candidate: str, artifact: Artifact, facts: Mapping[str, Any]
    ) -> tuple[ModelVersion, bool]:
        """Register a model; files that are registered already keep their version.

        Parameters
        ----------
        model : str
            The name in the registry.
        candidate : str
            The training step that made it.
        artifact : Artifact
            Its files.
        facts : mapping
            Plain values and entities: whatever belongs to the version for good. Artifacts stand in
            it as their ``to_json``, and count as in use.

        Returns
        -------
        ModelVersion, bool
            The version, and whether it is new.
        """
        with self._telling() as (connection, teller):
            return registry.register(
                connection, teller, model, candidate=candidate, artifact=artifact, facts=facts
            )

    def label(self, label: LabelRow) -> None:
        """Record what people call a version, or how far they moved it."""
        with self._telling() as (connection, teller):
            labels.add(connection, teller, label)

    def promote(
        self,
        model: str,
        version: int,
        why: str,
        *,
        refusing: tuple[int, Decision] | None = None,
        over: Sequence[AlertWord] = (),
    ) -> bool:
        """Make a version the champion; gives ``False`` if it is the champion already.

        Parameters
        ----------
        model, version : str and int
            Version 0 leaves the model without a champion.
        why : str
            The reason.
        refusing : (int, Decision), optional
            The version that is rolled back by this, and the word of whoever does it: both are
            recorded together, or neither.
        over : sequence of AlertWord
            That alerts are over by this; they are recorded with it, if it is one.

        Raises
        ------
        UsageError
            If there is no such version.
        """
        with self._telling() as (connection, teller):
            is_new = registry.promote(connection, teller, model, version, why)
            if refusing is not None:
                left, word = refusing
                governance.add_decision(
                    connection, teller, model, left, "person", word, told=ROLLED_BACK
                )
            for each in over if is_new else ():
                alert_words.add(connection, teller, each)
            return is_new

    # Governance

    def record_verdict(self, version: int | None, model: str, verdict: Verdict) -> None:
        """Record a verdict; ``version`` is ``None`` if the candidate is not registered yet."""
        with self._telling() as (connection, teller):
            governance.add_verdict(connection, teller, version, model, verdict)

    def record_refusal(
        self, subject: str, why: str, action: Action | Literal["token"] = "promote"
    ) -> None:
        """Tell the ledger of an attempt that the policy refused: to promote, say."""
        what = "promotion refused" if action == "promote" else f"{action} refused"
        with self._telling() as (connection, teller):
            ledger.append(connection, teller, Told(what=what, subject=subject, why=why))

    def record_decision(
        self,
        model: str,
        version: int,
        kind: str,
        decision: Decision,
        *,
        told: str = "",
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        """Record a decision of a kind, such as ``approve`` and ``retrain``; the ledger says ``told``."""
        with self._telling() as (connection, teller):
            governance.add_decision(
                connection, teller, model, version, kind, decision, told=told, facts=facts
            )

    def record_deployment(self, deployment: Deployment, kind: DeploymentKind = "deployed") -> None:
        """Record that a version came to a target, or was taken back from it."""
        with self._telling() as (connection, teller):
            governance.add_deployment(connection, teller, deployment, kind)

    def record_return(self, left: Deployment, back: Deployment | None, why: str) -> None:
        """Record that a target went back by itself: from one version, to another one or to none."""
        with self._telling() as (connection, teller):
            governance.add_deployment(connection, teller, left, "returned_by_itself", why)
            if back is not None:
                governance.add_deployment(connection, teller, back, "deployed")

    def note_event(
        self, kind: str, subject: str, why: str, facts: Mapping[str, Any] | None = None
    ) -> int:
        """Append an event of its own to the ledger, such as ``overridden``; gives its number."""
        with self._telling() as (connection, teller):
            told = Told(what=kind, subject=subject, why=why, facts=facts or {})
            return ledger.append(connection, teller, told)

    # Observers

    def record_observers(self, facts: Sequence[StepFact]) -> None:
        """Record how observers fared, in their order; also of a run that has ended.

        Who watches is no step that anything is made of, so that no later owner of the run can
        contradict it.
        """
        if not facts:
            return
        with self._turn, self._database.writing() as connection:
            steps.add(connection, self._owner.number, [Reused(fact, "", {}, {}) for fact in facts])

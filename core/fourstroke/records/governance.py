"""Verdicts, decisions and deployments: what was judged, answered and put to work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import Select, and_, func, or_, select

from fourstroke.records import ledger, tables
from fourstroke.records.columns import now
from fourstroke.records.ledger import Told, subject_of
from fourstroke.records.rows import DecisionRow, DeploymentRow, VerdictRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

    from fourstroke.entities.model import Decision, Deployment, Verdict
    from fourstroke.records.ledger import Teller

# "deploying" is written before a target is asked: if nothing follows, nobody knows what it serves.
DeploymentKind = Literal["deploying", "deployed", "rolled_back", "returned_by_itself", "withdrawn"]
_BEGUN: Final = "deploying"

# Decisions on a promotion: of the project's approver, and of people.
_TOLD: Final = frozenset({"approve", "person"})
_ANSWERS: Final = {"yes": "approved", "no": "refused", "waiting": "waits for approval"}

_verdicts, _decisions, _deployments = tables.verdicts.c, tables.decisions.c, tables.deployments.c


def add_verdict(
    connection: Connection, teller: Teller, version: int | None, model: str, verdict: Verdict
) -> None:
    """Record a verdict, of a registered version or of a candidate that is none yet."""
    said_no = [check for check in verdict.checks if check.says_no]
    warnings = [f"{check.name}: {check.why}" for check in verdict.checks if check.status == "warn"]
    waived = [
        {"check": each.check, "by": each.by, "why": each.why, "until": each.until}
        for each in verdict.waivers
    ]
    values = {
        "model": model,
        "version": version,
        "candidate": verdict.candidate,
        "outcome": verdict.outcome,
        "body": verdict,
    }
    told = Told(
        what="validated" if verdict.passed else "rejected",
        subject=subject_of(model, version),
        why="; ".join(
            [f"{check.name}: {check.why or check.status}" for check in said_no]
            + [
                f"{each.check} waived by {each.by} until {each.until}: {each.why}"
                for each in verdict.waivers
            ]
        ),
        facts={
            "candidate": verdict.candidate,
            "outcome": verdict.outcome,
            "checks": len(verdict.checks),
            "champion": verdict.champion,
            **({"digest": verdict.model_digest} if verdict.model_digest else {}),
            **({"warnings": warnings} if warnings else {}),
            **({"waived": waived} if waived else {}),
        },
    )
    ledger.record(connection, tables.verdicts, values, teller, told)


def add_decision(
    connection: Connection,
    teller: Teller,
    model: str,
    version: int,
    kind: str,
    decision: Decision,
    *,
    told: str = "",
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Record a decision; one on a promotion stands in the ledger too, as ``told`` says it."""
    values = {
        "model": model,
        "version": version,
        "kind": kind,
        "answer": decision.answer,
        "body": decision,
    }
    if kind not in _TOLD and not told:
        row = {**values, "event": None, "run_number": teller.run_number, "at": now()}
        connection.execute(tables.decisions.insert(), row)
        return
    event = Told(
        what=told or _ANSWERS[decision.answer],
        subject=subject_of(model, version),
        why=decision.why,
        facts={"by": decision.by, **(facts or {})},
    )
    ledger.record(connection, tables.decisions, values, teller, event)


def add_deployment(
    connection: Connection,
    teller: Teller,
    deployment: Deployment,
    kind: DeploymentKind,
    why: str = "",
) -> None:
    """Record that a version came to a target, or went from it."""
    values = {
        "model": deployment.model,
        "target": deployment.target,
        "version": deployment.version,
        "kind": kind,
        "body": deployment,
    }
    told = Told(
        what=kind.replace("_", " "),
        subject=subject_of(deployment.model, deployment.version),
        why=why,
        facts={
            "target": deployment.target,
            "location": deployment.location,
            "digest": deployment.digest,
        },
    )
    ledger.record(connection, tables.deployments, values, teller, told)


def verdicts(
    connection: Connection, model: str, version: int | None = None
) -> tuple[VerdictRow, ...]:
    """Read the verdicts of a model, the oldest first; of a version, its candidate's too."""
    query = _with_run(tables.verdicts).where(_verdicts.model == model)
    if version is not None:
        known = tables.model_versions.c
        of_candidate = and_(
            known.model == _verdicts.model,
            known.version == version,
            known.run_number == _verdicts.run_number,
            known.candidate == _verdicts.candidate,
        )
        query = query.where(
            or_(
                _verdicts.version == version,
                and_(_verdicts.version.is_(None), select(known.id).where(of_candidate).exists()),
            )
        )
    return tuple(
        VerdictRow(model=row.model, version=row.version, verdict=row.body, run=row.run, at=row.at)
        for row in connection.execute(query.order_by(_verdicts.id))
    )


def decisions(
    connection: Connection, model: str, version: int | None = None, kind: str | None = None
) -> tuple[DecisionRow, ...]:
    """Read the decisions on a model, the oldest first."""
    query = _with_run(tables.decisions).where(_decisions.model == model)
    if version is not None:
        query = query.where(_decisions.version == version)
    if kind is not None:
        query = query.where(_decisions.kind == kind)
    return tuple(
        DecisionRow(
            model=row.model,
            version=row.version,
            kind=row.kind,
            decision=row.body,
            run=row.run,
            at=row.at,
        )
        for row in connection.execute(query.order_by(_decisions.id))
    )


def deployments(
    connection: Connection, model: str | None = None, *, active_only: bool = False
) -> tuple[DeploymentRow, ...]:
    """Read deployments, the oldest first; only the latest at each target if it is still at work.

    Those that were begun and of which nothing more is known are not among them.
    """
    was_made = _deployments.kind != _BEGUN
    query = _with_run(tables.deployments).where(was_made)
    if model is not None:
        query = query.where(_deployments.model == model)
    if active_only:
        latest = _latest_at_each_target().where(was_made)
        query = query.where(_deployments.id.in_(latest), _deployments.kind == "deployed")
    return _rows(connection, query)


def latest_deployments(connection: Connection, model: str) -> tuple[DeploymentRow, ...]:
    """Read the last that is known of each target of a model, also what was only begun."""
    query = _with_run(tables.deployments).where(
        _deployments.model == model, _deployments.id.in_(_latest_at_each_target())
    )
    return _rows(connection, query)


def _latest_at_each_target() -> Select[Any]:
    return select(func.max(_deployments.id)).group_by(_deployments.model, _deployments.target)


def _rows(connection: Connection, query: Select[Any]) -> tuple[DeploymentRow, ...]:
    return tuple(
        DeploymentRow(
            id=row.id,
            model=row.model,
            target=row.target,
            version=row.version,
            digest=row.body.digest,
            location=row.body.location,
            kind=row.kind,
            deployment=row.body,
            run=row.run,
            at=row.at,
        )
        for row in connection.execute(query.order_by(_deployments.id))
    )


def _with_run(table: Table) -> Select[Any]:
    return select(table, tables.runs.c.run).join(
        tables.runs, tables.runs.c.number == table.c.run_number
    )

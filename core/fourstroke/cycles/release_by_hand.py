"""Deployment, roll-back and retirement by people: their word, the guard, then the release of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.cycles.acting import refusals_told, require_may
from fourstroke.cycles.approving import record_word
from fourstroke.cycles.deploying import withdraw as take_down
from fourstroke.cycles.release import release
from fourstroke.cycles.smoke import can_be_tried, smoke_test
from fourstroke.cycles.standing import is_refused
from fourstroke.errors import FourstrokeError, RefusedError, UsageError
from fourstroke.records.labels import LabelRow

if TYPE_CHECKING:
    from fourstroke.cycles.acting import Person
    from fourstroke.engine.session import Session
    from fourstroke.entities.model import Deployment
    from fourstroke.records import Records
    from fourstroke.records.rows import VersionRow


def deploy(
    session: Session,
    row: VersionRow,
    person: Person,
    *,
    why: str,
    override: bool,
    until: str = "",
) -> list[Deployment]:
    """Approve a version by this, and deploy it to all targets.

    Parameters
    ----------
    session : Session
        The recorded run of this command.
    row : VersionRow
        The version.
    person : Person
        Who approves it by this.
    why : str
        The reason.
    override : bool
        Whether the approval is given although the last word on it was no.
    until : str
        The last day on which the approval holds, of UTC; empty if it holds for good.

    Raises
    ------
    RefusedError
        If the policy does not let it through; then nothing is recorded as approved.
    UsageError
        If the project deploys another model, or has no target.
    """
    _require_targets(session, row.model)
    if override and not why.strip():
        raise UsageError("a no is not overridden without a reason", hint="--why '...'")
    word = person.says("yes", why or "deployed by hand", until=until)
    with session.records.alone(f"release {row.model}"):
        # Before the word: an approval by who may not promote would be left behind.
        require_may(session, "promote", f"{row.model}@v{row.version}")
        record_word(session, row, word, override=override, has_to_suffice=True)
        return _everywhere(session, row, why)


def promote(
    session: Session, row: VersionRow, *, why: str, expecting: int | None
) -> list[Deployment]:
    """Deploy a version to all targets, by the approvals that it has.

    Parameters
    ----------
    session : Session
        The recorded run of this command.
    row : VersionRow
        The version.
    why : str
        The reason.
    expecting : int, optional
        The champion that it is meant to replace, 0 for none; any without it.

    Raises
    ------
    RefusedError
        If the policy does not let it through, or another version became the champion meanwhile.
    """
    _require_targets(session, row.model)
    with session.records.alone(f"release {row.model}"):
        now = session.records.champion(row.model)
        number = 0 if now is None else now.version
        if expecting is not None and number != expecting:
            what = f"{row.model}@v{row.version}"
            with refusals_told(session, what):
                raise RefusedError(
                    f"the champion is {f'v{number}' if number else 'none'} by now, "
                    f"not {f'v{expecting}' if expecting else 'none'}",
                    where=what,
                    hint=f"fourstroke models show {row.model}",
                )
        return _everywhere(session, row, why)


def roll_back(
    session: Session,
    model: str,
    person: Person,
    *,
    why: str,
    evidence: str = "",
    expecting: tuple[int, int] | None = None,
) -> list[Deployment]:
    """Go back to the champion before, past those that were rolled back or refused themselves.

    The version that is left behind gets a no, so that no later run puts it back to work by itself.
    There is no smoke test: who rolls back is in a hurry, and the version was tried when it came.

    Parameters
    ----------
    session : Session
        The recorded run.
    model : str
        The model.
    person : Person
        Whose no it is.
    why : str
        The reason.
    evidence : str
        What it rests on.
    expecting : (int, int), optional
        The champion that is meant, and the version that is to come back; any without it.

    Raises
    ------
    UsageError
        If there is no version to go back to.
    RefusedError
        If the policy does not let it, or others have changed the champion meanwhile.
    """
    _require_targets(session, model)
    with session.records.alone(f"release {model}"):
        now = session.records.champion(model)
        if now is None:
            raise UsageError(f"no version of {model} is in production")
        require_may(session, "rollback", f"{model}@v{now.version}")
        back = _before(session, now)
        if expecting is not None and expecting != (now.version, back.version):
            raise RefusedError(
                f"v{now.version} is the champion by now, and v{back.version} would come back",
                where=f"{model}@v{expecting[0]}",
                hint=f"fourstroke models show {model}",
            )
        told = f"rolled back from v{now.version}{f': {why}' if why else ''}"
        said = f"rolled back{f': {why}' if why else ''}"
        word = person.says("no", said, evidence=evidence)
        return _everywhere(
            session, back, told, action="rollback", refusing=(now.version, word), is_tried=False
        )


def probe(session: Session, model: str) -> list[Deployment]:
    """Put the champion to the smoke test again, at every target that has one.

    Returns
    -------
    list of Deployment
        What was tried and does what it did when it was measured.

    Raises
    ------
    UsageError
        If there is no champion, or no target can try it.
    FourstrokeError
        With a line for each target at which it fails; the ledger tells it, and nothing is returned.
    """
    _require_targets(session, model)
    with session.records.alone(f"release {model}"):
        row = session.records.champion(model)
        if row is None:
            raise UsageError(f"no version of {model} is in production", hint="fourstroke run")
        known = {
            each.target: each.deployment
            for each in session.records.deployments(model, active_only=True)
            if each.digest == row.digest
        }
        tried, errors = [], list[FourstrokeError]()
        for table in session.config.tables["deploy"]:
            if table.name in known and can_be_tried(session, table):
                try:
                    smoke_test(session, table, known[table.name], row)
                    tried.append(known[table.name])
                except FourstrokeError as error:
                    subject, facts = f"{model}@v{row.version}", {"target": table.name}
                    session.writer.note_event("smoke test failed", subject, error.message, facts)
                    errors.append(error)
    if errors:
        raise FourstrokeError.join(errors)
    if not tried:
        raise UsageError(
            f"no target can try what it has of {model}", hint="it needs the hook probe_deployment"
        )
    return tried


def retire(session: Session, row: VersionRow, *, why: str, withdraw: bool) -> list[Deployment]:
    """Take a version out of use for good: nothing promotes it any more.

    Parameters
    ----------
    session : Session
        The recorded run of this command.
    row : VersionRow
        The version.
    why : str
        The reason.
    withdraw : bool
        Whether to take it down where it is at work, and to leave the model without a champion.

    Returns
    -------
    list of Deployment
        What was taken down.

    Raises
    ------
    UsageError
        If it is the champion and is not to be withdrawn.
    """
    require_may(session, "retire", f"{row.model}@v{row.version}")
    with session.records.alone(f"release {row.model}"):
        now = session.records.champion(row.model)
        is_champion = now is not None and now.version == row.version
        if is_champion and not withdraw:
            raise UsageError(
                f"{row.model}@v{row.version} is the champion",
                hint="promote another version or roll back first; --withdraw takes it down",
            )
        down = _take_down(session, row) if withdraw else []
        if is_champion:
            session.writer.promote(row.model, 0, why)
        session.writer.label(
            LabelRow(model=row.model, version=row.version, kind="retired", why=why)
        )
        return down


def _everywhere(session: Session, row: VersionRow, why: str, **how: Any) -> list[Deployment]:
    return [
        release(session, table, row, why=why, **how) for table in session.config.tables["deploy"]
    ]


def _take_down(session: Session, row: VersionRow) -> list[Deployment]:
    at_work = {
        each.target: each.deployment
        for each in session.records.deployments(row.model, active_only=True)
        if each.version == row.version
    }
    targets = [table for table in session.config.tables.get("deploy", ()) if table.name in at_work]
    for table in targets:
        deployment = at_work[table.name]
        take_down(session, table, deployment)
        session.writer.record_deployment(deployment, "withdrawn")
    return [attrs.evolve(at_work[table.name]) for table in targets]


def before(records: Records, now: VersionRow) -> VersionRow | None:
    """Find the champion before one, past those that were retired, rolled back or refused."""
    retired = {
        label.version for label in records.model_labels(now.model) if label.kind == "retired"
    }
    for number in reversed(records.champion_history(now.model)):
        row = records.model_version(now.model, number)
        is_out = number in {now.version, *retired}
        if not is_out and not is_refused(records, row):
            return row
    return None


def _before(session: Session, now: VersionRow) -> VersionRow:
    found = before(session.records, now)
    if found is None:
        raise UsageError(
            f"there is no version of {now.model} to go back to before v{now.version}",
            hint=f"fourstroke models show {now.model}",
        )
    return found


def _require_targets(session: Session, model: str) -> None:
    if model != session.config.model:
        raise UsageError(
            f"the targets of this project serve {session.config.model}, not {model}",
            hint=f"--set model.name={model}",
        )
    if not session.config.tables.get("deploy"):
        raise UsageError("no target is configured", where="development.deploy", hint="name one")

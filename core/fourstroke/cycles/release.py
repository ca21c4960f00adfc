"""Release a version: deploy it, try it, and make it the champion; for runs, people and roll-backs alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke.artifacts.artifact import Artifact
from fourstroke.cycles import alerting
from fourstroke.cycles.acting import refusals_told, require_may
from fourstroke.cycles.deploying import hand_over
from fourstroke.cycles.returning import bring_back
from fourstroke.cycles.smoke import smoke_test
from fourstroke.cycles.standing import all_of, policy_digest
from fourstroke.entities.model import Action, Decision, Deployment
from fourstroke.errors import FourstrokeError
from fourstroke.guard import refuse_unless_allowed

if TYPE_CHECKING:
    import datetime as dt

    from fourstroke.config import Config, PluginTable
    from fourstroke.engine.session import Session
    from fourstroke.entities.run import DatasetFact
    from fourstroke.guard import Standing
    from fourstroke.records.rows import VersionRow


def release(
    session: Session,
    target: PluginTable,
    row: VersionRow,
    *,
    why: str,
    action: Action = "promote",
    refusing: tuple[int, Decision] | None = None,
    is_tried: bool = True,
) -> Deployment:
    """Deploy, try and promote: the only way to do it, for runs, people and roll-backs alike.

    A version becomes the champion when every target of the project has it, and has shown that it
    says there what it said when it was measured. Until then all targets go back if one of them fails.

    Parameters
    ----------
    session : Session
        The recorded run, which keeps others from releasing the model meanwhile.
    target : PluginTable
        The target.
    row : VersionRow
        The version.
    why : str
        The reason, for the ledger.
    action : Action
        What whoever acts has to be allowed to do.
    refusing : (int, Decision), optional
        The version that is rolled back by this, and the word of whoever does it.
    is_tried : bool
        Whether a smoke test comes before the promotion.

    Raises
    ------
    RefusedError
        If the policy does not let the version through, or not who acts.
    FourstrokeError
        If the target fails; it says what the targets have now.
    """
    require_may(session, action, f"{row.model}@v{row.version}")
    known = require_allowed(session, row, is_return=action == "rollback")
    begun = Deployment(
        target=target.name, model=row.model, version=row.version, digest=row.digest, location=""
    )
    session.writer.record_deployment(begun, "deploying")
    try:
        deployment = hand_over(session, target, row)
        session.writer.record_deployment(deployment, "deployed")
        if is_tried:
            smoke_test(session, target, deployment, row)
    except FourstrokeError as error:
        returned = bring_back(session, row.model, error.message)
        error.message = "; ".join([error.message, *returned])
        raise
    session.told(session.events.model_deployed(session.writer.run, deployment))
    if is_everywhere(session, row):
        remarks = _remarks(session.config, known)
        for remark in remarks:
            session.say(f"{known.what}: {remark}")
        told = "; ".join(filter(None, (why, *remarks)))
        # No monitor raises anything about the version before between the look and the promotion.
        with session.records.alone(f"alerts {row.model}"):
            over = alerting.replaced(session.records, row.model, row.version)
            session.writer.promote(row.model, row.version, told, refusing=refusing, over=over)
    return deployment


def _remarks(config: Config, known: Standing) -> list[str]:
    """Say what the ledger has to tell of the verdict beside the reason of a promotion."""
    remarks = []
    said_no = ", ".join(each.name for each in known.said_no)
    if said_no:
        remarks.append(
            f"the latest verdict says no by {said_no}, which keeps nobody from going back"
        )
    if known.judged_by and known.judged_by != policy_digest(config):
        remarks.append("the verdict is by another policy than that of now")
    return remarks


def require_allowed(
    session: Session, row: VersionRow, spoken: Decision | None = None, *, is_return: bool = False
) -> Standing:
    """Ask the guard, with all that stands about a version and perhaps a word of this moment; give that.

    Raises
    ------
    RefusedError
        If the policy does not let the version through; the ledger tells of the attempt.
    """
    known = all_of(
        session.config.policy,
        session.records,
        row,
        session.records.run(session.writer.run),
        spoken,
    )
    if session.config.policy.data_age:
        known = attrs.evolve(known, data_published=_data_published(session, row))
    with refusals_told(session, known.what):
        refuse_unless_allowed(session.config.policy, known, is_return=is_return)
    return known


def is_everywhere(session: Session, row: VersionRow) -> bool:
    """Whether every target of the project has a version at work."""
    at_work = session.records.deployments(row.model, active_only=True)
    reached = {each.target for each in at_work if each.digest == row.digest}
    return reached >= {table.name for table in session.config.tables.get("deploy", ())}


def _data_published(session: Session, row: VersionRow) -> dt.datetime | None:
    """Say when the data that a version was trained on were published first."""
    used: DatasetFact = session.load(Artifact.from_json(row.facts["dataset"]))
    found = session.records.dataset(used.name, used.version)
    return None if found is None else found.created

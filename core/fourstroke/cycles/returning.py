"""Targets go back to the champion by themselves: after a failed deployment, or a death within one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fourstroke.cycles.deploying import hand_over, has_hook, withdraw
from fourstroke.errors import FourstrokeError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fourstroke.config import PluginTable
    from fourstroke.engine.session import Session
    from fourstroke.records.rows import DeploymentRow, VersionRow

_DIED: Final = "the run that deployed it did not come to its end"
# Whoever ended well has left a target with another version on purpose: `run --to`.
_IN_ORDER: Final = frozenset({"running", "succeeded"})


def settle(session: Session) -> None:
    """Bring targets back that a failed or dead run left with something else than the champion."""
    model = session.config.model
    if not any(True for _ in _astray(session, model, _IN_ORDER)):
        return
    with session.records.alone(f"release {model}"):
        for told in _return(session, model, _IN_ORDER, _DIED):
            session.say(told)


def bring_back(session: Session, model: str, why: str) -> list[str]:
    """Bring all targets back to the champion that this run or an earlier one took away from it.

    The version before is deployed again, as it was; without one, what is there is withdrawn. The
    ledger tells it of each target. A target that does not let itself be brought back is tried again
    by the next run.

    Parameters
    ----------
    session : Session
        The recorded run, which keeps others from releasing the model meanwhile.
    model : str
        The model.
    why : str
        What went wrong, for the ledger.

    Returns
    -------
    list of str
        What each of these targets has now.
    """
    return list(_return(session, model, frozenset({"running"}), why))


def _return(session: Session, model: str, spared: frozenset[str], why: str) -> Iterator[str]:
    champion = session.records.champion(model)
    for target, latest in list(_astray(session, model, spared)):
        try:
            yield _return_one(session, target, latest, champion, why)
        except FourstrokeError as error:
            subject = f"{model}@v{latest.version}"
            told = f"{target.name} did not go back: {error.message}"
            session.writer.note_event("return failed", subject, told, {"target": target.name})
            yield told


def _return_one(
    session: Session,
    target: PluginTable,
    latest: DeploymentRow,
    champion: VersionRow | None,
    why: str,
) -> str:
    if champion is not None:
        back = hand_over(session, target, champion)
        session.writer.record_return(latest.deployment, back, why)
        session.told(session.events.model_deployed(session.writer.run, back))
        return f"{target.name} has v{champion.version} again"
    if not has_hook(session, target, "withdraw"):
        return f"{target.name} still has v{latest.version}, and its plugin takes nothing down"
    withdraw(session, target, latest.deployment)
    session.writer.record_return(latest.deployment, None, why)
    return f"{target.name} has none, as before"


def _astray(
    session: Session, model: str, spared: frozenset[str]
) -> Iterator[tuple[PluginTable, DeploymentRow]]:
    """Find targets that have, or may have, another version than the champion.

    Other runs are left alone as long as they are in one of the states that are spared.
    """
    champion = session.records.champion(model)
    digest = "" if champion is None else champion.digest
    known = {row.target: row for row in session.records.latest_deployments(model)}
    for target in session.config.tables.get("deploy", ()):
        latest = known.get(target.name)
        if latest is None or latest.kind not in {"deploying", "deployed"}:
            continue
        if latest.kind == "deployed" and latest.digest == digest:
            continue
        is_own = latest.run == session.writer.run
        if is_own or session.records.run(latest.run).state not in spared:
            yield target, latest

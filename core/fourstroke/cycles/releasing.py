"""The steps from a candidate to the champion: register it, ask for its approval, deploy it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke.config.variables import of_this_call
from fourstroke.cycles.acting import why_not
from fourstroke.cycles.candidates import candidate_of
from fourstroke.cycles.model import table_as_json
from fourstroke.cycles.release import is_everywhere, release
from fourstroke.cycles.standing import APPROVER, is_refused, lacking, persons_word
from fourstroke.cycles.step_names import PROFILE
from fourstroke.entities.model import Decision, Deployment, ModelVersion, Verdict
from fourstroke.errors import BlockedError, RefusedError
from fourstroke.plan import Inputs, Outputs, Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.engine.session import Session
    from fourstroke.engine.work import Bench
    from fourstroke.records.rows import VersionRow


# Work, done in a worker


def ask_approver(bench: Bench) -> Outputs:
    """Ask whether the candidate may be deployed."""
    decision = bench.caller.approve(
        bench.step,
        candidate=candidate_of(bench),
        verdict=bench.load("verdict"),
        context=bench.context,
    )
    return {"value": decision}


# Acts, done in the main process


def register(session: Session, step: Step, inputs: Inputs) -> Outputs:  # noqa: ARG001
    """Put the candidate into the registry; the same files are the same version."""
    choice = session.load(inputs["choice"])
    champion_ = session.load(inputs["champion"])
    train = next(t for t in session.config.tables["train"] if t.name == choice["candidate"])
    profiles = {
        name.removeprefix(PROFILE): artifact.to_json()
        for name, artifact in inputs.items()
        if name.startswith(PROFILE)
    }
    facts = {
        "train": table_as_json(train),
        "evaluation": inputs["evaluation"].to_json(),
        "verdict": inputs["verdict"].to_json(),
        "dataset": inputs["dataset"].to_json(),
        "profiles": profiles,
        "champion_before": champion_["version"],
        "outcome": "pass",
    }
    version, is_new = session.writer.register_model(
        session.config.model, choice["candidate"], inputs["model"], facts
    )
    if is_new:
        session.told(session.events.model_registered(session.writer.run, version))
    name = f"{version.model}@v{version.version}"
    return {"value": version, "summary": name if is_new else f"{name}, unchanged"}


def approve(session: Session, step: Step, inputs: Inputs) -> Outputs:
    """Ask for approval and record the answer.

    Raises
    ------
    BlockedError
        If the answer is no.
    """
    version: ModelVersion = session.load(inputs["version"])
    row = session.records.model_version(version.model, version.version)
    stands = persons_word(session.records, row, session.config.policy)
    needed = lacking(session.config.policy, session.records, row)
    if stands is not None and (stands.answer == "no" or not needed):
        return _unless_others_promote(session, _as_a_person_said(stands, version, inputs), row)
    tables = tuple(plugin.table for plugin in step.plugins)
    done = session.perform(step.name, ask_approver, tables, inputs)
    # A rule proves nothing, whatever it says of itself.
    decision: Decision = attrs.evolve(session.load(done.outputs["value"]), proof="")
    if decision.answer == "yes" and needed:
        # The rule has nothing against it; the policy asks for people.
        decision = Decision(answer="waiting", why=needed, by=decision.by)
    known = session.records.decisions(version.model, version.version, kind=APPROVER)
    # To wait on is no news.
    if decision.answer != "waiting" or not known or known[-1].decision != decision:
        session.writer.record_decision(version.model, version.version, APPROVER, decision)
    if decision.answer == "no":
        raise BlockedError(decision.why, where=f"approval of {version.model}@v{version.version}")
    if decision.answer == "waiting":
        session.say(
            f"{version.model}@v{version.version} waits for approval: "
            f"fourstroke models approve {version.model} {version.version} --why '...'"
        )
        return {"value": decision, "summary": f"waiting: {decision.why}"}
    return _unless_others_promote(session, _granted(decision, inputs, f"yes: {decision.why}"), row)


def _unless_others_promote(session: Session, granted: Outputs, row: VersionRow) -> Outputs:
    """Leave an approved version to those who may promote: who runs the turn counts as who acts."""
    reason = why_not(session, "promote", f"{row.model}@v{row.version}")
    tried = of_this_call(session.config, "development.validate")
    if tried:
        # To try other limits is no fault; what they let through is promoted by nobody.
        session.say(
            f"{row.model}@v{row.version} is not promoted: {', '.join(tried)} is of this call"
        )
        return {"value": granted["value"], "summary": f"{granted['summary']}; tried alone"}
    if not reason:
        return granted
    session.say(
        f"{row.model}@v{row.version} is approved and waits: {reason}: "
        f"fourstroke models promote {row.model} {row.version}"
    )
    return {"value": granted["value"], "summary": f"{granted['summary']}; {reason}"}


def _as_a_person_said(decision: Decision, version: ModelVersion, inputs: Inputs) -> Outputs:
    """Take the word of a person on these very files, in the place of the approver's."""
    if decision.answer == "no":
        raise BlockedError(
            f"{decision.by} said no: {decision.why}",
            where=f"approval of {version.model}@v{version.version}",
            hint="change data or project, or deploy it by hand with --override",
        )
    return _granted(decision, inputs, f"yes, by {decision.by}: {decision.why}")


def _granted(decision: Decision, inputs: Inputs, summary: str) -> Outputs:
    return {
        "value": decision,
        "granted": decision,
        "version": inputs["version"],
        "summary": summary,
    }


def deploy(session: Session, step: Step, inputs: Inputs) -> Outputs:
    """Deploy a version to one target; at the last one it becomes the champion.

    Raises
    ------
    RefusedError
        If another version became the champion since the verdict compared with the one before.
    """
    version: ModelVersion = session.load(inputs["version"])
    verdict: Verdict = session.load(inputs["verdict"])
    row = session.records.model_version(version.model, version.version)
    with session.records.alone(f"release {version.model}"):
        now = session.records.champion(version.model)
        if now is not None and now.version not in {verdict.champion, row.version}:
            raise RefusedError(
                f"v{now.version} has become the champion since this was compared with "
                f"{'none' if verdict.champion is None else f'v{verdict.champion}'}",
                where=f"{row.model}@v{row.version}",
                hint="fourstroke run compares it anew",
            )
        deployment = release(session, step.plugins[0].table, row, why="run")
    return {"value": deployment, "summary": f"v{version.version} at {deployment.location}"}


# Whether what an earlier run did still holds


def is_registered(session: Session, outputs: Mapping[str, Artifact]) -> bool:
    """Say whether the registry has the version, under the name that the model has now."""
    version: ModelVersion | None = session.load(outputs.get("value"))
    if version is None or version.model != session.config.model:
        return False
    known = session.records.model_versions(version.model)
    return any(row.version == version.version and row.digest == version.digest for row in known)


def is_decided(session: Session, outputs: Mapping[str, Artifact]) -> bool:
    """Say whether approval was given and still stands; without it people are asked again."""
    version: ModelVersion | None = session.load(outputs.get("version"))
    if version is None or "granted" not in outputs:
        return False
    row = session.records.model_version(version.model, version.version)
    return not is_refused(session.records, row)


def is_deployed(session: Session, outputs: Mapping[str, Artifact]) -> bool:
    """Say whether the target still has the version at work, and it is the champion by right."""
    deployment: Deployment | None = session.load(outputs.get("value"))
    if deployment is None or deployment.model != session.config.model:
        return False
    if not _is_there(session, deployment):
        return False
    at_work = session.records.deployments(deployment.model, active_only=True)
    if not any(
        row.target == deployment.target and row.digest == deployment.digest for row in at_work
    ):
        return False
    row = session.records.model_version(deployment.model, deployment.version)
    # A run that died between the last target and the promotion has to go on there.
    return row.is_champion or not is_everywhere(session, row)


def _is_there(session: Session, deployment: Deployment) -> bool:
    """Whether a deployment in the project's folder has not been removed; of others nobody knows here."""
    is_path = "/" in deployment.location and "://" not in deployment.location
    return not is_path or (session.config.root / deployment.location).exists()

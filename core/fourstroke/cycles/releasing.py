"""Register a version, ask for its approval, deploy it, and make it the champion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke.cycles.judging import candidate_of
from fourstroke.cycles.model import PROFILE, table_as_json
from fourstroke.entities.model import Decision, Deployment, ModelVersion
from fourstroke.errors import BlockedError
from fourstroke.guard import refuse_unless_allowed
from fourstroke.plan import Inputs, Outputs, Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.config import PluginTable
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


def put_to_work(bench: Bench) -> Outputs:
    """Hand a version's files to the target."""
    folder = bench.context.scratch / "model"
    bench.shop.store.materialize(bench.inputs["model"], folder)
    version = attrs.evolve(bench.load("version"), folder=str(folder))
    return {"value": bench.caller.deploy(bench.step, version=version, context=bench.context)}


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
    tables = tuple(plugin.table for plugin in step.plugins)
    done = session.perform(step.name, ask_approver, tables, inputs)
    decision: Decision = session.load(done.outputs["value"])
    version: ModelVersion = session.load(inputs["version"])
    session.writer.record_decision(version.model, version.version, "approve", decision)
    if decision.answer == "no":
        raise BlockedError(decision.why, where=f"approval of {version.model}@v{version.version}")
    if decision.answer == "waiting":
        session.say(
            f"{version.model}@v{version.version} waits for approval: "
            f"fourstroke models deploy {version.model} {version.version} --why '...'"
        )
        return {"value": decision, "summary": f"waiting: {decision.why}"}
    return {"value": decision, "granted": decision, "summary": f"yes: {decision.why}"}


def deploy(session: Session, step: Step, inputs: Inputs) -> Outputs:
    """Deploy a version to one target and make it the champion."""
    version: ModelVersion = session.load(inputs["version"])
    row = session.records.model_version(version.model, version.version)
    deployment = release(session, step.name, step.plugins[0].table, row, why="run")
    return {"value": deployment, "summary": f"v{version.version} at {deployment.location}"}


def release(
    session: Session, name: str, target: PluginTable, row: VersionRow, *, why: str
) -> Deployment:
    """Deploy and promote: the only way to do it, for runs, people and roll-backs alike.

    Raises
    ------
    RefusedError
        If the policy does not let the version through.
    """
    decisions = session.records.decisions(row.model, row.version, kind="approve")
    run = session.records.run(row.run)
    refuse_unless_allowed(
        session.config.policy,
        what=f"{row.model}@v{row.version}",
        verdict_passed=row.facts.get("outcome") == "pass",
        decision=decisions[-1].decision if decisions else None,
        author=run.user,
        is_dirty=run.dirty,
    )
    inputs = {"version": session.put(row.told()), "model": row.artifact}
    done = session.perform(name, put_to_work, (target,), inputs)
    deployment: Deployment = session.load(done.outputs["value"])
    session.writer.promote(row.model, row.version, why)
    session.writer.record_deployment(deployment, "deployed")
    session.told(session.events.model_deployed(session.writer.run, deployment))
    return deployment


# Whether what an earlier run did still holds


def is_registered(session: Session, outputs: Mapping[str, Artifact]) -> bool:
    """Say whether the registry still has the version."""
    version: ModelVersion | None = session.load(outputs.get("value"))
    if version is None:
        return False
    known = session.records.model_versions(version.model)
    return any(row.version == version.version and row.digest == version.digest for row in known)


def is_decided(session: Session, outputs: Mapping[str, Artifact]) -> bool:  # noqa: ARG001
    """Say whether approval was given; without it people are asked again."""
    return "granted" in outputs


def is_deployed(session: Session, outputs: Mapping[str, Artifact]) -> bool:
    """Say whether the target still has the version at work."""
    deployment: Deployment | None = session.load(outputs.get("value"))
    if deployment is None:
        return False
    at_work = session.records.deployments(deployment.model, active_only=True)
    return any(
        row.target == deployment.target and row.digest == deployment.digest for row in at_work
    )

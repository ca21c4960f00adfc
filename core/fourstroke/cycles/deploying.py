"""Hand a version to a target, and take it down there; nothing of it is recorded here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from fourstroke.config import PluginTable
    from fourstroke.engine.session import Session
    from fourstroke.engine.work import Bench
    from fourstroke.entities.model import Deployment
    from fourstroke.plan import Outputs
    from fourstroke.records.rows import VersionRow


# Work, done in a worker


def put_to_work(bench: Bench) -> Outputs:
    """Hand a version's files to the target."""
    folder = bench.context.scratch / "model"
    bench.shop.store.materialize(bench.inputs["model"], folder)
    version = attrs.evolve(bench.load("version"), folder=str(folder))
    return {"value": bench.caller.deploy(bench.step, version=version, context=bench.context)}


def take_down(bench: Bench) -> Outputs:
    """Take a deployment down."""
    deployment = bench.load("deployment")
    found = bench.caller.withdraw(bench.step, deployment=deployment, context=bench.context)
    return {"value": found}


# Acts, done in the main process


def step_of(target: PluginTable) -> str:
    """Name the step of a target."""
    return f"development.deploy.{target.name}"


def hand_over(session: Session, target: PluginTable, row: VersionRow) -> Deployment:
    """Let a target put a version to work."""
    inputs = {"version": session.put(row.told()), "model": row.artifact}
    done = session.perform(step_of(target), put_to_work, (target,), inputs)
    # Two tables are two targets, whatever their plugins call them.
    made: Deployment = session.load(done.outputs["value"])
    return attrs.evolve(made, target=target.name)


def withdraw(session: Session, target: PluginTable, deployment: Deployment) -> bool:
    """Let a target take a deployment down; gives whether there was something."""
    inputs = {"deployment": session.put(deployment)}
    done = session.perform(step_of(target), take_down, (target,), inputs)
    return bool(session.load(done.outputs["value"]))


def has_hook(session: Session, target: PluginTable, hook: str) -> bool:
    """Say whether a target's plugin has a hook that it need not have."""
    built = session.shop.plugins.get((target.stage, target.name))
    return built is not None and hook in built.hooks

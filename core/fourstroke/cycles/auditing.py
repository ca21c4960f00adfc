"""Audit the parts of a split: what says no keeps every candidate from being trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke.cycles.shape import counted
from fourstroke.cycles.verdicts import failed_check, refuse_if_blocked, still_holds, tally
from fourstroke.plan import Inputs, Outputs, Ref, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fourstroke.config import PluginTable
    from fourstroke.engine.session import Session
    from fourstroke.engine.work import Bench
    from fourstroke.plugins.build import BuiltPlugin

AUDIT = "data.audit."
ADMIT = "data.admit"
PARTS = ("train", "test", "validation")


def steps(
    tables: Sequence[PluginTable], plugins: Mapping[tuple[str, str], BuiltPlugin], split: str
) -> list[Step]:
    """Give the steps that audit, and the one that lets the parts go on to training."""
    parts = {name: Ref(split, name, is_optional=name == "validation") for name in PARTS}
    audits = [
        Step(
            name=f"{AUDIT}{table.name}",
            cycle="data",
            stage="audit",
            inputs=parts,
            plugins=(plugins["audit", table.name],),
            work=audit,
            is_current=still_holds,
            on_failure=failed_check,
        )
        for table in tables
    ]
    admitting = Step(
        name=ADMIT,
        cycle="data",
        stage="admit",
        inputs={**parts, **{step.name: Ref(step.name) for step in audits}},
        act=admit,
    )
    return [*audits, admitting]


def audit(bench: Bench) -> Outputs:
    """Question the parts of the split."""
    parts = {name: bench.load(name) for name in PARTS if name in bench.inputs}
    checks = tuple(bench.caller.audit(bench.step, parts=parts, context=bench.context))
    return {"value": checks, "summary": tally(checks)}


def admit(session: Session, step: Step, inputs: Inputs) -> Outputs:  # noqa: ARG001 - the same for all acts
    """Let the parts go on as they are.

    Raises
    ------
    BlockedError
        If an audit says no: then nothing is trained.
    """
    checks = [
        item
        for name, found in inputs.items()
        if name.startswith(AUDIT)
        for item in session.load(found)
    ]
    refuse_if_blocked(checks, "split")
    parts = {name: inputs[name] for name in PARTS if name in inputs}
    odd = [item for item in checks if item.status == "warn"]
    told = f", {counted(len(odd), 'warning')}" if odd else ""
    return {**parts, "summary": f"{counted(len(checks), 'check')}{told}"}

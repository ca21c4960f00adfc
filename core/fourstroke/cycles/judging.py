"""Hold the chosen candidate against bounds and the champion, and come to a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.artifacts.artifact import Artifact
from fourstroke.config.variables import of_this_call
from fourstroke.cycles.candidates import candidate_of, champion_of
from fourstroke.cycles.looks import look_at
from fourstroke.cycles.model import merged, metric_in_words, table_of
from fourstroke.cycles.returning import settle
from fourstroke.cycles.shadowing import SHADOWED, looked_at
from fourstroke.cycles.shape import counted
from fourstroke.cycles.standing import is_passed, policy_digest
from fourstroke.cycles.verdicts import now, tally
from fourstroke.cycles.waiving import has_ended, unmatched, waived
from fourstroke.engine.step_facts import without_step
from fourstroke.entities.facts import Check, Evaluation, Metric
from fourstroke.entities.model import Verdict
from fourstroke.errors import BlockedError, FourstrokeError
from fourstroke.plan import Inputs, Outputs, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fourstroke.config import Config
    from fourstroke.engine.session import Session
    from fourstroke.engine.work import Bench
    from fourstroke.records.rows import VersionRow

VALIDATE: Final = "development.validate."


# Work, done in a worker


def validate(bench: Bench) -> Outputs:
    """Hold the chosen candidate against a bound or the champion."""
    given = tuple(
        bench.caller.validate(
            bench.step,
            candidate=candidate_of(bench),
            champion=champion_of(bench),
            context=attrs.evolve(bench.context, look=_look(bench)),
        )
    )
    checks = tuple(map(_closed, given))
    return {"value": checks, "summary": tally(checks)}


def _closed(check: Check) -> Check:
    """Make a pass that rests on NaN a no: what cannot be told is no good candidate.

    A check keeps NaN as text, since its record is JSON.
    """
    if check.status not in {"pass", "warn"} or check.observed != "nan":
        return check
    told = "what was observed is NaN, which is no number and keeps no bound"
    why = f"{check.why}; {told}" if check.why else told
    return attrs.evolve(check, status="fail", why=why)


def _look(bench: Bench) -> int:
    if SHADOWED in bench.inputs:
        return int(bench.load(SHADOWED)["look"])
    return max(int(bench.load("look")), 1)


def score_and_evaluate(bench: Bench) -> Outputs:
    """Score held-out rows with the champion and measure it as the candidates were measured."""
    trainer, *evaluators = bench.plugins
    model, data = bench.load("model"), bench.load("data")
    predictions = bench.caller.predict(trainer, model=model, data=data, context=bench.context)
    parts = [
        bench.caller.evaluate(
            name, model=model, data=data, predictions=predictions, context=bench.context
        )
        for name in evaluators
    ]
    return {"predictions": predictions, "evaluation": merged(parts)}


# Acts, done in the main process


def find_champion(session: Session, step: Step, inputs: Inputs) -> Outputs:  # noqa: ARG001 - an act
    """Find the version to compare with: the champion, or the one before if it is the candidate.

    It also counts how often candidates have been compared on these held-out rows.

    The champion was validated against the champion of that day; comparing it with itself would say
    nothing and would make a second run differ from the first. Targets that a dead run left with
    another version go back to it before.
    """
    settle(session)
    row = session.records.champion(session.config.model)
    if row is not None and row.digest == inputs["model"].digest:
        number = row.facts.get("champion_before")
        row = session.records.model_version(session.config.model, number) if number else None
    if row is None:
        return {"value": {"version": None}, "look": 0, "summary": "none yet"}
    judged_before = (each.verdict for each in session.records.verdicts(row.model))
    look = look_at(judged_before, inputs["model"].digest, inputs["data"].digest, row.version)
    return {
        "value": {"version": row.version, "train": row.facts["train"]},
        "model": row.artifact,
        "look": look,
        "summary": f"{row.model}@v{row.version}, look {look} on these rows",
    }


def compare(session: Session, step: Step, inputs: Inputs) -> Outputs:
    """Measure the champion on this run's held-out rows.

    A champion that cannot score them, since a column is gone, gets no metrics: validators then fail
    closed.
    """
    known = session.load(inputs["champion"])
    tables = (table_of(known["train"]), *(plugin.table for plugin in step.plugins))
    needed = {name: inputs[name] for name in ("model", "data")}
    try:
        done = session.perform(step.name, score_and_evaluate, tables, needed)
    except FourstrokeError as error:
        why = f"v{known['version']} cannot score these rows: {error}"
        session.say(f"champion {why}")
        return {
            "evaluation": _unmeasured(session, known["version"], why),
            "summary": "cannot score these rows",
        }
    evaluation = session.load(done.outputs["evaluation"])
    return {**done.outputs, "summary": metric_in_words(evaluation.metrics[0])}


def _unmeasured(session: Session, version: int, why: str) -> Evaluation:
    """Give the champion's metrics without values, so that a validator can say what went wrong."""
    row = session.records.model_version(session.config.model, version)
    before: Evaluation = session.load(Artifact.from_json(row.facts["evaluation"]))
    return Evaluation(
        metrics=tuple(
            Metric(name=each.name, value=None, higher_is_better=each.higher_is_better, why=why)
            for each in before.metrics
        )
    )


def decide_verdict(session: Session, step: Step, inputs: Inputs) -> Outputs:  # noqa: ARG001
    """Put all checks into one verdict and record it.

    Raises
    ------
    BlockedError
        If it is not a pass.
    """
    choice, champion_ = session.load(inputs["choice"]), session.load(inputs["champion"])
    checks = [
        (name.removeprefix(VALIDATE), item)
        for name, artifact in inputs.items()
        if name.startswith(VALIDATE)
        for item in session.load(artifact)
    ]
    for told in unmatched(checks, session.config.policy.waive):
        session.say(told)
    verdict = attrs.evolve(
        judged(session.config, checks, choice["candidate"], champion_["version"]),
        model_digest=inputs["model"].digest,
        rows_digest=inputs["data"].digest,
        look=session.load(inputs["look"]),
        **looked_at(
            session.shop.plugins,
            session.load(inputs.get(SHADOWED)),
            lambda name: session.load(inputs.get(f"{VALIDATE}{name}")),
        ),
    )
    own = _version_of(session, inputs["model"].digest)
    number = None if own is None else own.version
    session.writer.record_verdict(number, session.config.model, verdict)
    session.told(session.events.model_validated(session.writer.run, verdict))
    if not verdict.passed:
        raise BlockedError(in_words(verdict), where="verdict", hint="the report lists every check")
    return {"value": verdict, "model": inputs["model"], "summary": in_words(verdict)}


def is_latest(session: Session, outputs: Mapping[str, Artifact]) -> bool:
    """Say whether no other verdict has been given on these files since.

    The guard goes by the latest one: bounds that were tightened and loosened again have to be
    judged again, to stand.
    """
    model, verdict = outputs.get("model"), session.load(outputs.get("value"))
    row = None if model is None else _version_of(session, model.digest)
    if model is None or row is None:
        return model is not None
    if any(has_ended(waiver, now().date()) for waiver in verdict.waivers):
        return False
    return bool(verdict.passed) is is_passed(session.records, row)


def _version_of(session: Session, digest: str) -> VersionRow | None:
    known = session.records.model_versions(session.config.model)
    return next((row for row in known if row.digest == digest), None)


def judged(
    config: Config, checks: Sequence[tuple[str, Check]], candidate: str, champion_: int | None
) -> Verdict:
    """Judge a candidate by its checks: the worst counts, and no check at all is no pass.

    Each check comes with the name of its step. Checks that the project waives for a while are shown
    and do not count.
    """
    found, waivers = waived(checks, config.policy.waive, now().date())
    failed = not found or any(item.says_no for item in found)
    return Verdict(
        outcome="fail" if failed else "pass",
        checks=found,
        candidate=candidate,
        champion=champion_,
        policy=policy_digest(config),
        waivers=waivers,
        by_call=of_this_call(config, "development.validate"),
    )


def in_words(verdict: Verdict) -> str:
    """Write a verdict as one line, the reason first."""
    said_no = [item for item in verdict.checks if item.says_no]
    if verdict.passed:
        waived_ = f", {len(verdict.waivers)} waived" if verdict.waivers else ""
        return f"pass, {counted(len(verdict.checks), 'check')}{waived_}"
    if not said_no:
        return "fail, since nothing was checked"
    first = said_no[0]
    return f"fail, {len(said_no)} of {len(verdict.checks)} checks say no; {first.name}: {first.why}"


def failed_validation(step: Step, error: FourstrokeError) -> Outputs:
    """Make a validator that raised a check that says no: closed, not open."""
    return {"value": (Check(name=step.name, status="error", why=without_step(step.name, error)),)}

"""The development cycle: validate the chosen candidate, register it, approve it, deploy it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.config import PluginTable
from fourstroke.cycles.data import PUBLISH, SPLIT, has_no_error, tally
from fourstroke.cycles.model import SELECT, merged, metric_in_words
from fourstroke.entities.facts import Check, Evaluation
from fourstroke.entities.model import Candidate, Decision, Deployment, ModelVersion, Verdict
from fourstroke.errors import BlockedError, FourstrokeError
from fourstroke.guard import refuse_unless_allowed
from fourstroke.plan import Inputs, Outputs, Ref, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.config import Config
    from fourstroke.engine.session import Session
    from fourstroke.engine.work import Bench
    from fourstroke.plugins.build import BuiltPlugin
    from fourstroke.records.rows import VersionRow

CHAMPION = "development.champion"
COMPARE = "development.compare"
VERDICT = "development.verdict"
REGISTER = "development.register"
APPROVE = "development.approve"


def steps(config: Config, plugins: Mapping[tuple[str, str], BuiltPlugin]) -> list[Step]:
    """Give the steps of the development cycle."""
    if not config.tables.get("train"):
        return []
    evaluators = tuple(plugins["evaluate", t.name] for t in config.tables.get("evaluate", ()))
    profiles = [
        _profile(plugins["monitor", table.name])
        for table in config.tables.get("monitor", ())
        if "profile" in plugins["monitor", table.name].hooks
    ]
    validators = [_validate(table, plugins) for table in config.tables.get("validate", ())]
    approvers = config.tables.get("approve", ())[:1]
    return [
        *profiles,
        _champion(),
        _compare(evaluators),
        *validators,
        _verdict(validators),
        _register(profiles),
        *(_approve(plugins["approve", table.name]) for table in approvers),
        *(_deploy(plugins["deploy", table.name]) for table in config.tables.get("deploy", ())),
    ]


def _profile(monitor: BuiltPlugin) -> Step:
    return Step(
        name=f"model.profile.{monitor.table.name}",
        cycle="model",
        stage="profile",
        inputs={"data": Ref(SPLIT, "test"), "predictions": Ref(SELECT, "predictions")},
        plugins=(monitor,),
        work=profile,
    )


def _champion() -> Step:
    return Step(
        name=CHAMPION,
        cycle="development",
        stage="champion",
        inputs={"model": Ref(SELECT, "model")},
        act=champion,
        is_volatile=True,
    )


def _compare(evaluators: tuple[BuiltPlugin, ...]) -> Step:
    return Step(
        name=COMPARE,
        cycle="development",
        stage="compare",
        inputs={
            "champion": Ref(CHAMPION),
            "model": Ref(CHAMPION, "model"),
            "data": Ref(SPLIT, "test"),
        },
        plugins=evaluators,
        act=compare,
    )


def _validate(table: PluginTable, plugins: Mapping[tuple[str, str], BuiltPlugin]) -> Step:
    return Step(
        name=f"development.validate.{table.name}",
        cycle="development",
        stage="validate",
        inputs={
            "choice": Ref(SELECT),
            "model": Ref(SELECT, "model"),
            "predictions": Ref(SELECT, "predictions"),
            "evaluation": Ref(SELECT, "evaluation"),
            "data": Ref(SPLIT, "test"),
            "champion": Ref(CHAMPION),
            "champion_model": Ref(CHAMPION, "model", is_optional=True),
            "champion_predictions": Ref(COMPARE, "predictions", is_optional=True),
            "champion_evaluation": Ref(COMPARE, "evaluation", is_optional=True),
        },
        plugins=(plugins["validate", table.name],),
        work=validate,
        is_current=has_no_error,
        on_failure=failed_validation,
    )


def _verdict(validators: Sequence[Step]) -> Step:
    return Step(
        name=VERDICT,
        cycle="development",
        stage="verdict",
        inputs={"choice": Ref(SELECT), "champion": Ref(CHAMPION)}
        | {step.name: Ref(step.name) for step in validators},
        act=decide_verdict,
    )


def _register(profiles: Sequence[Step]) -> Step:
    return Step(
        name=REGISTER,
        cycle="development",
        stage="register",
        inputs={
            "choice": Ref(SELECT),
            "model": Ref(SELECT, "model"),
            "evaluation": Ref(SELECT, "evaluation"),
            "dataset": Ref(PUBLISH),
            "champion": Ref(CHAMPION),
            "verdict": Ref(VERDICT),
        }
        | {step.name: Ref(step.name) for step in profiles},
        act=register,
        is_current=_is_registered,
    )


def _approve(plugin: BuiltPlugin) -> Step:
    return Step(
        name=APPROVE,
        cycle="development",
        stage="approve",
        inputs={
            "choice": Ref(SELECT),
            "model": Ref(SELECT, "model"),
            "evaluation": Ref(SELECT, "evaluation"),
            "version": Ref(REGISTER),
            "verdict": Ref(VERDICT),
        },
        plugins=(plugin,),
        act=approve,
        is_current=_is_decided,
    )


def _deploy(plugin: BuiltPlugin) -> Step:
    return Step(
        name=f"development.deploy.{plugin.table.name}",
        cycle="development",
        stage="deploy",
        inputs={
            "version": Ref(REGISTER),
            "granted": Ref(APPROVE, "granted"),
        },
        plugins=(plugin,),
        act=deploy,
        is_current=_is_deployed,
    )


# Work, done in a worker


def profile(bench: Bench) -> Outputs:
    """Keep what a monitor compares windows with later."""
    value = bench.caller.profile(
        bench.step,
        data=bench.load("data"),
        predictions=bench.load("predictions"),
        context=bench.context,
    )
    return {"value": value}


def validate(bench: Bench) -> Outputs:
    """Hold the chosen candidate against a bound or the champion."""
    checks = tuple(
        bench.caller.validate(
            bench.step,
            candidate=_candidate(bench),
            champion=_champion_candidate(bench),
            context=bench.context,
        )
    )
    return {"value": checks, "summary": tally(checks)}


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


def ask_approver(bench: Bench) -> Outputs:
    """Ask whether the candidate may be deployed."""
    decision = bench.caller.approve(
        bench.step,
        candidate=_candidate(bench),
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


def _candidate(bench: Bench) -> Candidate:
    choice = bench.load("choice")
    model = bench.inputs["model"]
    return Candidate(
        name=choice["candidate"],
        digest=model.digest,
        evaluation=bench.load("evaluation"),
        size_bytes=model.size_bytes,
        data=bench.load("data"),
        predictions=bench.load("predictions"),
        load=lambda: bench.load("model"),
    )


def _champion_candidate(bench: Bench) -> Candidate | None:
    known = bench.load("champion")
    if known["version"] is None:
        return None
    model = bench.inputs["champion_model"]
    return Candidate(
        name="champion",
        digest=model.digest,
        version=known["version"],
        evaluation=bench.load("champion_evaluation") or Evaluation(metrics=()),
        size_bytes=model.size_bytes,
        data=bench.load("data"),
        predictions=bench.load("champion_predictions"),
        load=lambda: bench.load("champion_model"),
    )


# Acts, done in the main process


def champion(session: Session, step: Step, inputs: Inputs) -> Outputs:  # noqa: ARG001 - an act
    """Find the version to compare with: the champion, or the one before if it is the candidate.

    A candidate that is registered already was validated against the champion of that day; comparing
    it with itself would say nothing and would make a second run differ from the first.
    """
    row = session.records.champion(session.config.model)
    digest = inputs["model"].digest
    own = next(
        (
            known
            for known in session.records.model_versions(session.config.model)
            if known.digest == digest
        ),
        None,
    )
    if own is not None:
        number = own.facts.get("champion_before")
        row = session.records.model_version(session.config.model, number) if number else None
    if row is None:
        return {"value": {"version": None}, "summary": "none yet"}
    return {
        "value": {"version": row.version, "train": row.facts["train"]},
        "model": row.artifact,
        "summary": f"{row.model}@v{row.version}",
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
        session.say(f"champion v{known['version']} cannot score these rows: {error}")
        return {"evaluation": Evaluation(metrics=())}
    evaluation = session.load(done.outputs["evaluation"])
    return {**done.outputs, "summary": metric_in_words(evaluation.metrics[0])}


def decide_verdict(session: Session, step: Step, inputs: Inputs) -> Outputs:  # noqa: ARG001
    """Put all checks into one verdict and record it.

    Raises
    ------
    BlockedError
        If it is not a pass.
    """
    choice, champion_ = session.load(inputs["choice"]), session.load(inputs["champion"])
    checks = [
        item
        for name, artifact in inputs.items()
        if name not in {"choice", "champion"}
        for item in session.load(artifact)
    ]
    verdict = verdict_of(checks, choice["candidate"], champion_["version"])
    session.writer.record_verdict(None, session.config.model, verdict)
    session.told(session.events.model_validated(session.writer.run, verdict))
    if not verdict.passed:
        raise BlockedError(in_words(verdict), where="verdict", hint="the report lists every check")
    return {"value": verdict, "summary": in_words(verdict)}


def verdict_of(checks: Sequence[Check], candidate: str, champion_: int | None) -> Verdict:
    """Judge a candidate by its checks: the worst counts, and no check at all is no pass."""
    failed = not checks or any(item.says_no for item in checks)
    return Verdict(
        outcome="fail" if failed else "pass",
        checks=tuple(checks),
        candidate=candidate,
        champion=champion_,
    )


def in_words(verdict: Verdict) -> str:
    """Write a verdict as one line, the reason first."""
    said_no = [item for item in verdict.checks if item.says_no]
    if verdict.passed:
        return f"pass, {len(verdict.checks)} checks"
    if not said_no:
        return "fail, since nothing was checked"
    first = said_no[0]
    return f"fail, {len(said_no)} of {len(verdict.checks)} checks say no; {first.name}: {first.why}"


def register(session: Session, step: Step, inputs: Inputs) -> Outputs:  # noqa: ARG001
    """Put the candidate into the registry; the same files are the same version."""
    choice = session.load(inputs["choice"])
    champion_ = session.load(inputs["champion"])
    train = next(t for t in session.config.tables["train"] if t.name == choice["candidate"])
    profiles = {
        name.removeprefix("model.profile."): artifact.to_json()
        for name, artifact in inputs.items()
        if name.startswith("model.profile.")
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
    inputs = {"version": session.put(_version_of(row)), "model": row.artifact}
    done = session.perform(name, put_to_work, (target,), inputs)
    deployment: Deployment = session.load(done.outputs["value"])
    session.writer.promote(row.model, row.version, why)
    session.writer.record_deployment(deployment, "deployed")
    session.told(session.events.model_deployed(session.writer.run, deployment))
    return deployment


def _version_of(row: VersionRow) -> ModelVersion:
    return ModelVersion(
        model=row.model,
        version=row.version,
        digest=row.digest,
        candidate=row.candidate,
        run=row.run,
        created=row.created,
    )


def failed_validation(step: Step, error: FourstrokeError) -> Outputs:
    """Make a validator that raised a check that says no: closed, not open."""
    return {"value": (Check(name=step.name, status="error", why=str(error)),)}


def table_as_json(table: PluginTable) -> dict[str, Any]:
    """Write down which plugin trained a model: it scores rows when the file has moved on."""
    return {"use": table.use, "name": table.name, "settings": dict(table.settings)}


def table_of(known: Mapping[str, Any]) -> PluginTable:
    """Read back what `table_as_json` wrote."""
    return PluginTable(
        stage="train",
        name=known["name"],
        use=known["use"],
        settings=known["settings"],
        where="the registered model",
        inputs=(),
    )


def _is_registered(session: Session, outputs: Mapping[str, Artifact]) -> bool:
    version: ModelVersion | None = session.load(outputs.get("value"))
    if version is None:
        return False
    known = session.records.model_versions(version.model)
    return any(row.version == version.version and row.digest == version.digest for row in known)


def _is_decided(session: Session, outputs: Mapping[str, Artifact]) -> bool:  # noqa: ARG001
    return "granted" in outputs


def _is_deployed(session: Session, outputs: Mapping[str, Artifact]) -> bool:
    deployment: Deployment | None = session.load(outputs.get("value"))
    if deployment is None:
        return False
    at_work = session.records.deployments(deployment.model, active_only=True)
    return any(
        row.target == deployment.target and row.digest == deployment.digest for row in at_work
    )

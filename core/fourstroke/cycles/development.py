"""The development cycle: validate the chosen candidate, register it, approve it, deploy it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke.config.variables import of_this_call
from fourstroke.cycles import judging, releasing, shadowing
from fourstroke.cycles.auditing import ADMIT
from fourstroke.cycles.data import PUBLISH, SPLIT
from fourstroke.cycles.deploying import step_of
from fourstroke.cycles.step_names import PROFILE, SELECT
from fourstroke.cycles.verdicts import still_holds
from fourstroke.plan import Ref, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fourstroke.config import Config, PluginTable
    from fourstroke.plugins.build import BuiltPlugin

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
    profiles = tuple(
        f"{PROFILE}{table.name}"
        for table in config.tables.get("monitor", ())
        if "profile" in plugins["monitor", table.name].hooks
    )
    validators = [
        _validate(table, plugins, evaluators) for table in config.tables.get("validate", ())
    ]
    shadowed = [shadowing.step(Ref(SELECT, "model"), Ref(CHAMPION))] if _any_shadow(plugins) else []
    approvers = config.tables.get("approve", ())[:1]
    return [
        _champion(),
        _compare(evaluators),
        *shadowed,
        *validators,
        _verdict(config, validators, has_shadow=bool(shadowed)),
        _register(config, profiles),
        *(_approve(plugins["approve", table.name]) for table in approvers),
        *_deploy([plugins["deploy", table.name] for table in config.tables.get("deploy", ())]),
    ]


def _champion() -> Step:
    return Step(
        name=CHAMPION,
        cycle="development",
        stage="champion",
        inputs={"model": Ref(SELECT, "model"), "data": Ref(SPLIT, "test")},
        act=judging.find_champion,
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
        act=judging.compare,
    )


def _any_shadow(plugins: Mapping[tuple[str, str], BuiltPlugin]) -> bool:
    return any(shadowing.needs_shadow(built) for built in plugins.values())


def _validate(
    table: PluginTable,
    plugins: Mapping[tuple[str, str], BuiltPlugin],
    evaluators: tuple[BuiltPlugin, ...],
) -> Step:
    plugin = plugins["validate", table.name]
    # Of a shadow's rows nobody has measured anything yet.
    is_shadow = shadowing.needs_shadow(plugin)
    return Step(
        name=f"{judging.VALIDATE}{table.name}",
        cycle="development",
        stage="validate",
        inputs={
            "choice": Ref(SELECT),
            "model": Ref(SELECT, "model"),
            "predictions": Ref(SELECT, "predictions"),
            "evaluation": Ref(SELECT, "evaluation"),
            "data": Ref(SPLIT, "test"),
            "train": Ref(ADMIT, "train"),
            "dataset": Ref(PUBLISH),
            "champion": Ref(CHAMPION),
            "look": Ref(CHAMPION, "look"),
            "champion_model": Ref(CHAMPION, "model", is_optional=True),
            "champion_predictions": Ref(COMPARE, "predictions", is_optional=True),
            "champion_evaluation": Ref(COMPARE, "evaluation", is_optional=True),
            **(shadowing.inputs() if is_shadow else {}),
        },
        plugins=(plugin, *(evaluators if is_shadow else ())),
        work=judging.validate,
        is_current=still_holds,
        on_failure=judging.failed_validation,
    )


def _verdict(config: Config, validators: Sequence[Step], *, has_shadow: bool) -> Step:
    by_call = of_this_call(config, "development.validate")
    return Step(
        name=VERDICT,
        cycle="development",
        stage="verdict",
        inputs={
            "choice": Ref(SELECT),
            "model": Ref(SELECT, "model"),
            "data": Ref(SPLIT, "test"),
            "champion": Ref(CHAMPION),
            "look": Ref(CHAMPION, "look"),
            **({shadowing.SHADOWED: Ref(shadowing.STEP)} if has_shadow else {}),
        }
        | {step.name: Ref(step.name) for step in validators},
        settings={
            "model.name": config.model,
            # Not in the key while there are none, as there were none before.
            **({"development.policy.waive": _waivers(config)} if config.policy.waive else {}),
            # The same settings count once the file says them.
            **({"settings of this call": list(by_call)} if by_call else {}),
        },
        act=judging.decide_verdict,
        is_current=judging.is_latest,
    )


def _waivers(config: Config) -> list[dict[str, str]]:
    # Only what the project file says: a key must not move with what verdicts keep besides.
    kept = attrs.filters.exclude("step")
    return [attrs.asdict(waiver, filter=kept) for waiver in config.policy.waive]


def _register(config: Config, profiles: Sequence[str]) -> Step:
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
        | {name: Ref(name) for name in profiles},
        settings={"model.name": config.model},
        act=releasing.register,
        is_current=releasing.is_registered,
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
        act=releasing.approve,
        is_current=releasing.is_decided,
    )


def _deploy(plugins: Sequence[BuiltPlugin]) -> list[Step]:
    """Deploy to one target after the other: if one fails, those after it are not touched."""
    names = [step_of(plugin.table) for plugin in plugins]
    return [
        Step(
            name=name,
            cycle="development",
            stage="deploy",
            inputs={
                "version": Ref(REGISTER),
                "verdict": Ref(VERDICT),
                "granted": Ref(APPROVE, "granted"),
                **({"before": Ref(before)} if before else {}),
            },
            plugins=(plugin,),
            act=releasing.deploy,
            is_current=releasing.is_deployed,
        )
        for plugin, name, before in zip(plugins, names, ["", *names], strict=False)
    ]

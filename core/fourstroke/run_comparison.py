"""Put together in what two runs differ: settings, data, metrics, code, environment, results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.code_difference import counted
from fourstroke.comparison import (
    Difference,
    differences,
    judged,
    metrics_by_name,
    settings_by_name,
)
from fourstroke.cycles.data import SPLIT
from fourstroke.cycles.step_names import SELECT
from fourstroke.engine.workshop import Workshop
from fourstroke.entities.facts import Metric
from fourstroke.entities.model import Candidate
from fourstroke.errors import FourstrokeError
from fourstroke.outside import outside

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.artifacts.store import ArtifactStore
    from fourstroke.history import RunDetail
    from fourstroke.project import Project


def compared(project: Project, one: RunDetail, two: RunDetail) -> tuple[Difference, ...]:
    """Say in what two runs differ; what is equal is left out."""
    store = Workshop.of(project.config).store
    metrics = differences("metric", metrics_by_name(one.metrics), metrics_by_name(two.metrics))
    directions = _directions(store, two, metrics) | _directions(store, one, metrics)
    return (
        *differences(
            "setting", settings_by_name(one.run.settings), settings_by_name(two.run.settings)
        ),
        *differences("data", _data(project, one), _data(project, two)),
        *_chosen(project, store, one, two),
        *(judged(each, higher_is_better=directions.get(each.name)) for each in metrics),
        *_code(project, one, two),
        *differences("commit", {"commit": one.run.commit}, {"commit": two.run.commit}),
        *differences("environment", _environment(project, one), _environment(project, two)),
        *differences("result", _results(one), _results(two)),
    )


def _data(project: Project, detail: RunDetail) -> dict[str, Any]:
    """Give the versions, rows and columns of what a run made use of."""
    found: dict[str, Any] = {}
    for reference in detail.run.data:
        name, _, version = reference.partition("@v")
        row = project.records.dataset(name, int(version))
        found[name] = f"v{version}"
        if row is not None:
            found[f"{name}.rows"] = row.rows
            found[f"{name}.columns"] = ", ".join(row.columns)
    return found


def _environment(project: Project, detail: RunDetail) -> dict[str, Any]:
    facts = dict(project.records.provenance(detail.run.run).facts)
    distributions = facts.pop("distributions", {})
    return {**detail.run.versions, **distributions, **facts}


def _code(project: Project, one: RunDetail, two: RunDetail) -> Iterator[Difference]:
    """Count the changed lines of each file; what is told by settings is not told again."""
    try:
        first, second = (project.runs.source(each.run.run) for each in (one, two))
    except FourstrokeError:  # gone or damaged
        return
    if not first or not second:
        return
    for name in sorted({**first, **second}):
        if first.get(name) == second.get(name):
            continue
        added, removed = counted(first.get(name, ""), second.get(name, ""))
        yield Difference(kind="code", name=name, first=f"-{removed}", second=f"+{added}")


def _results(detail: RunDetail) -> dict[str, Any]:
    return {
        f"{step.fact.name}.{name}": artifact.digest
        for step in detail.steps
        for name, artifact in step.outputs.items()
    }


def _directions(
    store: ArtifactStore, detail: RunDetail, metrics: tuple[Difference, ...]
) -> dict[str, bool]:
    """Say of the metrics that evaluators judged whether a higher value is better."""
    wanted = {each.name for each in metrics}
    found: dict[str, bool] = {}
    for step in detail.steps:
        name, artifact = step.fact.name, step.outputs.get("value")
        is_asked = any(each.startswith(f"{name}.") for each in wanted)
        if step.fact.stage != "evaluate" or artifact is None or not is_asked:
            continue
        try:
            evaluation = store.load(artifact)
        except FourstrokeError:  # gone or damaged: the values are in the records all the same
            continue
        for metric in evaluation.metrics:
            found[f"{name}.{metric.name}"] = metric.higher_is_better
    return found


# What was chosen


def _chosen(
    project: Project, store: ArtifactStore, one: RunDetail, two: RunDetail
) -> Iterator[Difference]:
    first, second = _outputs(one), _outputs(two)
    if not first or not second:
        return
    try:
        candidates = [_candidate(store, each) for each in (first, second)]
        paired, why = _paired(project, store, first, second, candidates)
    except FourstrokeError:  # gone: swept, or of a plugin that is not installed any more
        return
    yield from differences(
        "chosen", {"candidate": candidates[0].name}, {"candidate": candidates[1].name}
    )
    values: list[Mapping[str, Metric]] = [
        {metric.name: metric for metric in each.evaluation.metrics} for each in candidates
    ]
    for each in differences(
        "chosen", *({name: metric.value for name, metric in known.items()} for known in values)
    ):
        metric = values[1].get(each.name) or values[0][each.name]
        found = judged(each, higher_is_better=metric.higher_is_better)
        interval = paired.get(each.name)
        if interval is None:
            yield attrs.evolve(found, method=why)
        else:
            yield attrs.evolve(found, low=interval.low, high=interval.high, method=interval.method)


def _outputs(detail: RunDetail) -> dict[str, Artifact]:
    steps = {step.fact.name: step.outputs for step in detail.steps}
    chosen, split = dict(steps.get(SELECT, {})), steps.get(SPLIT, {})
    is_whole = {"value", "evaluation", "model", "predictions"} <= set(chosen) and "test" in split
    return {**chosen, "test": split["test"]} if is_whole else {}


def _candidate(store: ArtifactStore, known: Mapping[str, Artifact]) -> Candidate:
    return Candidate(
        name=store.load(known["value"])["candidate"],
        digest=known["model"].digest,
        evaluation=store.load(known["evaluation"]),
    )


def _paired(
    project: Project,
    store: ArtifactStore,
    first: Mapping[str, Artifact],
    second: Mapping[str, Artifact],
    candidates: list[Candidate],
) -> tuple[dict[str, Metric], str]:
    """Take the differences row by row, where both runs measured on the same rows."""
    if first["test"].digest != second["test"].digest:
        return {}, "measured on other rows"
    built = next(
        (each for each in project.check().values() if "compare_models" in each.hooks), None
    )
    if built is None:
        return {}, "no validator compares models"
    data = store.load(first["test"])
    whole = [
        attrs.evolve(each, data=data, predictions=store.load(known["predictions"]))
        for each, known in zip(candidates, (first, second), strict=True)
    ]
    step = f"development.validate.{built.table.name}"
    with outside(project.config, {}, "compare") as shop:
        caller, context = shop.shop.caller(step, (built.table,)), shop.context(step)
        found = shop.guarded(
            step,
            lambda: caller.compare_models(step, first=whole[0], second=whole[1], context=context),
        )
    return {metric.name: metric for metric in found}, ""

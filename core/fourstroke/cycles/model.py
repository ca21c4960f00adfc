"""The model cycle: train candidates, measure them on held-out rows, choose and explain one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.config import PluginTable
from fourstroke.cycles.auditing import ADMIT
from fourstroke.cycles.data import SPLIT
from fourstroke.cycles.shape import counted, in_words
from fourstroke.cycles.step_names import PROFILE, SELECT
from fourstroke.cycles.withholding import rules_of, withholder
from fourstroke.entities.facts import Evaluation, Metric
from fourstroke.errors import ConfigError, StepError, nearest
from fourstroke.plan import Inputs, Outputs, Ref, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fourstroke.config import Config
    from fourstroke.engine.session import Session
    from fourstroke.engine.work import Bench
    from fourstroke.plugins.build import BuiltPlugin

_WEIGH = "model.weigh."


def steps(config: Config, plugins: Mapping[tuple[str, str], BuiltPlugin]) -> list[Step]:
    """Give the steps of the model cycle: each candidate's own, then the choice among them."""
    candidates = config.tables.get("train", ())
    if not candidates:
        return []
    evaluators = [plugins["evaluate", table.name] for table in config.tables.get("evaluate", ())]
    made: list[Step] = []
    for table in candidates:
        made += _candidate(table, plugins, evaluators)
        if config.select_on != "test":
            made += _weighed(table, config.select_on, plugins, evaluators)
    made.append(_select(config, candidates, evaluators))
    made += [_explain(table, plugins) for table in config.tables.get("explain", ())]
    made += [
        _profile(plugins["monitor", table.name], config)
        for table in config.tables.get("monitor", ())
        if "profile" in plugins["monitor", table.name].hooks
    ]
    return made


def _candidate(
    table: PluginTable,
    plugins: Mapping[tuple[str, str], BuiltPlugin],
    evaluators: Sequence[BuiltPlugin],
) -> list[Step]:
    trainer = plugins["train", table.name]
    model, predictions = Ref(f"model.train.{table.name}"), Ref(f"model.predict.{table.name}")
    test = Ref(SPLIT, "test")
    return [
        Step(
            name=model.step,
            cycle="model",
            stage="train",
            inputs={"data": Ref(ADMIT, "train")},
            plugins=(trainer,),
            work=train,
        ),
        Step(
            name=predictions.step,
            cycle="model",
            stage="predict",
            inputs={"model": model, "data": test},
            plugins=(trainer,),
            work=predict,
        ),
        *(
            Step(
                name=f"model.evaluate.{table.name}.{evaluator.table.name}",
                cycle="model",
                stage="evaluate",
                inputs={"model": model, "data": test, "predictions": predictions},
                plugins=(evaluator,),
                work=evaluate,
            )
            for evaluator in evaluators
        ),
    ]


def _weighed(
    table: PluginTable,
    part: str,
    plugins: Mapping[tuple[str, str], BuiltPlugin],
    evaluators: Sequence[BuiltPlugin],
) -> list[Step]:
    """Measure a candidate on the rows that choose, so that those of test tell nothing of the choice."""
    trainer, rows = plugins["train", table.name], Ref(SPLIT, part)
    model, predictions = Ref(f"model.train.{table.name}"), Ref(f"{_WEIGH}{table.name}.predict")
    return [
        Step(
            name=predictions.step,
            cycle="model",
            stage="predict",
            inputs={"model": model, "data": rows},
            plugins=(trainer,),
            work=predict,
        ),
        *(
            Step(
                name=f"{_WEIGH}{table.name}.by_{evaluator.table.name}",
                cycle="model",
                stage="evaluate",
                inputs={"model": model, "data": rows, "predictions": predictions},
                plugins=(evaluator,),
                work=weigh,
            )
            for evaluator in evaluators
        ),
    ]


def _select(
    config: Config, candidates: Sequence[PluginTable], evaluators: Sequence[BuiltPlugin]
) -> Step:
    inputs: dict[str, Ref] = {}
    for table in candidates:
        inputs[f"{table.name}:model"] = Ref(f"model.train.{table.name}")
        inputs[f"{table.name}:predictions"] = Ref(f"model.predict.{table.name}")
        for evaluator in evaluators:
            name = f"{table.name}.{evaluator.table.name}"
            inputs[f"{table.name}:evaluation:{evaluator.table.name}"] = Ref(
                f"model.evaluate.{name}"
            )
            if config.select_on != "test":
                inputs[f"{table.name}:weighed:{evaluator.table.name}"] = Ref(
                    f"{_WEIGH}{table.name}.by_{evaluator.table.name}"
                )
    return Step(
        name=SELECT,
        cycle="model",
        stage="select",
        inputs=inputs,
        settings={"model.select": config.select, "model.select_on": config.select_on},
        act=select,
    )


def _explain(table: PluginTable, plugins: Mapping[tuple[str, str], BuiltPlugin]) -> Step:
    return Step(
        name=f"model.explain.{table.name}",
        cycle="model",
        stage="explain",
        inputs={"model": Ref(SELECT, "model"), "data": Ref(SPLIT, "test")},
        plugins=(plugins["explain", table.name],),
        work=explain,
    )


def _profile(monitor: BuiltPlugin, config: Config) -> Step:
    return Step(
        name=f"{PROFILE}{monitor.table.name}",
        cycle="model",
        stage="profile",
        inputs={"data": Ref(SPLIT, "test"), "predictions": Ref(SELECT, "predictions")},
        plugins=(monitor,),
        settings=rules_of(config),
        work=profile,
    )


def train(bench: Bench) -> Outputs:
    """Fit one candidate."""
    data = bench.load("data")
    model = bench.caller.train(bench.step, data=data, context=bench.context)
    return {"value": model, "summary": f"on {in_words(data)}"}


def predict(bench: Bench) -> Outputs:
    """Score rows with the plugin that trained the model."""
    predictions = bench.caller.predict(
        bench.step, model=bench.load("model"), data=bench.load("data"), context=bench.context
    )
    return {"value": predictions, "summary": counted(len(predictions), "row")}


def weigh(bench: Bench) -> Outputs:
    """Measure one model on the rows that choose; what counts later is measured on others."""
    evaluation = _evaluated(bench)
    return {"value": evaluation, "summary": _figures(evaluation)}


def evaluate(bench: Bench) -> Outputs:
    """Measure one model."""
    evaluation = _evaluated(bench)
    for metric in evaluation.metrics:
        if metric.value is not None:
            bench.context.log_metric(metric.name, metric.value)
    return {"value": evaluation, "summary": _figures(evaluation)}


def _figures(evaluation: Evaluation) -> str:
    return ", ".join(metric_in_words(metric) for metric in evaluation.metrics[:2])


def _evaluated(bench: Bench) -> Evaluation:
    return bench.caller.evaluate(
        bench.step,
        model=bench.load("model"),
        data=bench.load("data"),
        predictions=bench.load("predictions"),
        context=bench.context,
    )


def explain(bench: Bench) -> Outputs:
    """Make the chosen candidate transparent."""
    sections = tuple(
        bench.caller.explain(
            bench.step, model=bench.load("model"), data=bench.load("data"), context=bench.context
        )
    )
    return {"value": sections, "summary": ", ".join(section.title for section in sections)}


def profile(bench: Bench) -> Outputs:
    """Keep what a monitor compares windows with later: of the rows as they will be logged."""
    withheld = withholder(bench)
    data, predictions = (withheld(bench.load(name)) for name in ("data", "predictions"))
    value = bench.caller.profile(
        bench.step, data=data, predictions=predictions, context=bench.context
    )
    return {"value": value, "summary": f"of {in_words(data)}"}


def select(session: Session, step: Step, inputs: Inputs) -> Outputs:
    """Choose the candidate with the best value of the deciding metric; the first one among equals.

    Raises
    ------
    StepError
        If no candidate has a value of that metric.
    """
    evaluations = candidate_evaluations(session, inputs)
    wanted, rows = session.config.select, session.config.select_on
    weighed = candidate_evaluations(session, inputs, "weighed") if rows != "test" else evaluations
    deciding = {name: _deciding(evaluation, wanted) for name, evaluation in weighed.items()}
    best = ""
    for name, metric in deciding.items():
        if metric.value is not None and (not best or metric.is_better_than(deciding[best])):
            best = name
    if not best:
        why = next(iter(deciding.values())).why
        raise StepError(f"no candidate has a value to be chosen by: {why}", where=step.name)
    return {
        "value": {"candidate": best, "metric": deciding[best].name, "on": rows},
        "model": inputs[f"{best}:model"],
        "predictions": inputs[f"{best}:predictions"],
        "evaluation": evaluations[best],
        "summary": f"{best}: {metric_in_words(deciding[best])}" + f" on {rows}" * (rows != "test"),
    }


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


def candidate_evaluations(
    session: Session, inputs: Inputs, kind: str = "evaluation"
) -> dict[str, Evaluation]:
    """Put together what all evaluators found out about each candidate."""
    found: dict[str, list[Evaluation]] = {}
    for name, artifact in inputs.items():
        candidate, _, rest = name.partition(":")
        if rest.startswith(f"{kind}:"):
            found.setdefault(candidate, []).append(session.load(artifact))
    return {name: merged(parts) for name, parts in found.items()}


def merged(parts: Sequence[Evaluation]) -> Evaluation:
    """Make one evaluation of several; of a metric that two of them give, the first one counts."""
    metrics: dict[str, Metric] = {}
    baseline: dict[str, Metric] = {}
    for part in parts:
        for metric in part.metrics:
            metrics.setdefault(metric.name, metric)
        for metric in part.baseline:
            baseline.setdefault(metric.name, metric)
    return Evaluation(
        metrics=tuple(metrics.values()),
        baseline=tuple(baseline.values()),
        slices=tuple(item for part in parts for item in part.slices),
        charts=tuple(item for part in parts for item in part.charts),
        sections=tuple(item for part in parts for item in part.sections),
    )


def with_first(evaluation: Evaluation, name: str) -> Evaluation:
    """Put the metric that chooses before all others; nothing changes if there is none of the name."""
    ordered = sorted(evaluation.metrics, key=lambda metric: metric.name != name)
    return attrs.evolve(evaluation, metrics=tuple(ordered))


def metric_in_words(metric: Metric) -> str:
    """Write a metric with its interval.

    Examples
    --------
    >>> metric_in_words(Metric(name="roc_auc", value=0.92881, low=0.924, high=0.9331))
    'roc_auc 0.929 [0.924, 0.933]'
    """
    if metric.value is None:
        return f"{metric.name} undefined"
    return f"{metric.name} {_short(metric.value)}{_interval(metric)}"


def _interval(metric: Metric) -> str:
    if metric.low is None or metric.high is None:
        return ""
    return f" [{_short(metric.low)}, {_short(metric.high)}]"


def _short(value: Any) -> str:
    size = abs(value)
    if size >= 1000:  # noqa: PLR2004 - three digits say enough
        return f"{value:,.0f}"
    return f"{value:.1f}" if size >= 100 else f"{value:.3f}"  # noqa: PLR2004


def _deciding(evaluation: Evaluation, wanted: str) -> Metric:
    if not evaluation.metrics:
        return Metric(name=wanted or "metric", value=None, why="no metric was evaluated")
    if not wanted:
        return evaluation.metrics[0]
    metric = evaluation.metric(wanted)
    if metric is None:
        known = [item.name for item in evaluation.metrics]
        raise ConfigError(
            f"no metric {wanted!r} was evaluated", where="model.select", hint=nearest(wanted, known)
        )
    return metric

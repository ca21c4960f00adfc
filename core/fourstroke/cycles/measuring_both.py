"""Measure two versions on the same rows, and take the difference of each metric row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.config.settings import PluginTable
from fourstroke.cycles.model import merged, with_first
from fourstroke.entities.backtest import MetricOnBoth
from fourstroke.entities.facts import Evaluation
from fourstroke.entities.model import Candidate
from fourstroke.errors import FourstrokeError, described
from fourstroke.plugins.build import build

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fourstroke.config import Config
    from fourstroke.engine.work import Bench
    from fourstroke.plugins.build import BuiltPlugin
    from fourstroke.replay.knowing import Known

# What a project without validators is given compares models, too.
_COMPARISON: Final = PluginTable(
    stage="validate",
    name="comparison",
    use="unless_worse",
    where="the bundled comparison of models",
)
# The name of the plugin that trained a version, and the version.
Fitted = tuple[str, Any]


def measuring_plugins(
    plugins: Mapping[tuple[str, str], BuiltPlugin], config: Config
) -> tuple[BuiltPlugin, ...]:
    """Give the project's evaluators, and the validator that compares models row by row."""
    evaluators = [built for (stage, _), built in plugins.items() if stage == "evaluate"]
    return (*evaluators, comparing_plugin(plugins, config))


def comparing_plugin(plugins: Mapping[tuple[str, str], BuiltPlugin], config: Config) -> BuiltPlugin:
    """Give the project's first validator that compares models row by row; the bundled one if it has none.

    What a project asks of candidates need not be a comparison, and whoever goes back or replays
    needs one all the same.
    """
    own = (
        built
        for (stage, _), built in plugins.items()
        if stage == "validate" and "compare_models" in built.hooks
    )
    return next(own, None) or build(_COMPARISON, config)


def measured(bench: Bench, known: Known, before: Fitted, after: Fitted) -> tuple[MetricOnBoth, ...]:
    """Measure what two versions said of rows with a known outcome.

    Parameters
    ----------
    bench : Bench
        Its plugins hold evaluators, called ``evaluate.NAME``, and one ``validate.NAME``, which takes
        the differences: the statistics are those of the verdict.
    known : Known
        The rows.
    before, after : (str, model)
        The version that answered, and the other one.

    Returns
    -------
    tuple of MetricOnBoth
        The metric that chooses first.
    """
    first, second = both_evaluated(bench, known, before, after)
    differences = _differences(bench, first, second)
    found = []
    for own in second.evaluation.metrics:
        other = first.evaluation.metric(own.name)
        if other is not None:
            difference = differences.get(own.name)
            found.append(
                MetricOnBoth(name=own.name, before=other, after=own, difference=difference)
            )
    return tuple(found)


def both_evaluated(
    bench: Bench, known: Known, before: Fitted, after: Fitted
) -> tuple[Candidate, Candidate]:
    """Give both versions as validators see them: rows, predictions, and what evaluators found."""
    pairs = ((before, known.before), (after, known.after))
    parts: list[list[Evaluation]] = [[], []]
    for name in bench.plugins:
        if not name.startswith("evaluate."):
            continue
        try:
            found = [
                bench.caller.evaluate(
                    name,
                    model=model,
                    data=known.data,
                    predictions=predictions,
                    context=bench.context,
                )
                for (_, model), predictions in pairs
            ]
        except Exception as error:  # noqa: BLE001 - the plugin border: one evaluator takes nothing from the others
            why = error.message if isinstance(error, FourstrokeError) else described(error)
            bench.context.say(f"{name} cannot measure these rows: {why}")
            continue
        for part, evaluation in zip(parts, found, strict=True):
            part.append(evaluation)
    select = bench.shop.config.select
    first, second = (
        Candidate(
            name="champion" if at == 0 else "candidate",
            digest="",
            evaluation=with_first(merged(part), select) if select else merged(part),
            data=known.data,
            predictions=predictions,
        )
        for at, (part, (_, predictions)) in enumerate(zip(parts, pairs, strict=True))
    )
    return first, second


def _differences(bench: Bench, first: Candidate, second: Candidate) -> dict[str, Any]:
    name = next(each for each in bench.plugins if each.startswith("validate."))
    try:
        found = bench.caller.compare_models(
            name, first=first, second=second, context=attrs.evolve(bench.context)
        )
    except Exception as error:  # noqa: BLE001 - as above
        why = error.message if isinstance(error, FourstrokeError) else described(error)
        bench.context.say(f"{name} cannot compare these rows: {why}")
        return {}
    return {metric.name: metric for metric in found}

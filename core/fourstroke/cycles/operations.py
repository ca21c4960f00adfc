"""The operations cycle: score batches, log them, monitor, alert, decide to turn again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from fourstroke.cycles import alerting, scoring, watching, windows
from fourstroke.cycles.data import collecting, preparing
from fourstroke.cycles.step_names import PROFILE
from fourstroke.plan import Ref, Step
from fourstroke.windows.silence import is_silence

if TYPE_CHECKING:
    from fourstroke.config import Config, PluginTable
    from fourstroke.plugins.build import BuiltPlugin
    from fourstroke.windows.cutting import CutWindow
    from fourstroke.windows.due import Looks

CHAMPION = "operations.champion"
PREDICT = "operations.predict"
LOG = "operations.log"
WINDOW = "operations.window"
ALERT = "operations.alert"
RETRAIN = "operations.retrain"

Plugins = Mapping[tuple[str, str], "BuiltPlugin"]


def steps(config: Config, plugins: Plugins) -> list[Step]:
    """Give the steps of the cycle for a turn: score ``[operations.batch]`` and monitor it."""
    batches = config.tables.get("batch", ())[:1]
    if not batches or not config.tables.get("train"):
        return []
    before = {
        f"deploy.{table.name}": Ref(f"development.deploy.{table.name}", is_optional=True)
        for table in config.tables.get("deploy", ())
    }
    # A profile that this turn makes anew is there before the champion's are looked for.
    before |= {
        f"{PROFILE}{table.name}": Ref(f"{PROFILE}{table.name}", is_optional=True)
        for table in config.tables.get("monitor", ())
        if "profile" in plugins["monitor", table.name].hooks
    }
    return [
        *scoring_steps(config, plugins, plugins["batch", batches[0].name], before),
        *_monitoring(config, plugins, Ref(LOG, "window")),
    ]


def scoring_steps(
    config: Config, plugins: Plugins, source: BuiltPlugin, after: Mapping[str, Ref]
) -> list[Step]:
    """Give the steps that score one batch with the champion and log what it said.

    The batch goes through the same preparation as the training data, except for what is marked
    ``training_only``; other sources that a preparation joins are read as well.
    """
    prepared = reading_steps(config, plugins, source)
    read = Ref(prepared[0].name)
    data = Ref(prepared[-1].name)
    return [
        _champion(after),
        *prepared,
        Step(
            name=PREDICT,
            cycle="operations",
            stage="predict",
            inputs={
                "champion": Ref(CHAMPION),
                "model": Ref(CHAMPION, "model"),
                "batch": read,
                "data": data,
            },
            act=scoring.score,
        ),
        Step(
            name=LOG,
            cycle="operations",
            stage="log",
            inputs={
                "champion": Ref(CHAMPION),
                "data": data,
                "predictions": Ref(PREDICT, "predictions"),
            },
            act=scoring.log_batch,
        ),
    ]


def reading_steps(config: Config, plugins: Plugins, source: BuiltPlugin) -> list[Step]:
    """Give the steps that read one batch and prepare it for the champion; its own source first."""
    tables = [table for table in config.tables.get("prepare", ()) if not table.training_only]
    first, *others = config.tables["collect"]
    wanted = {name for table in tables for name in table.inputs}
    joined = [
        collecting(table.name, plugins["collect", table.name], "operations")
        for table in others
        if table.name in wanted
    ]
    batch = collecting(source.table.name, source, "operations")
    names = {first.name: batch.name}
    names |= {step.name.rpartition(".")[2]: step.name for step in joined}
    dropped = {table.name for table in config.tables.get("prepare", ())} - {t.name for t in tables}
    chain = [
        attrs.evolve(table, inputs=tuple(n for n in table.inputs if n not in dropped))
        for table in tables
    ]
    return [batch, *joined, *preparing(chain, plugins, names, "operations")]


def monitoring_steps(
    config: Config, plugins: Plugins, window: CutWindow, looked: Looks
) -> list[Step]:
    """Give the steps that monitor one window of the champion's prediction log."""
    gathered = Step(
        name=WINDOW,
        cycle="operations",
        stage="window",
        inputs={"champion": Ref(CHAMPION)},
        act=windows.gathering(window, looked),
        is_volatile=True,
    )
    season = Ref(WINDOW, "season", is_optional=True)
    return [
        _champion({}),
        gathered,
        *_monitoring(config, plugins, Ref(WINDOW, "window"), season if window.season else None),
    ]


def rowless_monitors(
    config: Config, plugins: Plugins, window: CutWindow
) -> tuple[PluginTable, ...]:
    """Give the monitors that say of themselves that they watch what a window without rows shows."""
    asked = {"watches_absence": is_silence(window.name), "watches_failures": window.has_failures}
    words = [word for word, is_asked in asked.items() if is_asked]

    def watches(table: PluginTable) -> bool:
        instance = plugins["monitor", table.name].instance
        return any(getattr(instance, word, False) for word in words)

    return tuple(table for table in config.tables.get("monitor", ()) if watches(table))


def rowless_steps(config: Config, plugins: Plugins, window: CutWindow, looked: Looks) -> list[Step]:
    """Give the steps that judge that no rows came; nothing is decided by that."""
    monitors = rowless_monitors(config, plugins, window)
    watching_it = attrs.evolve(config, tables={**config.tables, "monitor": monitors, "retrain": ()})
    return monitoring_steps(watching_it, plugins, window, looked)


def unwatched_steps(why: str) -> list[Step]:
    """Give the steps of a look that finds nothing to look at, and says why."""
    return [
        _champion({}),
        Step(
            name=WINDOW,
            cycle="operations",
            stage="window",
            inputs={"champion": Ref(CHAMPION)},
            act=windows.finding_none(why),
            is_volatile=True,
        ),
    ]


def _champion(after: Mapping[str, Ref]) -> Step:
    return Step(
        name=CHAMPION,
        cycle="operations",
        stage="champion",
        inputs=after,
        act=scoring.find_champion,
        is_volatile=True,
    )


def _monitoring(
    config: Config, plugins: Plugins, window: Ref, season: Ref | None = None
) -> list[Step]:
    monitors, seasons = [], []
    for table in config.tables.get("monitor", ()):
        plugin = plugins["monitor", table.name]
        reference = Ref(CHAMPION, f"profile.{table.name}", is_optional=True)
        if season is not None and _follows_season(plugin):
            seasons.append(_season(plugin, season, reference))
            reference = Ref(seasons[-1].name, is_optional=True)
        monitors.append(_monitor(plugin, window, reference))
    channels = tuple(plugins["alert", table.name] for table in config.tables.get("alert", ()))
    alert = Step(
        name=ALERT,
        cycle="operations",
        stage="alert",
        inputs={"window": window}
        | {step.name: Ref(step.name) for step in monitors}
        | {step.name: Ref(step.name, "failure", is_optional=True) for step in seasons},
        plugins=channels,
        act=alerting.raise_alerts,
    )
    retrain = [
        Step(
            name=RETRAIN,
            cycle="operations",
            stage="retrain",
            inputs={"report": Ref(ALERT)},
            plugins=(plugins["retrain", table.name],),
            act=watching.decide_retraining,
            is_volatile=True,
        )
        for table in config.tables.get("retrain", ())[:1]
    ]
    return [*seasons, *monitors, alert, *retrain]


def _follows_season(plugin: BuiltPlugin) -> bool:
    """Say whether a monitor can profile scored rows, of which no outcome need be known."""
    return "profile" in plugin.hooks and not getattr(plugin.instance, "needs_outcomes", False)


def _monitor(plugin: BuiltPlugin, window: Ref, reference: Ref) -> Step:
    return Step(
        name=f"operations.monitor.{plugin.table.name}",
        cycle="operations",
        stage="monitor",
        inputs={"window": window, "reference": reference},
        plugins=(plugin,),
        work=watching.monitor,
        on_failure=watching.failed_monitor,
    )


def _season(plugin: BuiltPlugin, season: Ref, reference: Ref) -> Step:
    """Profile the window of the season before as the monitor profiles held-out rows."""
    return Step(
        name=f"operations.season.{plugin.table.name}",
        cycle="operations",
        stage="season",
        inputs={"season": season, "reference": reference},
        plugins=(plugin,),
        work=windows.profile_season,
        on_failure=watching.failed_season,
    )

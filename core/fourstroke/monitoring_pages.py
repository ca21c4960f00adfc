"""Write monitoring reports: one file a format, and figures for systems that collect them."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Final

from fourstroke.artifacts import files
from fourstroke.config import PluginTable
from fourstroke.errors import FourstrokeError, UsageError
from fourstroke.outside import outside
from fourstroke.plugins.build import build
from fourstroke.plugins.services import RenderCaller

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fourstroke.config import Config
    from fourstroke.entities.monitoring_history import MonitoringHistory
    from fourstroke.plugins.build import BuiltPlugin

_HOOK: Final = "render_monitoring"
_METRICS: Final = "prometheus"


def write_reports(
    config: Config, history: MonitoringHistory, folder: Path | None = None
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Write a monitoring report in every format of the project that knows of such reports.

    A format that fails leaves the others as they are.

    Parameters
    ----------
    config : Config
        The project, whose ``[[report]]`` are asked.
    history : MonitoringHistory
        The facts.
    folder : Path, optional
        Where to; beside the report of the run that looked at the latest window without one.

    Returns
    -------
    tuple of tuples
        The files, and what went wrong.
    """
    place = folder or config.home / "reports" / history.run
    place.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    problems: list[str] = []
    for table in config.tables.get("render", ()):
        try:
            plugin = build(table, config)
            if _HOOK in plugin.hooks:
                made.append(_put(config, plugin, history, place.joinpath))
        except FourstrokeError as error:
            problems.append(f"report {table.name}: {error}")
    return tuple(made), tuple(problems)


def write_metrics(config: Config, history: MonitoringHistory, path: Path) -> Path:
    """Write the figures of the latest window as the format ``prometheus`` does, whole or not at all.

    Raises
    ------
    UsageError
        If the file cannot be written there.
    FourstrokeError
        What the format raises.
    """
    require_place(path)
    tables = [each for each in config.tables.get("render", ()) if each.use == _METRICS]
    own = PluginTable(stage="render", name=_METRICS, use=_METRICS, where="--prometheus")
    plugin = build((tables or [own])[0], config)
    return _put(config, plugin, history, lambda _: path)


def require_place(path: Path) -> None:
    """Refuse a place for a file before the work is done that it is for.

    Raises
    ------
    UsageError
        If there is no such folder, or the file cannot be written in it.
    """
    if not path.parent.is_dir():
        raise UsageError("there is no such folder", where=str(path.parent))
    if path.is_dir() or not os.access(path.parent, os.W_OK):
        raise UsageError("it cannot be written", where=str(path))


def _put(
    config: Config,
    plugin: BuiltPlugin,
    history: MonitoringHistory,
    place: Callable[[str], Path],
) -> Path:
    """Render, and put the file where its name belongs, whole or not at all."""
    with outside(config, {}, "page") as shop:
        step = f"report.{plugin.table.name}"
        caller, context = RenderCaller(plugin.instance), shop.context(step)
        made: Path = shop.guarded(step, lambda: caller.page(_HOOK, context, {"history": history}))
        target = place(made.name)
        with files.becoming(target) as partial:
            shutil.copyfile(made, partial)
    return target

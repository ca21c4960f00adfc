"""What of the project file about operations would be taken and never come to anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fourstroke.alerting.settings import OF_NO_MONITOR, AlertSettings
from fourstroke.entities.age import hours_of
from fourstroke.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from fourstroke.config.faults import Faults
    from fourstroke.config.node import Node
    from fourstroke.config.settings import Config
    from fourstroke.replay.settings import RollbackSettings
    from fourstroke.windows.settings import WindowSettings

_OPERATIONS: Final = "operations"
# The shortest month: a season of that length leads from the first of each month into the one before.
_UNITS: Final[Mapping[str, int]] = {"hour": 1, "day": 24, "week": 7 * 24, "month": 28 * 24}


def check_watching(
    tree: Node,
    monitors: Collection[str],
    window: WindowSettings,
    alerting: AlertSettings,
    rollback: RollbackSettings,
    faults: Faults,
) -> None:
    """Note a season without a window, runbooks that nobody can open, and monitors that there are not.

    Parameters
    ----------
    monitors : collection of str
        The names of the project's monitors.
    """
    path = (_OPERATIONS, "rollback", "monitor")
    node = tree.get(*path)
    if node is not None and rollback.monitor and rollback.monitor not in monitors:
        hint = nearest(rollback.monitor, monitors) or "[[operations.monitor]] names one"
        faults.at(node, path, f"there is no monitor {rollback.monitor!r}", hint)
    path = (_OPERATIONS, "window", "season")
    node, wrong = tree.get(*path), _season_fault(window)
    if node is not None and wrong:
        faults.at(node, path, *wrong)
    _check_runbooks(tree, monitors, alerting, faults)


def remarks(config: Config) -> tuple[str, ...]:
    """Say what is allowed and may not be meant, a sentence each."""
    spared = {*config.task.not_features, config.task.target, config.task.id}
    withheld = sorted({*config.log.mask, *config.log.hash} - spared)
    if not withheld:
        return ()
    named = ", ".join(map(repr, withheld))
    lost = "fourstroke backtest" + " and [operations.rollback]" * bool(config.rollback.monitor)
    them = "it" if len(withheld) == 1 else "them"
    remark = (
        f"operations.log: {named} will not be in the log as it was sent; if a model is trained on {them}, "
        f"{lost} cannot replay its rows; task.ignore trains without {them}"
    )
    return (remark,)


def _season_fault(window: WindowSettings) -> tuple[str, str] | None:
    """Say why no window lies a season before another; nothing if one does."""
    if not window.season:
        return None
    if window.by in {"look", "rows"}:
        return (
            f'windows by = "{window.by}" have no season: they begin and end at any time',
            'by = "calendar" or by = "time"; or leave season out',
        )
    season = hours_of(window.season)
    length = hours_of(window.every) if window.by == "time" else _UNITS[window.unit]
    told = window.every if window.by == "time" else f"a {window.unit}"
    is_whole = season >= length if window.unit == "month" and window.by == "calendar" else False
    if is_whole or (length and season and season % length == 0):
        return None
    return (
        f"{window.season!r} before a window lies no whole one: each is {told} long",
        "give a season of whole windows, such as 7d for days and 4w for weeks",
    )


def _check_runbooks(
    tree: Node, monitors: Collection[str], alerting: AlertSettings, faults: Faults
) -> None:
    around = (_OPERATIONS, "alerting", "runbooks")
    table = tree.get(*around)
    if table is None:
        return
    known = [*monitors, *OF_NO_MONITOR]
    for name, link in alerting.runbooks.items():
        node = table.get(name) or table
        if name not in known:
            hint = nearest(name, known) or "[[operations.monitor]] names one"
            faults.at(node, (*around, name), f"there is no monitor {name!r}", hint)
        elif not link.startswith(("https://", "http://")):
            faults.at(
                node,
                (*around, name),
                f"expected a link, got {link!r}",
                "it stands in alerts and reports: write https://...",
            )

"""Let the monitors of an exported model look at rows, against the profiles that came along with it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.cycles.watching import failed_monitor
from fourstroke.cycles.windows import count_known
from fourstroke.cycles.withholding import withheld
from fourstroke.entities.operations import Batch, Window
from fourstroke.errors import FourstrokeError, UsageError
from fourstroke.outside import outside
from fourstroke.plan import Step
from fourstroke.prediction_log.privacy import Privacy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fourstroke.artifacts.table_service import TableService
    from fourstroke.config import Config, PluginTable
    from fourstroke.entities.operations import Observation
    from fourstroke.outside import Outside


@attrs.frozen(kw_only=True)
class Scored:
    """Rows after preparation, what a version said of each, and what turned out to be true, if known."""

    model: str
    version: int
    data: Any = attrs.field(repr=False)
    predictions: Any = attrs.field(repr=False)
    labels: Any = attrs.field(default=None, repr=False)


def monitor(
    config: Config, scored: Scored, reference: Callable[[str], Any]
) -> tuple[Observation, ...]:
    """Let each monitor of a project look at rows; one that fails silences no other.

    Parameters
    ----------
    config : Config
        The project of the model.
    scored : Scored
        The rows, as one window.
    reference : callable
        Gives what the monitor of this name compares with; ``None`` for nothing.

    Returns
    -------
    tuple of Observation
        All figures of all monitors, each with the name of its monitor.

    Raises
    ------
    UsageError
        If the profiles hold hashes of a column under a key that did not come along.
    """
    with outside(config, {}, "monitor") as shop:
        window = _window(scored, _withholder(config, shop.shop.tables))
        return tuple(
            attrs.evolve(observation, monitor=table.name)
            for table in config.tables.get("monitor", ())
            for observation in _asked(shop, table, window, reference)
        )


def _window(scored: Scored, kept: Callable[[Any], Any]) -> Window:
    batch = Batch(
        at=dt.datetime.now(dt.UTC),
        data=kept(scored.data),
        predictions=kept(scored.predictions),
        labels=scored.labels,
    )
    is_told = scored.labels is not None and len(scored.data)
    return Window(
        model=scored.model,
        version=scored.version,
        batches=(batch,),
        labelled=count_known(scored.labels) / len(scored.data) if is_told else None,
    )


def _withholder(config: Config, tables: TableService) -> Callable[[Any], Any]:
    """Give what masks and hashes a table as the profiles are masked and hashed."""
    rules = config.log
    masks = Privacy(mask=frozenset(rules.mask))
    privacy = Privacy.of(config, config.home) if rules.hash_key else masks

    def kept(table: Any) -> Any:
        hashed = set() if rules.hash_key else set(rules.hash) & tables.columns(table).keys()
        if hashed:
            raise UsageError(
                f"{', '.join(sorted(hashed))}: hashed in the profiles with a key of that project alone",
                where="operations.log.hash",
                hint="set operations.log.hash_key there, and train and export again",
            )
        return withheld(tables, privacy, table)

    return kept


def _asked(
    shop: Outside, table: PluginTable, window: Window, reference: Callable[[str], Any]
) -> Sequence[Observation]:
    step = f"operations.monitor.{table.name}"
    try:
        known = reference(table.name)
        caller, context = shop.shop.caller(step, (table,)), shop.context(step)
        found: Sequence[Observation] = shop.guarded(
            step,
            lambda: caller.monitor(step, window=window, reference=known, context=context),
        )
    except FourstrokeError as error:
        failed = Step(name=step, cycle="operations", stage="monitor")
        found = failed_monitor(failed, error)["value"]
    return found

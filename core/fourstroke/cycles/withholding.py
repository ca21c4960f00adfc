"""What the prediction log does not keep, taken out of tables before they are logged or compared with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourstroke.entities.pieces import Pieces
from fourstroke.prediction_log.privacy import JOURNALS, Privacy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fourstroke.artifacts.table_service import TableService
    from fourstroke.config import Config
    from fourstroke.engine.work import Bench
    from fourstroke.plan import Outputs


def rules_of(config: Config) -> Mapping[str, Any]:
    """Give the rules as settings of a step; nothing if all is kept, so that its key stays as it was."""
    rules = config.log
    if not rules.mask and not rules.hash:
        return {}
    return {"operations.log": {"mask": list(rules.mask), "hash": list(rules.hash)}}


def withhold(bench: Bench) -> Outputs:
    """Mask and hash the columns that ``[operations.log]`` names in rows and predictions."""
    apply = withholder(bench)
    return {name: apply(bench.load(name)) for name in ("data", "predictions")}


def withholder(bench: Bench) -> Callable[[Any], Any]:
    """Give what masks and hashes a table; one in many pieces, one after the other."""
    config, tables = bench.shop.config, bench.shop.tables
    if not rules_of(config):
        return lambda table: table
    privacy = Privacy.of(config, bench.shop.scratch.parent / JOURNALS)

    def applied(table: Any) -> Any:
        if isinstance(table, Pieces):
            return table.map(
                lambda piece: withheld(tables, privacy, piece), scratch=bench.context.scratch
            )
        return withheld(tables, privacy, table)

    return applied


def withheld(tables: TableService, privacy: Privacy, table: Any) -> Any:
    """Mask and hash one table; it is given as it is if no rule names a column of it."""
    if not (privacy.mask or privacy.hash):
        return table
    columns = tables.columns(table)
    if not privacy.touches(columns):
        return table
    return tables.of_columns(tables.kind_of(table), [privacy.applied(columns)])

"""Let a trained model predict outside of a run: nothing is recorded, and nothing of it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourstroke.cycles.model import table_of
from fourstroke.outside import outside

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fourstroke.config import Config

_STEP = "predict"


def predict(config: Config, train: Mapping[str, Any], model: Any, data: Any) -> Any:
    """Score rows by the plugin that trained the model.

    Parameters
    ----------
    config : Config
        The project of the model.
    train : mapping
        The table of the plugin, as the registry keeps it.
    model : object
        What the plugin's hook ``train_model`` gave.
    data : table
        Rows with the columns that the model needs, as they are after preparation.

    Returns
    -------
    table
        As the hook ``predict`` gives it.
    """
    table = table_of(train)
    with outside(config, {}, _STEP) as shop:
        caller, context = shop.shop.caller(_STEP, (table,)), shop.context(_STEP)
        return shop.guarded(
            _STEP, lambda: caller.predict(_STEP, model=model, data=data, context=context)
        )

"""What LightGBM is told: the plugin's own settings, and the project's further parameters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import lightgbm
import numpy as np

from fourstroke import ConfigError, Context, Task
from fourstroke_lightgbm.columns import likely

if TYPE_CHECKING:
    from fourstroke_lightgbm.train import LightGBM

QUIET: Final = {"verbosity": -1}
_LARGEST_SEED: Final = 2**31 - 1
_OBJECTIVE: Final = {"binary": "binary", "multiclass": "multiclass", "regression": "regression"}
_BY_SETTING: Final = {
    "num_iterations": "set `rounds`",
    "learning_rate": "set `learning_rate` beside params",
    "num_leaves": "set `leaves`",
    "min_data_in_leaf": "set `leaf_rows`",
    "num_threads": "set `threads`",
    "seed": "set the project's seed",
    "is_unbalance": "set `balanced`",
    "scale_pos_weight": "set `balanced`",
    "ignore_column": "set `features`, or task.ignore",
}
# What the table and the task say already, what has to be so for equal models, and names of files.
_NOT_TO_SET: Final = frozenset(
    {
        "categorical_feature",
        "data",
        "deterministic",
        "force_col_wise",
        "force_row_wise",
        "forcedbins_filename",
        "forcedsplits_filename",
        "group_column",
        "header",
        "label_column",
        "local_listen_port",
        "machine_list_filename",
        "machines",
        "num_class",
        "num_machines",
        "parser_config_file",
        "valid",
        "verbosity",
        "weight_column",
    }
)
_STATED = re.compile(r"^\[(\w+): ", re.MULTILINE)


def parameters_of(settings: LightGBM, context: Context, *, classes: int) -> dict[str, Any]:
    """Give all parameters of one training.

    Raises
    ------
    ConfigError
        With a line for each key of ``params`` that LightGBM does not have, or that is not to be set.
    """
    _refuse_odd(settings, context)
    own = {
        "learning_rate": settings.learning_rate,
        "num_leaves": settings.leaves,
        "min_data_in_leaf": settings.leaf_rows,
        "num_threads": settings.threads,
        "objective": _OBJECTIVE[context.task.kind],
        "seed": context.seed % _LARGEST_SEED,
        # Sums in one order, however many threads there are.
        "deterministic": True,
        "force_col_wise": True,
        **QUIET,
    }
    if context.task.kind == "multiclass":
        own["num_class"] = classes
    return {**own, **settings.params}


def known_parameters() -> frozenset[str]:
    """Name LightGBM's parameters: all that it states at the end of a model.

    It ignores a key that it does not know, and has no list of those that it does.
    """
    rows = lightgbm.Dataset(np.zeros((2, 1)), np.zeros(2), params=dict(QUIET))
    text = lightgbm.train(dict(QUIET), rows, num_boost_round=1).model_to_string()
    return frozenset(_STATED.findall(text[text.index("\nparameters:") :]))


def _refuse_odd(settings: LightGBM, context: Context) -> None:
    if not settings.params:
        return
    known = known_parameters()
    faults = [
        ConfigError(what, where=f"{context.step}.params.{name}", hint=hint)
        for name in settings.params
        for what, hint in [_fault(name, known, context.task)]
        if what
    ]
    if faults:
        raise ConfigError.join(faults)


def _fault(name: str, known: frozenset[str], task: Task) -> tuple[str, str]:
    if name in _BY_SETTING:
        return "this is a setting of the plugin", _BY_SETTING[name]
    if name in _NOT_TO_SET or (name == "objective" and task.kind != "regression"):
        return "this is not to be set: it follows from the project", "leave it out"
    if name not in known:
        hint = likely(name, known) or "use LightGBM's own name, not an alias"
        return "LightGBM has no such parameter", hint
    return "", ""

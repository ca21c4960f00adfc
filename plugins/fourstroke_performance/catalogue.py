"""Which figures there are for each kind of task, and what is better."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fourstroke import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

# With outcomes, the primary figure first, under the names of `evaluate: quality`.
REALISED: Final[Mapping[str, tuple[str, ...]]] = {
    "binary": (
        *("roc_auc", "accuracy", "balanced_accuracy", "f1", "precision", "recall"),
        *("specificity", "average_precision", "brier", "log_loss"),
    ),
    "multiclass": (
        *("accuracy", "f1_macro", "precision_macro", "balanced_accuracy", "specificity_macro"),
        *("roc_auc_ovr", "average_precision_macro", "log_loss"),
    ),
    "regression": ("rmse", "mae", "mse", "r2", "mape"),
}
# Without outcomes: a figure that is made of the same probabilities that it judges is left out.
ESTIMATED: Final[Mapping[str, tuple[str, ...]]] = {
    "binary": tuple(
        name
        for name in REALISED["binary"]
        if name not in {"balanced_accuracy", "brier", "log_loss"}
    ),
    "multiclass": tuple(name for name in REALISED["multiclass"] if name != "log_loss"),
    "regression": ("rmse", "mae", "mse"),
}
# A figure that repeats another is measured if it is asked for, and not by itself.
_ASKED_FOR: Final = frozenset({"mse", "mape", "balanced_accuracy", "specificity_macro"})
_LOWER_IS_BETTER: Final = frozenset({"rmse", "mae", "mse", "mape", "brier", "log_loss"})
# They end at 1, which is perfect.
_OPEN_ENDED: Final = _LOWER_IS_BETTER | {"r2"}


def chosen(asked: tuple[str, ...], known: tuple[str, ...], *, kind: str) -> tuple[str, ...]:
    """Give the figures to take: those that are asked for, or the usual ones.

    Raises
    ------
    ConfigError
        If one is not known for this kind of task.
    """
    for name in asked:
        if name not in known:
            raise ConfigError(
                f"there is no metric {name!r} of a {kind} task here",
                where="metrics",
                hint=f"there are: {', '.join(known)}",
            )
    if asked:
        return tuple(dict.fromkeys(asked))
    twice = _ASKED_FOR - ({"balanced_accuracy"} if kind == "multiclass" else set())
    return tuple(name for name in known if name not in twice)


def higher_is_better(name: str) -> bool:
    """Say whether more of it is better."""
    return name not in _LOWER_IS_BETTER


def ends_at_one(name: str) -> bool:
    """Say whether it lies within 0 and 1, and 1 is perfect."""
    return name not in _OPEN_ENDED


def loss_of(name: str, value: float) -> float:
    """Give what is missing to a perfect figure: ``1 - value``, or the error itself."""
    return 1 - value if higher_is_better(name) else value

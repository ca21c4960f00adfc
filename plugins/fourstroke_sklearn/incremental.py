"""Fit an estimator pass by pass, where it has ``partial_fit``, and stop when it learns no more."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from fourstroke import ConfigError

if TYPE_CHECKING:
    from fourstroke import Context
    from fourstroke_sklearn.folds import Rows
    from fourstroke_sklearn.train import Passes

_MOST_SEED: Final = 2**32


def fit_in_passes(
    settings: Passes,
    estimator: Any,
    rows: Any,
    target: Any,
    folds: list[tuple[Rows, Rows]],
    context: Context,
) -> Any:
    """Fit in batches, and log the score of held-out training rows after each pass.

    Parameters
    ----------
    settings : Passes
        How many passes and rows a batch, and after how many passes without progress to stop.
    estimator : estimator
        Unfitted, with ``partial_fit``.
    rows, target : array
        Training rows as the pipeline made them.
    folds : list
        The rows of the last one are held out to see progress; with ``task.time`` they are the latest.
    context : Context
        Hears of each pass.

    Returns
    -------
    estimator
        As it was after the best pass.
    """
    if not hasattr(estimator, "partial_fit"):
        raise ConfigError(
            f"{type(estimator).__name__} cannot be fitted in passes",
            where=f"{context.step}.passes",
            hint="it has no partial_fit",
        )
    fitted, seen = folds[-1]
    first = {"classes": np.unique(target)} if target.dtype.kind != "f" else {}
    random = np.random.default_rng(context.seed % _MOST_SEED)
    best, best_score, since = estimator, -np.inf, 0
    for number in range(settings.most):
        order = random.permutation(fitted)
        for start in range(0, len(order), settings.rows):
            batch = order[start : start + settings.rows]
            estimator.partial_fit(rows[batch], target[batch], **first)
        score = float(estimator.score(rows[seen], target[seen]))
        context.log_metric("passes.score", score, step=number)
        if score > best_score:
            best, best_score, since = copy.deepcopy(estimator), score, 0
            continue
        since += 1
        if settings.patience and since >= settings.patience:
            break
    kind = "accuracy" if first else "R2"
    context.say(
        f"the best of {number + 1} passes has {kind} {best_score:.4f} on {len(seen):,} training rows held out"
    )
    return best

"""How much better one model is than another on the same rows, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, TypeAlias

import attrs
import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata

from fourstroke import Candidate, Context, Metric, StepError

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"
# Figures of one model from sums over rows of its statistics.
Figure = Callable[[Array], Array]

_TINY: Final = float(np.finfo(float).eps)


@attrs.frozen(kw_only=True)
class Difference:
    """A difference of two models, positive if the first is better, with one-sided bounds.

    ``low`` is exceeded with the asked confidence, and so is ``high`` undercut.
    """

    value: float
    low: float
    high: float
    method: str


def difference(
    own: Metric,
    other: Metric,
    candidate: Candidate,
    champion: Candidate,
    context: Context,
    *,
    confidence: float,
    resamples: int,
) -> Difference:
    """Compare a metric of two models.

    Parameters
    ----------
    own, other : Metric
        The candidate's and the champion's, with values.
    candidate, champion : Candidate
        With the same held-out rows and both models' predictions.
    context : Context
        Names target, positive class and group; its seed is the bootstrap's.
    confidence : float
        One-sided, such as 0.95.
    resamples : int
        Draws of the bootstrap.
    """
    rows = _Rows.of(candidate, champion, context)
    if rows is None:
        return _unpaired(own, other, confidence)
    if own.name == "roc_auc":
        found = _delong(rows, confidence)
        if found is not None:
            return found
    pair = rows.statistics(own.name)
    if pair is None:
        return _unpaired(own, other, confidence)
    random = np.random.default_rng(context.seed)
    return _bootstrap(own, other, rows, pair, confidence, resamples, random)


@attrs.frozen(kw_only=True, eq=False)
class _Rows:
    """Held-out rows with what both models say of them."""

    truth: Array
    own: pd.DataFrame
    other: pd.DataFrame
    positive: str
    is_regression: bool
    clusters: Array | None

    @classmethod
    def of(cls, candidate: Candidate, champion: Candidate, context: Context) -> _Rows | None:
        task = context.task
        data = candidate.data
        if data is None or candidate.predictions is None or champion.predictions is None:
            return None
        if not len(data) == len(candidate.predictions) == len(champion.predictions):
            raise StepError("candidate and champion were not scored on the same rows")
        known = data[task.target].notna().to_numpy()
        target = data[task.target][known]
        is_regression = task.kind == "regression"
        truth = target.to_numpy(dtype=np.float64) if is_regression else _texts(target)
        clusters = None
        if task.group and task.group in data.columns:
            clusters = pd.factorize(data[task.group][known], use_na_sentinel=False)[0]
        return cls(
            truth=truth,
            own=candidate.predictions[known],
            other=champion.predictions[known],
            positive=_positive(task.positive, truth) if task.kind == "binary" else "",
            is_regression=is_regression,
            clusters=clusters,
        )

    def statistics(self, name: str) -> tuple[Array, Array, Figure] | None:
        """Give what a figure is made of, row by row, for both models; nothing if the figure is unknown."""
        make = (_REGRESSION if self.is_regression else _CLASSIFICATION).get(name)
        if make is None or (name in _OF_TWO and not self.positive):
            return None
        own, other = make(self, self.own), make(self, self.other)
        if own is None or other is None:
            return None
        return own, other, _FIGURES[name]

    def scores(self, table: pd.DataFrame) -> Array | None:
        """Give what rows can be ranked by."""
        for what in ("probability", "score"):
            column = f"{what}_{self.positive}"
            if column in table.columns:
                return table[column].to_numpy(dtype=np.float64)
        return None


def _delong(rows: _Rows, confidence: float) -> Difference | None:
    """Compare two areas under the ROC curve (DeLong and others 1988; ranks as in Sun and Xu 2014)."""
    own, other = rows.scores(rows.own), rows.scores(rows.other)
    positive = rows.truth == rows.positive
    if own is None or other is None or positive.all() or not positive.any():
        return None
    area_own, influence_own = _auc_influence(positive, own)
    area_other, influence_other = _auc_influence(positive, other)
    influence = influence_own - influence_other
    error = _standard_error(influence, positive, rows.clusters)
    value = area_own - area_other
    reach = float(norm.ppf(confidence)) * error
    return Difference(value=value, low=value - reach, high=value + reach, method="DeLong's test")


def _auc_influence(positive: Array, scores: Array) -> tuple[float, Array]:
    """Give the area, and how far each row moves it; the variance is the sum of the squares."""
    yes, no = scores[positive], scores[~positive]
    ranks = rankdata(scores)
    above_no = (ranks[positive] - rankdata(yes)) / len(no)
    below_yes = 1 - (ranks[~positive] - rankdata(no)) / len(yes)
    area = float(above_no.mean())
    influence = np.empty(len(scores))
    influence[positive] = (above_no - area) / len(yes)
    influence[~positive] = (below_yes - area) / len(no)
    return area, influence


def _standard_error(influence: Array, positive: Array, clusters: Array | None) -> float:
    if clusters is not None:
        sums = np.bincount(clusters, weights=influence)
        return math.sqrt(float((sums**2).sum()) * len(sums) / max(len(sums) - 1, 1))
    parts = [influence[positive], influence[~positive]]
    return math.sqrt(sum(float((p**2).sum()) * len(p) / max(len(p) - 1, 1) for p in parts))


def _bootstrap(
    own: Metric,
    other: Metric,
    rows: _Rows,
    pair: tuple[Array, Array, Figure],
    confidence: float,
    resamples: int,
    random: np.random.Generator,
) -> Difference:
    """Draw rows again and again, each time the same ones for both models."""
    first, second, figure = pair
    sign = 1 if own.higher_is_better else -1
    both = np.hstack([first, second])
    sums = _resampled(both, _strata(rows), rows.clusters, resamples, random)
    width = first.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = sign * (figure(sums[:, :width]) - figure(sums[:, width:]))
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return _unpaired(own, other, confidence)
    low, high = np.quantile(drawn, [1 - confidence, confidence])
    return Difference(
        value=sign * (_number(own) - _number(other)),
        low=float(low),
        high=float(high),
        method="a paired bootstrap",
    )


def _strata(rows: _Rows) -> Array:
    if rows.is_regression:
        return np.zeros(len(rows.truth), dtype=np.intp)
    return np.asarray(np.unique(rows.truth, return_inverse=True)[1])


def _resampled(
    statistics: Array,
    strata: Array,
    clusters: Array | None,
    resamples: int,
    random: np.random.Generator,
) -> Array:
    """Sum the statistics of drawn rows: as many of each stratum as there are, or whole clusters."""
    if clusters is not None:
        units = np.zeros((int(clusters.max()) + 1, statistics.shape[1]))
        np.add.at(units, clusters, statistics)
        parts = [units]
    else:
        parts = [statistics[strata == stratum] for stratum in np.unique(strata)]
    total = np.zeros((resamples, statistics.shape[1]))
    for part in parts:
        unique, counts = np.unique(part, axis=0, return_counts=True)
        if len(unique) <= len(part) // 4:
            # Rows that are alike need not be told apart: draw how often each kind comes.
            total += random.multinomial(len(part), counts / len(part), size=resamples) @ unique
            continue
        for number in range(resamples):
            drawn = random.integers(len(part), size=len(part))
            total[number] += np.bincount(drawn, minlength=len(part)) @ part
    return total


def _unpaired(own: Metric, other: Metric, confidence: float) -> Difference:
    """Compare by the two intervals: as if the models had been measured on different rows, so wider."""
    sign = 1 if own.higher_is_better else -1
    value = sign * (_number(own) - _number(other))
    errors = [_error(own), _error(other)]
    reach = float(norm.ppf(confidence)) * math.hypot(*errors)
    method = "the two intervals" if any(errors) else "the two values, which have no intervals"
    return Difference(value=value, low=value - reach, high=value + reach, method=method)


def _error(metric: Metric) -> float:
    if metric.low is None or metric.high is None:
        return 0.0
    return (metric.high - metric.low) / (2 * float(norm.ppf(0.5 + metric.confidence / 2)))


def _number(metric: Metric) -> float:
    return math.nan if metric.value is None else metric.value


# What figures are made of


def _cells(rows: _Rows, table: pd.DataFrame) -> Array | None:
    truth, said = rows.truth == rows.positive, _texts(table["prediction"]) == rows.positive
    return np.column_stack([truth & said, ~truth & said, truth & ~said, ~truth & ~said]).astype(
        float
    )


def _hits(rows: _Rows, table: pd.DataFrame) -> Array | None:
    hits = (rows.truth == _texts(table["prediction"])).astype(float)
    return np.column_stack([hits, np.ones(len(hits))])


def _losses(rows: _Rows, table: pd.DataFrame) -> Array | None:
    own = np.full(len(rows.truth), _TINY)
    for name in np.unique(rows.truth):
        column = f"probability_{name}"
        if column in table.columns:
            chosen = rows.truth == name
            own[chosen] = table[column].to_numpy(dtype=np.float64)[chosen]
    if not any(str(name).startswith("probability_") for name in table.columns):
        return None
    return np.column_stack([-np.log(np.clip(own, _TINY, 1.0)), np.ones(len(own))])


def _squares(rows: _Rows, table: pd.DataFrame) -> Array | None:
    column = f"probability_{rows.positive}"
    if column not in table.columns:
        return None
    gap = (rows.truth == rows.positive) - table[column].to_numpy(dtype=np.float64)
    return np.column_stack([gap**2, np.ones(len(gap))])


def _errors(rows: _Rows, table: pd.DataFrame) -> Array | None:
    error = rows.truth - table["prediction"].to_numpy(dtype=np.float64)
    centred = rows.truth - rows.truth.mean()
    return np.column_stack([error**2, np.abs(error), centred, centred**2, np.ones(len(error))])


def _classes(rows: _Rows, table: pd.DataFrame) -> Array | None:
    names = np.unique(rows.truth)
    said = _texts(table["prediction"])
    truth_is, said_is = rows.truth[:, None] == names, said[:, None] == names
    return np.hstack([truth_is & said_is, truth_is, said_is]).astype(float)


def _mean(sums: Array) -> Array:
    return np.asarray(sums[:, 0] / sums[:, -1])


def _f1_macro(sums: Array) -> Array:
    hits, own, given = np.split(sums, 3, axis=1)
    return np.asarray((2 * hits / np.maximum(own + given, 1)).mean(axis=1))


def _recall_macro(sums: Array) -> Array:
    hits, own, _ = np.split(sums, 3, axis=1)
    return np.asarray((hits / np.maximum(own, 1)).mean(axis=1))


Maker = Callable[[_Rows, pd.DataFrame], "Array | None"]

_OF_TWO: Final = frozenset({"f1", "precision", "recall", "brier"})
_CLASSIFICATION: Final[dict[str, Maker]] = {
    "accuracy": _hits,
    "balanced_accuracy": _classes,
    "f1_macro": _classes,
    "f1": _cells,
    "precision": _cells,
    "recall": _cells,
    "log_loss": _losses,
    "brier": _squares,
}
_REGRESSION: Final[dict[str, Maker]] = {
    "rmse": _errors,
    "mae": _errors,
    "r2": _errors,
    "mse": _errors,
}
_FIGURES: Final[dict[str, Figure]] = {
    "accuracy": _mean,
    "balanced_accuracy": _recall_macro,
    "f1_macro": _f1_macro,
    "f1": lambda s: 2 * s[:, 0] / (2 * s[:, 0] + s[:, 1] + s[:, 2]),
    "precision": lambda s: s[:, 0] / (s[:, 0] + s[:, 1]),
    "recall": lambda s: s[:, 0] / (s[:, 0] + s[:, 2]),
    "log_loss": _mean,
    "brier": _mean,
    "rmse": lambda s: np.sqrt(s[:, 0] / s[:, -1]),
    "mse": _mean,
    "mae": lambda s: s[:, 1] / s[:, -1],
    "r2": lambda s: 1 - s[:, 0] / (s[:, 3] - s[:, 2] ** 2 / s[:, -1]),
}


def _texts(values: pd.Series[Any]) -> Array:
    codes, unique = pd.factorize(np.asarray(values))
    names = np.array([_text(label) for label in unique], dtype=object)
    return names[codes] if len(codes) else np.array([], dtype=object)


def _text(label: Any) -> str:
    """Name a class as the columns of predictions do: 1, 1.0 and True by themselves."""
    label = label.item() if isinstance(label, np.generic) else label
    return str(int(label) if isinstance(label, float) and label.is_integer() else label)


def _positive(positive: Any, truth: Array) -> str:
    if positive is not None:
        return _text(positive)
    names = [str(name) for name in np.unique(truth)]
    try:
        return max(names, key=float)
    except ValueError:
        return max(names)

"""What a model that ignores all features would say: the least that a model has to beat."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from fourstroke import Metric
from fourstroke_sklearn.costs import Costs, cost_of
from fourstroke_sklearn.figures import quality
from fourstroke_sklearn.resampled import Uncertainty
from fourstroke_sklearn.scored import Classified, Estimated, Scored


def baseline_of(model: Any, rows: Scored, costs: Costs) -> tuple[Metric, ...]:
    """Measure the baseline on the same rows.

    It gives each row the class shares, or the mean, of the training rows, and the most frequent class.
    Of a model that does not carry them the held-out rows' own are taken, which flatters the baseline.
    """
    prior = _prior_of(model)
    how = Uncertainty(resamples=0)
    dull = _constant(rows, prior) if isinstance(rows, Estimated) else _shares(rows, prior)
    # A constant is certain about nothing: intervals of the baseline would only confuse.
    found = (*quality(dull, how), *cost_of(dull, costs, how))
    return tuple(attrs.evolve(item, low=None, high=None, method="") for item in found)


def _prior_of(model: Any) -> dict[str, float]:
    steps = getattr(model, "steps", ())
    first = steps[0][1] if steps else None
    prior = getattr(first, "prior_", {})
    return prior if isinstance(prior, dict) else {}


def _constant(rows: Estimated, prior: dict[str, float]) -> Estimated:
    mean = prior.get("mean", float(rows.truth.mean()) if len(rows.truth) else 0.0)
    return attrs.evolve(rows, said=np.full(len(rows.truth), mean))


def _shares(rows: Classified, prior: dict[str, float]) -> Classified:
    shares = np.array([prior.get(name, 0.0) for name in rows.classes])
    if not shares.any():
        counts = np.bincount(rows.truth, minlength=len(rows.classes))
        shares = counts / max(len(rows.truth), 1)
    every = np.tile(shares, (len(rows.truth), 1))
    return attrs.evolve(
        rows, said=np.full(len(rows.truth), int(shares.argmax())), probabilities=every, scores=every
    )

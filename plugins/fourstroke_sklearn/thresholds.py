"""What it means to count a row as of the class of interest from a probability on: errors and their cost."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from fourstroke import Chart, Section, Series, Table
from fourstroke_sklearn.costs import Costs, mean_cost
from fourstroke_sklearn.figures import calibration_error
from fourstroke_sklearn.intervals import Array
from fourstroke_sklearn.scored import Classified

_LISTED: Final = tuple(round(tenth / 10, 1) for tenth in range(1, 10))
# As fine as a curve of 360 pixels can show.
_DRAWN: Final = 101


def thresholds_section(rows: Classified, costs: Costs) -> Section:
    """Tabulate what happens at some thresholds, and draw what the errors cost at all."""
    assert rows.probabilities is not None  # noqa: S101 - the caller has looked; for the type checker
    positive = rows.is_positive
    probability = rows.of_class(rows.probabilities, rows.positive)
    thresholds = np.linspace(0, 1, _DRAWN)
    cost = mean_cost(positive, probability, thresholds, costs)
    best = int(np.argmin(cost))
    error = calibration_error(positive, probability)
    return Section(
        title="Thresholds",
        text=f"What happens if a row counts as {rows.positive!r} from this probability on."
        f" If a false alarm costs {costs.false_positive:g} and a miss {costs.false_negative:g}, the least"
        f" cost of these rows is {cost[best]:.3g} a row, at {thresholds[best]:.2f}; choose it on other"
        f" rows than these: threshold in [[model.train]]. Probabilities lie {error:.3f} from what came"
        " true, on average of ten bins.",
        charts=(
            Chart(
                title="Cost by threshold",
                kind="lines",
                series=(Series(name="model", x=_short(thresholds), y=_short(cost)),),
                x_label="threshold",
                y_label="cost of the errors, a row",
            ),
        ),
        tables=(
            Table(
                columns=(
                    "threshold",
                    "rows found",
                    "precision",
                    "recall",
                    "false alarm rate",
                    "cost a row",
                ),
                rows=tuple(_line(positive, probability, each, costs) for each in _LISTED),
            ),
        ),
    )


def _line(
    positive: Array, probability: Array, threshold: float, costs: Costs
) -> tuple[float | int | None, ...]:
    said = probability >= threshold
    hits, found = int((said & positive).sum()), int(said.sum())
    cost = mean_cost(positive, probability, np.array([threshold]), costs)[0]
    return (
        threshold,
        found,
        _ratio(hits, found),
        _ratio(hits, int(positive.sum())),
        _ratio(found - hits, int((~positive).sum())),
        _figure(cost),
    )


def _ratio(part: int, whole: int) -> float | None:
    return _figure(part / whole) if whole else None


def _short(values: Array) -> tuple[float, ...]:
    return tuple(_figure(value) for value in values)


def _figure(value: Any) -> float:
    return float(f"{float(value):.5g}")

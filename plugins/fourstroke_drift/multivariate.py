"""Compare whole rows of a window with those of the reference, by a classifier that tells them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
from scipy.special import ndtri
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # has no types

from fourstroke import Observation
from fourstroke_drift.domain import Domain
from fourstroke_drift.kept import Drawing, KeptRows

if TYPE_CHECKING:
    from fourstroke import Window

NAME: Final = "multivariate_drift"
STATISTIC: Final = "domain_auc"
# As many columns as read well.
_SHOWN: Final = 5
# A column that is named has at least this share of what is above chance.
_LEAST_SHARE: Final = 0.1


@attrs.frozen(kw_only=True)
class Limits:
    """From when on a difference is drift; see the settings of the plugin."""

    effect: float
    false_alarms: float
    minimum_rows: int


def watch(
    window: Window, kept: KeptRows, limits: Limits, *, most: int, seed: int
) -> tuple[Observation, ...]:
    """Give one observation of the window, and if it alerts one of each column that tells most."""
    drawing = Drawing.of(window, kept.columns, most=most, seed=seed)
    kept = kept.without(drawing.left_out)
    if why := _too_little(kept, drawing.rows, limits.minimum_rows):
        return (Observation(name=NAME, status="unknown", statistic=STATISTIC, why=why),)
    cells = drawing.cells()
    codes = np.column_stack(
        [
            column.codes(np.concatenate([kept.cells[name], cells[name]]))
            for name, column in kept.columns.items()
        ]
    )
    # Threads that wait for each other on a busy machine take a hundred times as long.
    with threadpool_limits(1):
        domain = Domain(
            codes[: kept.rows],
            codes[kept.rows :],
            [column.is_category for column in kept.columns.values()],
            seed=seed,
        )
        return _judged(domain, kept, drawing.rows, limits)


def _judged(domain: Domain, kept: KeptRows, rows: int, limits: Limits) -> tuple[Observation, ...]:
    auc = domain.auc()
    by_chance = 0.5 - float(ndtri(limits.false_alarms)) * auc.error
    threshold = min(max(limits.effect, by_chance), 1.0)
    is_drifting = auc.value > threshold
    compared = f"{rows:,} rows beside {kept.rows:,} of the reference"
    named = _telling(domain, list(kept.columns), auc.value) if is_drifting else ()
    found = Observation(
        name=NAME,
        status="alert" if is_drifting else "ok",
        value=auc.value,
        threshold=threshold,
        statistic=STATISTIC,
        why=f"{_in_words(named)}; {compared}" if is_drifting else compared,
    )
    return (found, *named)


def _too_little(kept: KeptRows, rows: int, least: int) -> str:
    if not kept.columns:
        return "there is no column to compare rows by"
    if min(kept.rows, rows) >= least:
        return ""
    which = "window" if rows < least else "reference"
    return f"the {which} has {min(kept.rows, rows)} rows, and fewer than {least} say too little"


def _telling(domain: Domain, names: list[str], auc: float) -> tuple[Observation, ...]:
    """Name the columns without which the classifier tells the two apart much less."""
    lost = domain.importance()
    order = np.argsort(-lost, kind="stable")[:_SHOWN]
    return tuple(
        Observation(
            name=NAME,
            column=names[at],
            status="ok",
            value=float(lost[at]),
            statistic="lost_auc",
            why="how much less the two are told apart without it",
        )
        for at in order
        if lost[at] >= _LEAST_SHARE * (auc - 0.5)
    )


def _in_words(named: tuple[Observation, ...]) -> str:
    told = "a classifier tells these rows from those of the reference"
    if not named:
        return f"{told} by many columns, by none much"
    return f"{told} by {', '.join(f'{each.column} ({_figure(each.value)})' for each in named)}"


def _figure(value: Any) -> str:
    return f"{value:.2f}"

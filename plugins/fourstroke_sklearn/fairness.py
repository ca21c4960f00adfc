"""Whether groups of people are treated alike: rates by group, and the gaps between them.

The measures are those of S. Barocas, M. Hardt, A. Narayanan (2023), Fairness and machine learning,
chapter 3, under the names that fairlearn uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np

from fourstroke import Section, Table
from fourstroke_sklearn.intervals import wilson
from fourstroke_sklearn.scored import Classified
from fourstroke_sklearn.slices import groups_of

if TYPE_CHECKING:
    import pandas as pd

    from fourstroke import Task
    from fourstroke_sklearn.intervals import Array
    from fourstroke_sklearn.scored import Scored

# Under it one group is chosen so much more rarely that United States law asks for a reason: 29 CFR
# 1607.4 D, the four-fifths rule.
_FOUR_FIFTHS: Final = 0.8
_CONFIDENCE: Final = 0.95


@attrs.frozen(kw_only=True)
class Rates:
    """What one group gets; a rate of no rows is ``None``.

    Parameters
    ----------
    group : str
        Its name.
    rows : int
        How many rows it has.
    selected, true, found, false : Rate
        The share that is put into the class of interest; that belongs there; of those who belong
        there, that is found (true positive rate); of the others, that is put there as well.
    """

    group: str
    rows: int
    selected: float | None
    true: float | None
    found: float | None
    false: float | None
    bounds: tuple[float, float] | None = None


def fairness_section(data: pd.DataFrame, rows: Scored, task: Task) -> tuple[Section, ...]:
    """Tell for each sensitive column what each group gets, and how large the gaps are."""
    if not isinstance(rows, Classified) or not rows.positive:
        return ()
    by_column = {
        name: rates_of(data[name], rows)
        for name in task.sensitive
        if name in data.columns and name != task.target
    }
    if not by_column:
        return ()
    tables = [_gap_table(by_column)]
    tables += [_rate_table(name, rates) for name, rates in by_column.items()]
    return (
        Section(
            title="Sensitive columns",
            text=f"How often each group is said to be {rows.positive!r}, and how often that is so."
            f" Differences between groups call for an explanation.{_warning(by_column)}",
            tables=tuple(tables),
        ),
    )


def rates_of(column: pd.Series[Any], rows: Classified) -> list[Rates]:
    """Give the rates of each group of at least 50 rows, and 1 % of all."""
    found = []
    for name, chosen in groups_of(column, is_asked=True):
        truth, said = rows.is_positive[chosen], rows.said_positive[chosen]
        found.append(
            Rates(
                group=name,
                rows=int(chosen.sum()),
                selected=_share(said),
                true=_share(truth),
                found=_share(said[truth]),
                false=_share(said[~truth]),
                bounds=wilson(float(said.sum()), len(said), _CONFIDENCE),
            )
        )
    return found


def parity_difference(rates: list[Rates]) -> float | None:
    """Give the demographic parity difference: the largest share that is selected, less the smallest."""
    return _gap([each.selected for each in rates])


def parity_ratio(rates: list[Rates]) -> float | None:
    """Give the demographic parity ratio: the smallest share that is selected, over the largest."""
    known = [each.selected for each in rates if each.selected is not None]
    return min(known) / max(known) if len(known) > 1 and max(known) > 0 else None


def opportunity_difference(rates: list[Rates]) -> float | None:
    """Give the equal opportunity difference: the gap between the groups' true positive rates."""
    return _gap([each.found for each in rates])


def odds_difference(rates: list[Rates]) -> float | None:
    """Give the equalized odds difference: the larger of the gaps of true and false positive rates."""
    gaps = [_gap([each.found for each in rates]), _gap([each.false for each in rates])]
    known = [gap for gap in gaps if gap is not None]
    return max(known) if known else None


def _gap(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return max(known) - min(known) if len(known) > 1 else None


def _warning(by_column: dict[str, list[Rates]]) -> str:
    low = [
        name
        for name, rates in by_column.items()
        if (ratio := parity_ratio(rates)) is not None and ratio < _FOUR_FIFTHS
    ]
    if not low:
        return ""
    return f" By {' and by '.join(low)} one group is selected less than four fifths as often as another."


def _gap_table(by_column: dict[str, list[Rates]]) -> Table:
    measures = (parity_difference, parity_ratio, opportunity_difference, odds_difference)
    return Table(
        title="Gaps between groups",
        columns=(
            *("column", "parity difference", "parity ratio"),
            *("equal opportunity difference", "equalized odds difference"),
        ),
        rows=tuple(
            (name, *(_rounded(measure(rates)) for measure in measures))
            for name, rates in by_column.items()
        ),
    )


def _rate_table(name: str, rates: list[Rates]) -> Table:
    return Table(
        title=name,
        columns=(
            *("group", "rows", "predicted share", "its interval", "true share"),
            *("recall", "false alarm rate"),
        ),
        rows=tuple(
            (
                each.group,
                each.rows,
                _rounded(each.selected),
                "" if each.bounds is None else f"{each.bounds[0]:.3f} to {each.bounds[1]:.3f}",
                *map(_rounded, (each.true, each.found, each.false)),
            )
            for each in rates
        ),
    )


def _share(hits: Array) -> float | None:
    return float(np.mean(hits)) if len(hits) else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)

"""Compare what is said of groups."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pandas as pd

from fourstroke import Check, class_name, class_of_interest
from fourstroke_behaviour.shares import difference

if TYPE_CHECKING:
    import numpy.typing as npt

    from fourstroke import Candidate, Task
    from fourstroke_behaviour.fairness import Fairness

    Mask = npt.NDArray[np.bool_]


def compared(settings: Fairness, column: str, candidate: Candidate, task: Task) -> Check:
    """Compare the group of the largest share with that of the smallest."""
    name = f"{settings.measure} by {column}"
    data: pd.DataFrame = candidate.data
    if column not in data.columns:
        return Check(name=name, status="fail", why=f"there is no column {column!r}", column=column)
    counts, counted = _told(settings, candidate, task)
    groups = _shares(data[column], counts, counted)
    large = {group: share for group, share in groups.items() if share[1] >= settings.rows}
    if len(large) < 2:  # noqa: PLR2004 - two are compared
        return _too_few(name, groups, settings, column)
    most = max(large, key=lambda group: large[group][0] / large[group][1])
    least = min(large, key=lambda group: large[group][0] / large[group][1])
    low, high = difference(large[most], large[least])
    shares = [large[group][0] / large[group][1] for group in (most, least)]
    gap = shares[0] - shares[1]
    left_out = len(groups) - len(large)
    why = f"{settings.measure} is {shares[0]:.3f} where {column} is {most}, {shares[1]:.3f} where it is {least}"
    why += f"; the difference is {gap:.3f} [{low:.3f}, {high:.3f}]"
    why += f"; {left_out} smaller groups do not count" * bool(left_out)
    check = Check(
        name=name,
        status="pass",
        observed=round(gap, 6),
        required=f"<= {settings.most:g}",
        interval=(low, high),
        why=why,
        column=column,
    )
    if gap > settings.most:
        return attrs.evolve(check, status="fail")
    if settings.bound == "interval" and high > settings.most:
        room = settings.most - gap
        rows = large[most][1] + large[least][1]
        # The interval of a difference shrinks with the root of the rows of both groups.
        needed = math.ceil(rows * ((high - gap) / room) ** 2) if room else None
        told = f"; some {needed:,} rows of the two groups would tell" if needed else ""
        return attrs.evolve(check, status="inconclusive", why=why + told, rows_needed=needed)
    return check


def _too_few(
    name: str, groups: dict[str, tuple[int, int]], settings: Fairness, column: str
) -> Check:
    """Leave it open, and say how many held-out rows would fill a second group.

    As long as the groups keep their shares of the rows: nobody knows of a group without any.
    """
    why = f"fewer than two groups have {settings.rows} rows that tell of it"
    sizes = sorted((rows for _, rows in groups.values()), reverse=True)
    needed = None
    if len(sizes) > 1:
        needed = math.ceil(sum(sizes) * settings.rows / sizes[1])
        why += f": some {needed:,} such rows would do, there are {sum(sizes):,}"
    else:
        why += ", and there is no second one that could be filled"
    return Check(name=name, status="inconclusive", why=why, column=column, rows_needed=needed)


def _told(settings: Fairness, candidate: Candidate, task: Task) -> tuple[Mask, Mask]:
    """Say which rows tell of a group, and which of them count for it."""
    truth = _names(candidate.data[task.target])
    said = _names(candidate.predictions["prediction"])
    known = candidate.data[task.target].notna().to_numpy()
    positive = class_of_interest(task.positive, set(truth[known]))
    chosen, right = said == positive, truth == positive
    match settings.measure:
        case "selection":
            return chosen, known
        case "recall":
            return chosen, known & right
        case "false_alarms":
            return chosen, known & ~right
    return said == truth, known


def _shares(groups: pd.Series, counts: Mask, counted: Mask) -> dict[str, tuple[int, int]]:
    names = _names(groups)
    names[groups.isna().to_numpy()] = "(missing)"
    found = {}
    for name in sorted(set(names[counted])):
        here = counted & (names == name)
        found[str(name)] = (int((counts & here).sum()), int(here.sum()))
    return found


def _names(column: pd.Series) -> npt.NDArray[np.object_]:
    return np.array([class_name(value) for value in column], dtype=object)

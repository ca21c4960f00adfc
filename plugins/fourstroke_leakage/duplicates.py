"""Ask whether held-out rows are in the training part, too, more often than rows repeat by themselves.

Rows of few columns repeat by themselves: many people are 38, married and high-school graduates. What
repeats by itself are likely rows, and each of them has many others that differ in one column only. What
was copied is copied whole, likely or not. So the unlikely rows decide: how many of them are in the
training part, and how many more would be if the most telling column did not count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pandas as pd

from fourstroke import Check

if TYPE_CHECKING:
    import numpy.typing as npt

    from fourstroke_leakage.parts import Parts

    Hashes = npt.NDArray[np.uint64]

_UNLIKELY = 0.1
# Where independent columns explain this share of what repeats, chance does.
_CHANCE = 0.1
# Copies are among unlikely rows as often as among all; rows that repeat by themselves are not.
_EVEN = 0.6
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9))
_SHOWN = 10


@attrs.frozen(kw_only=True, eq=False)
class _Rows:
    """The rows as hashes, and how likely each held-out one is.

    Parameters
    ----------
    whole : array
        Of all columns.
    without : array
        Of all columns but the most telling one.
    likelihood : array
        The logarithm of the share of rows that would be like it, were the columns independent.
    """

    whole: Hashes
    without: Hashes
    likelihood: npt.NDArray[np.float64]


def duplicates(parts: Parts, most: float) -> Check:
    """Ask whether held-out rows are in the training part, too.

    Parameters
    ----------
    parts : Parts
        The parts; the task's id does not count.
    most : float
        The share of held-out rows that may be.
    """
    columns = [name for name in parts.table.columns if name != parts.task.id]
    if not columns:
        return Check(name="duplicates", status="skipped", why="there is no column but the id")
    rows = _hashed(parts, columns)
    both = _repeated(rows.whole, parts.trained)
    count, share = int(both.sum()), float(both.mean())
    told = (
        f"{count:,} of {parts.held_out:,} held-out rows ({share:.2%}) are in the training part, too"
    )
    made: dict[str, Any] = {
        "name": "duplicates",
        "observed": round(share, 6),
        "required": f"<= {most:g} of the held-out rows",
    }
    if share <= most:
        return Check(**made, status="pass", why=told)
    unlikely = rows.likelihood <= np.quantile(rows.likelihood, _UNLIKELY)
    copied = float(both[unlikely].mean())
    alike = float(_repeated(rows.without, parts.trained)[unlikely].mean())
    by_chance = np.minimum(1.0, parts.trained * np.exp(rows.likelihood[unlikely])).mean()
    if copied <= most or copied < alike - copied or by_chance > _CHANCE * copied:
        return Check(**made, status="pass", why=f"{told}, as rows of such columns repeat by chance")
    first = tuple(map(int, np.flatnonzero(both)[:_SHOWN]))
    hint = 'remove them before the split: use = "deduplicate"'
    if copied >= _EVEN * share:
        return Check(**made, status="fail", why=f"{told}: {hint}", rows=first)
    why = f"{told}, unlikely ones among them ({copied:.2%}): {hint}"
    return Check(**made, status="warn", severity="warning", why=why, rows=first)


def _hashed(parts: Parts, columns: list[str]) -> _Rows:
    trained = parts.trained
    whole = np.zeros(len(parts.table), dtype=np.uint64)
    likelihood = np.zeros(parts.held_out)
    telling, most_told = whole, -1.0
    with np.errstate(over="ignore"):
        for place, name in enumerate(columns, start=1):
            codes = parts.codes(name)
            hashes = _mixed(codes.astype(np.uint64) + np.uint64(place) * _MIX[1])
            whole = whole + hashes
            counts = np.bincount(codes[:trained], minlength=int(codes.max()) + 1)
            # A value that training has not seen may come all the same: as if it had come once.
            told = np.log(np.maximum(counts[codes[trained:]], 1) / trained)
            likelihood += told
            if -told.mean() > most_told:
                telling, most_told = hashes, float(-told.mean())
        return _Rows(whole=whole, without=whole - telling, likelihood=likelihood)


def _mixed(values: Hashes) -> Hashes:
    for shift, factor in zip((29, 32), _MIX, strict=True):
        values = values * factor
        values = values ^ (values >> np.uint64(shift))
    return values


def _repeated(hashes: Hashes, trained: int) -> npt.NDArray[np.bool_]:
    return np.asarray(pd.Series(hashes[trained:]).isin(hashes[:trained]), dtype=bool)

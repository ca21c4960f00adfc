"""Ask that training gives the same model again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke import Check, hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke import Candidate

_NAME = "trained again"
_SHOWN_ROWS = 10


@plugin
class Reproducible:
    """Fit the candidate once more with the same data, settings and seed, and ask for the same model.

    The same files are enough; else it has to say the same of the held-out rows. This takes the time of
    a second training.
    """

    # By how much numbers that it says may differ; classes may not.
    tolerance: float = attrs.field(default=1e-9, validator=attrs.validators.ge(0.0))

    @hookimpl
    def validate(self, candidate: Candidate) -> Sequence[Check]:
        """Give one check."""
        if candidate.train_again is None:
            return [Check(name=_NAME, status="fail", why="it cannot be trained again here")]
        again = candidate.train_again()
        required = "the same files or predictions"
        evidence = f"{candidate.digest}, then {again.digest}"
        if again.digest == candidate.digest:
            why = "the second training gave the same files, byte for byte"
            return [Check(name=_NAME, status="pass", required=required, why=why, evidence=evidence)]
        odd, largest, why = _difference(candidate.predictions, again.predictions, self.tolerance)
        return [
            Check(
                name=_NAME,
                status="fail" if odd else "pass",
                observed=largest,
                required=f"{required}, within {self.tolerance:g}",
                why=f"the second training gave other files; {why}",
                rows=odd[:_SHOWN_ROWS],
                evidence=evidence,
            )
        ]


def _difference(before: Any, after: Any, tolerance: float) -> tuple[tuple[int, ...], float, str]:
    """Compare predictions: the rows that differ, the largest difference of numbers, and both in words."""
    import numpy as np  # noqa: PLC0415 - loaded when there is something to compare
    import pandas as pd  # noqa: PLC0415

    if before is None or list(before.columns) != list(after.columns):
        return (0,), 0.0, "and it answers in other columns"
    odd, largest = np.zeros(len(before), dtype=bool), 0.0
    for name in before.columns:
        old, new = before[name], after[name]
        if pd.api.types.is_numeric_dtype(old.dtype) and pd.api.types.is_numeric_dtype(new.dtype):
            gaps = np.abs(old.to_numpy(dtype=float) - new.to_numpy(dtype=float))
            same = (old.isna() & new.isna()).to_numpy()
            odd |= ~((gaps <= tolerance) | same)
            largest = max(largest, float(np.nanmax(gaps, initial=0.0)))
        else:
            odd |= old.astype(str).to_numpy() != new.astype(str).to_numpy()
    rows = tuple(np.flatnonzero(odd).tolist())
    if not rows:
        return rows, largest, f"numbers that it says differ by at most {largest:.3g}"
    told = f"of {len(rows):,} of {len(odd):,} rows it says something else, by up to {largest:.3g}"
    return rows, largest, f"{told}: something draws at random without the seed, or depends on time"

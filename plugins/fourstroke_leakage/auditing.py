"""Ask the parts of a split whether anything leaks: from part to part, or from the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import attrs

from fourstroke import Check, Context, hookimpl, plugin

Question = Literal["duplicates", "ids", "identifiers", "groups", "time", "proxies", "predictors"]


def _is_near(_: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not 0.5 < value <= 1:  # noqa: PLR2004 - a guess is right half of the time
        raise ValueError(f"{attribute.name} is a share between 0.5 and 1, not {value}")


def _is_share(_: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not 0 <= value <= 1:
        raise ValueError(f"{attribute.name} is a share between 0 and 1, not {value}")


@plugin
class Leakage:
    """Ask whether anything leaks between the parts, or from the target into a column.

    Sure leaks are errors: rows of the test part that are in the training part, too, more than chance
    explains; ids and groups on both sides; columns that are the target in other words. Suspicions
    are warnings: identifiers among the features, rows for training that are later than those for
    testing, and single columns that predict the target nearly without fault.
    """

    # The share of held-out rows that may be in the training part as well.
    duplicates: float = attrs.field(default=0.01, validator=_is_share)
    # A column that alone reaches this is suspected: AUC, balanced accuracy, or R².
    near: float = attrs.field(default=0.99, validator=_is_near)
    # Questions whose "no" is only told.
    warn: tuple[Question, ...] = ()
    # Questions whose "no" blocks the training although it is a suspicion.
    fail: tuple[Question, ...] = ()
    # Questions that are not asked.
    off: tuple[Question, ...] = ()

    @hookimpl
    def audit(self, parts: Mapping[str, Any], context: Context) -> Sequence[Check]:
        """Ask every question."""
        from fourstroke_leakage.between import across  # noqa: PLC0415 - imports pandas
        from fourstroke_leakage.parts import Parts, is_table  # noqa: PLC0415 - imports pandas
        from fourstroke_leakage.target import columns  # noqa: PLC0415 - imports pandas

        odd = next((part for part in parts.values() if not is_table(part)), None)
        if odd is not None:
            why = f"a part is {type(odd).__name__}, which is no data frame"
            return [Check(name="leakage", status="skipped", why=why)]
        known = Parts.of(parts, context.task)
        found = [*across(known, self.duplicates), *columns(known, self.near)]
        return [
            self._weighed(question, check) for question, check in found if question not in self.off
        ]

    def _weighed(self, question: str, check: Check) -> Check:
        if check.status not in {"warn", "fail"}:
            return check
        if question in self.warn:
            return attrs.evolve(check, status="warn", severity="warning")
        if question in self.fail:
            return attrs.evolve(check, status="fail", severity="error")
        return check

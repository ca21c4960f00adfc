"""Ask how predictions change when rows change in a way whose effect is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke import Check, hookimpl, plugin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke import Candidate, Context


@plugin
class Behaviour:
    """Ask that a candidate behaves: columns that must not matter, that must raise or lower what it says.

    M. T. Ribeiro et al. (2020), Beyond accuracy: behavioral testing of NLP models with CheckList, on
    tables: invariance, direction and robustness on held-out rows. Besides, the order of columns and a
    further one must make no difference, and a table without a column that it needs must be refused.
    """

    # Columns that must not matter: their cells are exchanged between rows.
    invariant: tuple[str, ...] = ()
    # Columns of numbers of which more must not lower what is said: the chance of the class of interest, or
    # the number that is predicted.
    rising: tuple[str, ...] = ()
    # Columns of numbers of which more must not raise it.
    falling: tuple[str, ...] = ()
    # How much all numbers are shaken, in shares of their standard deviation; 0 for no such check.
    noise: float = attrs.field(default=0.01, validator=attrs.validators.ge(0.0))
    # The share of rows that may behave otherwise.
    share: float = attrs.field(
        default=0.05, validator=[attrs.validators.ge(0.0), attrs.validators.lt(1.0)]
    )
    # Held-out rows to use at most; a random sample of them if there are more.
    rows: int = attrs.field(default=1000, validator=attrs.validators.ge(20))

    @hookimpl
    def validate(self, candidate: Candidate, context: Context) -> Sequence[Check]:
        """Give a check for each column and kind of change."""
        if candidate.predict is None or candidate.data is None:
            why = "there is no model to ask, or no rows to ask about"
            return [Check(name="behaviour", status="fail", why=why)]
        # pandas is loaded when there is something to ask.
        from fourstroke_behaviour.asking import Asked  # noqa: PLC0415

        return Asked.of(self, candidate, context).checks()

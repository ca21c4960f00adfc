"""What a monitor has to hold: quiet while nothing moves, loud when the world does, open about doubt."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from fourstroke.artifacts.plain import from_plain, to_plain
from fourstroke.testing.claims import expect
from fourstroke.testing.contract import Contract, requires
from fourstroke.testing.samples import people
from fourstroke.testing.scored import predictions_of
from fourstroke.testing.tables import difference
from fourstroke.testing.windows import moved, window_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.entities.operations import Observation, Window
    from fourstroke.typing import FunctionPlugin, Monitors

SEEDS = 200
# How seldom the check of the rate itself is wrong.
_CHANCE = 1e-6


class MonitorContract(Contract):
    """What every monitor has to hold.

    Attributes
    ----------
    false_alarm_rate : float
        The share of usual windows in which the plugin may raise an alert: what it promises.
    window_rows : int
        How many rows a window has when its rate of false alarms is measured.
    """

    stage = "monitor"
    offered: ClassVar = {
        "profile": "it keeps something of the held-out rows to compare with",
        "alerts": "it raises an alert when the world has moved",
    }
    plugin: ClassVar[Monitors | Callable[..., Monitors] | FunctionPlugin]
    false_alarm_rate: ClassVar[float] = 0.05
    window_rows: ClassVar[int] = 300

    def reference_rows(self) -> pd.DataFrame:
        """Give the held-out rows that the model was measured on."""
        return people(2000, seed=10_000)

    def usual(self, seed: int) -> pd.DataFrame:
        """Give scored rows from the same world as the reference."""
        return people(self.window_rows, seed=seed)

    def moved(self) -> pd.DataFrame:
        """Give scored rows from a world that has moved."""
        return moved()

    def reference(self) -> Any:
        """Ask for what it keeps; it travels through JSON, as it does into the store and back."""
        caller = self.caller()
        if not caller.serves("own", "profile"):
            return None
        data = self.reference_rows()
        predictions = predictions_of(data, self.task)
        kept = caller.profile("own", data=data, predictions=predictions, context=self.context())
        return from_plain(json.loads(json.dumps(to_plain(kept), allow_nan=False)))

    def watch(self, window: Window, reference: Any) -> Sequence[Observation]:
        """Call the plugin as a step does."""
        return self.caller().monitor(
            "own", window=window, reference=reference, context=self.context()
        )

    def exercise(self) -> None:
        """Watch a usual window."""
        self.watch(window_of(self.usual(1), task=self.task), self.reference())

    def test_usual_windows_are_quiet_at_the_promised_rate(self) -> None:
        """Over 200 seeds no more windows without a drift raise an alert than it promises.

        The bound is the quantile of the binomial distribution of 200 draws at the promised rate
        beyond which one in a million of honest monitors would come to lie.
        """
        reference = self.reference()
        loud = 0
        for seed in range(SEEDS):
            found = self.watch(window_of(self.usual(seed), task=self.task), reference)
            loud += any(each.status == "alert" for each in found)

        most = binomial_quantile(SEEDS, self.false_alarm_rate, _CHANCE)
        expect(
            loud <= most,
            f"{loud} of {SEEDS} usual windows raised an alert; {self.false_alarm_rate:.1%} are"
            f" promised, and chance alone gives no more than {most}",
        )

    def test_something_is_observed(self) -> None:
        """A window of rows gives at least one observation."""
        found = self.watch(window_of(self.usual(1), task=self.task), self.reference())

        expect(len(found) > 0, "it observed nothing")

    def test_observations_are_told_apart(self) -> None:
        """Name, column and measure together name one observation."""
        found = self.watch(window_of(self.usual(1), task=self.task), self.reference())
        keys = [(each.name, each.column, each.statistic) for each in found]

        twice = [key for key in keys if keys.count(key) > 1]
        expect(not twice, f"two observations are {twice[:1]}")

    def test_alert_has_a_value_and_a_reason(self) -> None:
        """What raises an alert says what was found, or why."""
        for each in self.watch(window_of(self.moved(), task=self.task), self.reference()):
            told = each.value is not None or each.why.strip()
            expect(each.status != "alert" or told, f"{each.name} raises an alert, and not why")

    def test_values_are_numbers(self) -> None:
        """An observed number is finite."""
        for rows in (self.usual(1), self.moved()):
            for each in self.watch(window_of(rows, task=self.task), self.reference()):
                strange = isinstance(each.value, float) and not math.isfinite(each.value)
                expect(not strange, f"{each.name} of {each.column!r} is {each.value}")

    def test_same_window_gives_the_same_observations(self) -> None:
        """Watching twice gives equal observations."""
        reference = self.reference()
        first, second = (
            self.watch(window_of(self.usual(1), task=self.task), reference) for _ in range(2)
        )

        expect(list(first) == list(second), "the second time it gave other observations")

    def test_window_and_reference_are_left_alone(self) -> None:
        """Neither the rows nor what it kept are changed."""
        rows, reference, kept = self.usual(1), self.reference(), self.reference()
        self.watch(window_of(rows, task=self.task), reference)

        told = difference(rows, self.usual(1), has_index=True)
        expect(not told, f"the rows were changed: {told}")
        expect(reference == kept, "what it had kept was changed")

    def test_window_without_rows_is_no_alert(self) -> None:
        """No batch, and a batch without rows, give no alert and no exception."""
        reference = self.reference()
        for tables in ((), (self.usual(1).head(0),)):
            found = self.watch(window_of(*tables, task=self.task), reference)
            loud = [each.name for each in found if each.status == "alert"]
            expect(not loud, f"{len(tables)} batches without rows raise {loud[:3]}")

    def test_one_row_is_no_alert(self) -> None:
        """A single row is too little to tell from."""
        found = self.watch(window_of(self.usual(1).head(1), task=self.task), self.reference())

        loud = [(each.name, each.column) for each in found if each.status == "alert"]
        expect(not loud, f"one row raises {loud[:3]}")

    def test_missing_column_does_not_silence_the_others(self) -> None:
        """A column that the window lacks is told or left out; the rest is still observed."""
        rows = self.usual(1)
        whole = self.watch(window_of(rows, task=self.task), self.reference())

        found = self.watch(window_of(rows.drop(columns="age"), task=self.task), self.reference())

        others = {(e.name, e.column) for e in whole if e.column != "age"}
        lost = others - {(e.name, e.column) for e in found}
        expect(not lost, f"without one column it no longer observes {sorted(lost)[:3]}")

    def test_hollow_columns_are_taken(self) -> None:
        """A column without a value, and one with a single value, raise no exception."""
        rows = self.usual(1)
        rows = rows.assign(age=float("nan"), income=1.0)

        self.watch(window_of(rows, task=self.task), self.reference())

    def test_several_batches_are_one_window(self) -> None:
        """Rows in two batches are observed like the same rows in one."""
        rows, reference = self.usual(1), self.reference()
        half = len(rows) // 2

        one = self.watch(window_of(rows, task=self.task), reference)
        two = self.watch(
            window_of(rows.head(half), rows.tail(len(rows) - half), task=self.task), reference
        )

        same = {(e.name, e.column): e.status for e in one} == {
            (e.name, e.column): e.status for e in two
        }
        expect(same, "in two batches the same rows are observed otherwise")

    @requires("profile")
    def test_profile_is_small(self) -> None:
        """What is kept is a summary, and not the rows: it is stored with each version."""
        kept = len(json.dumps(to_plain(self.reference())))
        rows = len(self.reference_rows().to_csv())

        expect(kept < max(rows, 20_000), f"of {rows:,} bytes of rows it keeps {kept:,}")

    @requires("alerts")
    def test_moved_world_raises_an_alert(self) -> None:
        """Rows of people who are older, richer and live elsewhere raise an alert."""
        found = self.watch(window_of(self.moved(), task=self.task), self.reference())

        expect(
            any(each.status == "alert" for each in found), "the world has moved, and it is quiet"
        )


def binomial_quantile(draws: int, rate: float, chance: float) -> int:
    """Give the largest count that honest draws exceed with less than a small probability.

    Parameters
    ----------
    draws : int
        How many.
    rate : float
        The probability of each.
    chance : float
        How seldom the count may be exceeded.

    Notes
    -----
    Sums the probabilities of the binomial distribution: W. Feller, An Introduction to Probability
    Theory and Its Applications, volume 1 (1968), VI.2.

    Examples
    --------
    >>> binomial_quantile(200, 0.0, 1e-6), binomial_quantile(200, 0.05, 1e-6)
    (0, 27)
    """
    above = 1.0
    for count in range(draws + 1):
        above -= math.comb(draws, count) * rate**count * (1 - rate) ** (draws - count)
        if above < chance:
            return count
    return draws

"""How often the monitors of drift raise an alarm: simulated windows that do not drift, and that do."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
from scipy.stats import binomtest

sys.path.insert(0, str(Path(__file__).parents[1] / "plugins"))

from drifting import COLUMNS, context_of, going_together, kept, table, window_of

from fourstroke_drift import Drift, MultivariateDrift
from fourstroke_drift.distance import STATISTICS

REFERENCE = 5000
# Each reference is drawn once for so many windows: what it happens to be is part of the rate.
WINDOWS_EACH = 50
SIZES = (50, 200, 1000, 10_000)


@attrs.frozen(kw_only=True)
class Rate:
    """How many of some windows raised an alarm.

    Parameters
    ----------
    monitor, world : str
        What looked, and at what.
    rows : int
        Of each window.
    windows, loud : int
        How many there were, and how many raised an alarm.
    beyond_chance : int
        How many would have, were every difference to matter that chance does not make.
    """

    monitor: str
    world: str
    rows: int
    windows: int
    loud: int
    beyond_chance: int

    @property
    def between(self) -> tuple[float, float]:
        """Where the true rate lies with 95 %: C. Clopper and E. Pearson, Biometrika 26 (1934)."""
        found = binomtest(self.loud, self.windows).proportion_ci(method="exact")
        return float(found.low), float(found.high)


def usual(drawn: pd.DataFrame) -> pd.DataFrame:
    """Leave a window as it is drawn: like the reference."""
    return drawn


def half_a_deviation(drawn: pd.DataFrame) -> pd.DataFrame:
    """Move one of the columns by half of its standard deviation."""
    return drawn.assign(n0=drawn["n0"] + 0.5)


QUIET, MOVED, TOGETHER = "nothing drifts", "half a deviation", "two go together"
WORLDS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    QUIET: usual,
    MOVED: half_a_deviation,
    TOGETHER: going_together,
}
# Without an effect that matters, and the effect that is usual: an alarm is what exceeds both.
MONITORS = {
    "drift": (Drift(effect=0.0), STATISTICS["jensen_shannon"].effect),
    "multivariate_drift": (MultivariateDrift(effect=0.5), MultivariateDrift().effect),
}


def rates(windows: int, moved: int, fitted: int, workers: int) -> Iterator[Rate]:
    """Simulate all that the page tells.

    Parameters
    ----------
    windows : int
        How many usual ones a monitor that counts looks at.
    moved : int
        How many that drift it looks at.
    fitted : int
        How many one looks at that fits classifiers to each, which takes ten times as long.
    workers : int
        How many processes simulate.
    """
    wanted = [("drift", QUIET, rows, windows) for rows in SIZES]
    wanted += [("drift", world, 1000, moved) for world in (MOVED, TOGETHER)]
    wanted += [("multivariate_drift", QUIET, rows, fitted) for rows in SIZES]
    wanted += [("multivariate_drift", world, 1000, fitted) for world in (MOVED, TOGETHER)]
    with ProcessPoolExecutor(workers) as pool:
        for monitor, world, rows, count in wanted:
            parts = range(-(-count // WINDOWS_EACH))
            tasks = [(monitor, world, rows, WINDOWS_EACH, part) for part in parts]
            found = np.sum(list(pool.map(alarms, tasks)), axis=0)
            yield Rate(
                monitor=monitor,
                world=world,
                rows=rows,
                windows=len(parts) * WINDOWS_EACH,
                loud=int(found[0]),
                beyond_chance=int(found[1]),
            )


def seed_of(world: str, rows: int, part: int) -> int:
    """Give the seed of some windows: the same for all monitors, which see the same rows."""
    return zlib.crc32(f"{world}/{rows}/{part}".encode())


def alarms(task: tuple[str, str, int, int, int]) -> tuple[int, int]:
    """Count the windows with an alarm, and those with anything beyond chance, beside one reference."""
    name, world, rows, windows, part = task
    generator = np.random.default_rng(seed_of(world, rows, part))
    (monitor, effect), context = MONITORS[name], context_of()
    reference = kept(monitor, table(generator, REFERENCE, COLUMNS), context=context)
    loud = beyond_chance = 0
    for _ in range(windows):
        drawn = WORLDS[world](table(generator, rows, COLUMNS))
        seen = monitor.monitor(window_of(drawn), reference, context)
        found = [each.value for each in seen if each.status == "alert"]
        beyond_chance += bool(found)
        loud += any(value > effect for value in found)
    return loud, beyond_chance

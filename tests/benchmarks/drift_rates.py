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

from drifting import context_of, going_together, kept, table, window_of

from fourstroke_drift import Drift, MultivariateDrift
from fourstroke_drift.distance import STATISTICS

Draw = Callable[[np.random.Generator, int], pd.DataFrame]
Change = Callable[[pd.DataFrame], pd.DataFrame]

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


def many_names(names: int, *, is_long_tailed: bool = False) -> Draw:
    """Make tables of one column of many categories, all alike or the k-th as usual as 1 in k."""
    shares = 1 / np.arange(1, names + 1) if is_long_tailed else np.ones(names)
    labels = np.array([f"c{at}" for at in range(names)], dtype=object)

    def draw(generator: np.random.Generator, rows: int) -> pd.DataFrame:
        chosen = generator.choice(names, rows, p=shares / shares.sum())
        return pd.DataFrame({"name": labels[chosen]})

    return draw


def one_takes_half(drawn: pd.DataFrame) -> pd.DataFrame:
    """Let one of many categories take every second row."""
    return drawn.assign(name=drawn["name"].where(np.arange(len(drawn)) % 2 == 0, "c7"))


@attrs.frozen(kw_only=True)
class World:
    """What reference and windows are drawn from, what is done to windows, and how often there is a new reference."""

    draw: Draw = table
    change: Change = usual
    reference: int = REFERENCE
    windows_each: int = WINDOWS_EACH


QUIET, MOVED, TOGETHER = "nothing drifts", "half a deviation", "two go together"
_NAMES = {"reference": 1000, "windows_each": 5}
# Nothing drifts in these either, but most categories are rare beside 1,000 rows.
QUIET_NAMES = {
    "300 names alike": World(draw=many_names(300), **_NAMES),
    "500 names alike": World(draw=many_names(500), **_NAMES),
    "300 names, Zipf": World(draw=many_names(300, is_long_tailed=True), **_NAMES),
    "500 names, Zipf": World(draw=many_names(500, is_long_tailed=True), **_NAMES),
}
TAKEN = "1 of 500 names takes half"
WORLDS = {
    QUIET: World(),
    MOVED: World(change=half_a_deviation),
    TOGETHER: World(change=going_together),
    TAKEN: World(draw=many_names(500), change=one_takes_half, **_NAMES),
    **QUIET_NAMES,
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
        How many one looks at that fits classifiers to each, which takes ten times as long. None: it
        is left out.
    workers : int
        How many processes simulate.
    """
    wanted = [("drift", QUIET, rows, windows) for rows in SIZES]
    wanted += [("drift", world, 1000, moved) for world in (MOVED, TOGETHER)]
    wanted += [("drift", world, rows, moved) for world in QUIET_NAMES for rows in (200, 1000)]
    wanted += [("drift", TAKEN, rows, moved) for rows in (50, 1000)]
    wanted += [("multivariate_drift", QUIET, rows, fitted) for rows in SIZES]
    wanted += [("multivariate_drift", world, 1000, fitted) for world in (MOVED, TOGETHER)]
    with ProcessPoolExecutor(workers) as pool:
        for monitor, world, rows, count in (each for each in wanted if each[-1]):
            windows_each = WORLDS[world].windows_each
            parts = range(-(-count // windows_each))
            tasks = [(monitor, world, rows, windows_each, part) for part in parts]
            found = np.sum(list(pool.map(alarms, tasks)), axis=0)
            yield Rate(
                monitor=monitor,
                world=world,
                rows=rows,
                windows=len(parts) * windows_each,
                loud=int(found[0]),
                beyond_chance=int(found[1]),
            )


def seed_of(world: str, rows: int, part: int) -> int:
    """Give the seed of some windows: the same for all monitors, which see the same rows."""
    return zlib.crc32(f"{world}/{rows}/{part}".encode())


def alarms(task: tuple[str, str, int, int, int]) -> tuple[int, int]:
    """Count the windows with an alarm, and those with anything beyond chance, beside one reference."""
    name, at, rows, windows, part = task
    generator = np.random.default_rng(seed_of(at, rows, part))
    (monitor, effect), context, world = MONITORS[name], context_of(), WORLDS[at]
    reference = kept(monitor, world.draw(generator, world.reference), context=context)
    loud = beyond_chance = 0
    for _ in range(windows):
        drawn = world.change(world.draw(generator, rows))
        seen = monitor.monitor(window_of(drawn), reference, context)
        found = [each.value for each in seen if each.status == "alert"]
        beyond_chance += bool(found)
        loud += any(value > effect for value in found)
    return loud, beyond_chance

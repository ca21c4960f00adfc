"""What watching a million rows takes, in a process of its own, beside counting them by hand."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "plugins"))

from drifting import context_of, kept

from fourstroke import Batch, Window
from fourstroke.entities.operations import LazyBatches

ROWS, PARTS, REFERENCE = 1_000_000, 20, 20_000
BINS, ROUNDS = 30, 3
MOST_SECONDS, MOST_MEGABYTES = 1.5, 500
LIMITS = (
    f"{MOST_SECONDS} CPU-seconds for `drift` of a million rows x 20, and {MOST_MEGABYTES} MB for a"
    " million x 50"
)
# Columns in all, of which six in twenty are text.
WIDTHS = (20, 50)


@attrs.frozen(kw_only=True)
class Cost:
    """What one window takes, and what counting its cells by hand does."""

    what: str
    monitor: str
    columns: int
    seconds: float
    floor_seconds: float
    megabytes: float
    floor_megabytes: float


def costs() -> Iterator[Cost]:
    """Measure all that the page tells."""
    for columns in WIDTHS:
        with tempfile.TemporaryDirectory() as folder:
            write_parts(Path(folder), columns)
            floor = least(folder, "by_hand")
            for monitor in ("drift", "multivariate_drift"):
                ours = least(folder, monitor)
                yield Cost(
                    what=f"`{monitor}`, {ROWS:,} x {columns}",
                    monitor=monitor,
                    columns=columns,
                    seconds=ours[0],
                    floor_seconds=floor[0],
                    megabytes=ours[1],
                    floor_megabytes=floor[1],
                )


def least(folder: str, what: str) -> tuple[float, float]:
    """Give the least CPU-seconds and megabytes of some rounds: others on the machine only add."""
    found = []
    for _ in range(ROUNDS):
        done = subprocess.run(
            [sys.executable, __file__, what, folder], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        found.append(json.loads(done.stdout))
    seconds, megabytes = zip(*found, strict=True)
    return min(seconds), min(megabytes)


def write_parts(folder: Path, columns: int) -> None:
    """Write a reference and the batches of a window."""
    generator = np.random.default_rng(columns)
    drawn(generator, REFERENCE, columns).to_parquet(folder / "reference.parquet")
    for part in range(PARTS):
        drawn(generator, ROWS // PARTS, columns).to_parquet(folder / f"part-{part:02}.parquet")


def drawn(generator: np.random.Generator, rows: int, columns: int) -> pd.DataFrame:
    """Draw numbers and texts, with gaps."""
    texts = columns * 6 // 20
    words = np.array([f"word {at}" for at in range(30)], dtype=object)
    found = {f"n{at}": generator.normal(size=rows) for at in range(columns - texts)}
    found["n0"][generator.random(rows) < 0.05] = np.nan
    return pd.DataFrame(found | {f"t{at}": generator.choice(words, rows) for at in range(texts)})


def by_hand(batches: LazyBatches, reference: pd.DataFrame) -> None:
    """Count every column into the bins and names of the reference, as anybody would."""
    numbers = reference.select_dtypes("number").columns
    edges = {
        name: np.unique(np.nanquantile(reference[name], np.linspace(0, 1, BINS + 1)))
        for name in numbers
    }
    counts = {name: np.zeros(len(edges[name]) + 1) for name in numbers}
    names: dict[str, pd.Series] = {}
    for batch in batches:
        for name in batch.data.columns:
            if name in edges:
                found = np.searchsorted(edges[name], batch.data[name].to_numpy(), side="right")
                counts[name] += np.bincount(found, minlength=len(counts[name]))
            else:
                found = batch.data[name].value_counts(dropna=False)
                names[name] = found if name not in names else names[name].add(found, fill_value=0)


def measured(what: str, folder: Path) -> tuple[float, float]:
    """Give the CPU-seconds of the look alone, without reading, and the most memory of all."""
    reading = [0.0]

    def batch(part: int) -> Batch:
        begun = time.process_time()
        table = pd.read_parquet(folder / f"part-{part:02}.parquet", use_threads=False)
        reading[0] += time.process_time() - begun
        return Batch(at=None, data=table, predictions=pd.DataFrame(index=table.index))

    batches, look = LazyBatches(batch, PARTS), looking(what, folder)
    begun = time.process_time()
    look(batches)
    seconds = time.process_time() - begun - reading[0]
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def looking(what: str, folder: Path) -> Callable[[LazyBatches], object]:
    """Give what looks at a window, its reference known."""
    reference = pd.read_parquet(folder / "reference.parquet")
    if what == "by_hand":
        return lambda batches: by_hand(batches, reference)
    from fourstroke_drift import Drift, MultivariateDrift

    monitor = {"drift": Drift, "multivariate_drift": MultivariateDrift}[what]()
    context = context_of()
    known = kept(monitor, reference, context=context)
    return lambda batches: monitor.monitor(
        Window(model="m", version=1, batches=batches), known, context
    )


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1], Path(sys.argv[2]))))

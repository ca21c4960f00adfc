"""The ways to divide rows, as functions of a table: every row ends in exactly one part."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fourstroke import DataError

Parts = dict[str, pd.DataFrame]


def randomly(data: pd.DataFrame, test: float, validation: float, seed: int) -> Parts:
    """Divide at random."""
    order = np.random.default_rng(seed).permutation(len(data))
    return _parts(data, _labels(order, len(data), test, validation))


def by_class(data: pd.DataFrame, column: str, test: float, validation: float, seed: int) -> Parts:
    """Divide every class at random, so that each part has its share of each."""
    classes = data[column]
    if classes.isna().any():
        row = int(classes.isna().to_numpy().argmax())
        raise DataError("the target is missing", where=f"column {column}, row {row}")
    counts = classes.value_counts()
    few = counts[counts < (2 if not validation else 3)]
    if len(few):
        raise DataError(
            f"class {few.index[0]!r} has {int(few.iloc[0])} row, too few to divide",
            where=f"column {column}",
            hint="filter it out, or split at random",
        )
    generator = np.random.default_rng(seed)
    labels = np.zeros(len(data), dtype=int)
    for positions in classes.groupby(classes, observed=True, sort=True).indices.values():
        own = generator.permutation(positions)
        labels[own] = _labels(np.arange(len(own)), len(own), test, validation)
    return _parts(data, labels)


def by_group(data: pd.DataFrame, column: str, test: float, validation: float, seed: int) -> Parts:
    """Give whole groups to parts, in random order, until each has its share of rows."""
    codes, groups = pd.factorize(data[column], use_na_sentinel=False)
    if len(groups) < (3 if validation else 2):
        raise DataError(f"{len(groups)} groups are too few to divide", where=f"column {column}")
    order = np.random.default_rng(seed).permutation(len(groups))
    sizes = np.bincount(codes, minlength=len(groups))[order]
    before = np.cumsum(sizes) - sizes
    part_of = np.zeros(len(groups), dtype=int)
    part_of[order[before < (test + validation) * len(data)]] = 2
    part_of[order[before < test * len(data)]] = 1
    # The first group of the order is always held out; at least one has to be left for training.
    if (part_of > 0).all():
        part_of[order[-1]] = 0
    return _parts(data, part_of[codes])


def by_time(data: pd.DataFrame, column: str, test: float, validation: float) -> Parts:
    """Hold out the latest rows; rows of one time stay together."""
    times = data[column]
    if times.isna().any():
        row = int(times.isna().to_numpy().argmax())
        raise DataError("the time is missing", where=f"column {column}, row {row}")
    ranks = times.rank(method="min").to_numpy() - 1
    labels = np.zeros(len(data), dtype=int)
    labels[ranks >= (1 - test - validation) * len(data)] = 2 if validation else 1
    labels[ranks >= (1 - test) * len(data)] = 1
    if len(set(labels)) < (3 if validation else 2):
        raise DataError("its times are too few to divide", where=f"column {column}")
    return _parts(data, labels)


def _labels(order: np.ndarray, count: int, test: float, validation: float) -> np.ndarray:
    """Label positions 0 for training, 1 for the held-out part, 2 for validation; no part is empty."""
    held_out = max(1, round(count * test))
    between = max(1, round(count * validation)) if validation else 0
    if held_out + between >= count:
        raise DataError(f"{count} rows are too few to divide")
    labels = np.zeros(count, dtype=int)
    labels[order[:held_out]] = 1
    labels[order[held_out : held_out + between]] = 2
    return labels


def _parts(data: pd.DataFrame, labels: np.ndarray) -> Parts:
    names = {"train": 0, "test": 1, "validation": 2}
    return {
        name: data[labels == label].reset_index(drop=True)
        for name, label in names.items()
        if (labels == label).any()
    }

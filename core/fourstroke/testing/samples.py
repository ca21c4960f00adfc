"""Small tables with all that real ones have: gaps, text, numbers, truth values, times."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd


def people(rows: int = 240, *, seed: int = 0) -> pd.DataFrame:
    """Make a table about people, with a target that its columns tell something about.

    Parameters
    ----------
    rows : int
        How many.
    seed : int
        The same seed, the same table.

    Returns
    -------
    table of shape (rows, 8)
        ``id`` (text, unique), ``age`` (number, gaps), ``income`` (number), ``visits`` (whole
        number), ``city`` (text, gaps), ``member`` (truth value), ``since`` (time), and ``label``
        (``yes`` or ``no``). The caller's own.
    """
    return _people(rows, seed).copy()


@functools.lru_cache
def _people(rows: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    age = random.normal(45, 12, rows).round(1)
    income = random.lognormal(10, 0.4, rows).round(2)
    member = random.random(rows) < 0.4
    score = (age - 45) / 12 + member + random.normal(0, 0.7, rows)
    table = pd.DataFrame(
        {
            "id": [f"p{number:05d}" for number in range(rows)],
            "age": age,
            "income": income,
            "visits": random.poisson(3, rows),
            "city": random.choice(["Aachen", "Bonn", "Köln"], rows),
            "member": member,
            "since": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(rows), unit="D"),
            "label": np.where(score > 0.4, "yes", "no"),
        }
    )
    table.loc[random.random(rows) < 0.05, "age"] = np.nan
    table.loc[random.random(rows) < 0.05, "city"] = None
    return table

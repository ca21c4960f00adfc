"""A million rows are watched in 1.5 CPU-seconds, or within 500 MB, each in a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from drift_speed import MOST_MEGABYTES, MOST_SECONDS, costs

pytestmark = pytest.mark.benchmark


@pytest.mark.timeout(1800)
def test_a_million_rows_are_watched_within_the_limits():
    found = {(cost.monitor, cost.columns): cost for cost in costs()}

    for cost in found.values():
        print(
            f"{cost.what}: {cost.seconds:.2f} s of CPU, by hand {cost.floor_seconds:.2f} s;"
            f" {cost.megabytes:.0f} MB, by hand {cost.floor_megabytes:.0f} MB"
        )
    assert found["drift", 20].seconds < MOST_SECONDS
    assert found["drift", 20].seconds < 1.5 * found["drift", 20].floor_seconds
    assert found["drift", 50].megabytes < MOST_MEGABYTES
    assert found["multivariate_drift", 50].megabytes < MOST_MEGABYTES

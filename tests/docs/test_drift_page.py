"""The page about drift tells what was simulated, and what it tells keeps the promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "drift.md"


def rows_of(part: str) -> list[list[str]]:
    """Give the cells of a table between the marks of a part."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(rf"<!-- {part} -->\n(.*?)<!-- end of {part} -->", text, re.DOTALL)
    assert found, f"the page has no marks of {part}"
    lines = [line for line in found[1].splitlines() if line.startswith("|")]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines[2:]]


def rates(monitor: str, world: str) -> dict[int, tuple[int, int, float]]:
    """Give windows, alarms and the lower end of the interval, by rows of a window."""
    found = {}
    for name, at, rows, windows, loud, told, _ in rows_of("rates"):
        if (name, at) == (monitor, world):
            low = float(re.search(r", ([\d.]+) %", told)[1])
            count, alarms = (int(cell.replace(",", "")) for cell in (windows, loud))
            found[int(rows.replace(",", ""))] = (count, alarms, low)
    return found


def test_usual_windows_raise_no_more_alarms_than_is_promised():
    found = rates("drift", "nothing drifts")

    assert set(found) == {50, 200, 1000, 10_000}
    for windows, alarms, _ in found.values():
        assert alarms <= 0.05 * windows
    for windows, alarms, _ in rates("multivariate_drift", "nothing drifts").values():
        assert alarms <= 0.05 * windows


@pytest.mark.parametrize(
    "names", ["300 names alike", "500 names alike", "300 names, Zipf", "500 names, Zipf"]
)
def test_many_categories_raise_no_more_alarms_than_is_promised(names: str):
    found = rates("drift", names)

    assert set(found) == {200, 1000}
    for windows, alarms, _ in found.values():
        assert alarms <= 0.05 * windows


def test_category_that_takes_over_is_found():
    for windows, alarms, _ in rates("drift", "1 of 500 names takes half").values():
        assert alarms >= 0.95 * windows


def test_half_a_deviation_is_found():
    windows, alarms, _ = rates("drift", "half a deviation")[1000]

    assert alarms >= 0.95 * windows


def test_intervals_are_those_of_the_counts():
    scipy_stats = pytest.importorskip("scipy.stats")

    for monitor, world in (("drift", "nothing drifts"), ("drift", "half a deviation")):
        for windows, alarms, low in rates(monitor, world).values():
            exact = scipy_stats.binomtest(alarms, windows).proportion_ci(method="exact")
            assert low == pytest.approx(100 * exact.low, abs=0.051)


def test_page_says_what_it_was_made_with():
    text = PAGE.read_text(encoding="utf-8")

    assert re.search(r"the seed of some windows is the CRC-32 .* scikit-learn \d", text)


def test_million_rows_are_watched_within_the_limits():
    found = {cells[0].replace("`", ""): cells for cells in rows_of("speed")}

    assert float(found["drift, 1,000,000 x 20"][1]) <= 1.5
    for monitor in ("drift", "multivariate_drift"):
        assert int(found[f"{monitor}, 1,000,000 x 50"][4].removesuffix(" MB")) < 500

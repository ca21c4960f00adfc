"""Simulate and measure what `docs/explanation/drift.md` tells, and write it there.

python tests/benchmarks/drift_table.py rates     # an hour of one core
python tests/benchmarks/drift_table.py speed     # a few minutes
"""

from __future__ import annotations

import argparse
import platform
import re
import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from drift_rates import REFERENCE, WINDOWS_EACH, Rate, rates
from drift_speed import LIMITS, Cost, costs
from drifting import COLUMNS

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "drift.md"
LIBRARIES = ("numpy", "pandas", "scipy", "scikit-learn")


def main(words: list[str]) -> None:
    """Do a part, or both."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("parts", nargs="*", choices=["rates", "speed"], default=["rates", "speed"])
    asked.add_argument("--windows", type=int, default=1000, help="for a monitor that counts")
    asked.add_argument("--moved", type=int, default=300, help="that drift, for the same")
    asked.add_argument(
        "--fitted", type=int, default=100, help="for one that fits classifiers; 0: none"
    )
    asked.add_argument("--workers", type=int, default=1)
    options = asked.parse_args(words)
    if "rates" in options.parts:
        found = []
        several = (options.windows, options.moved, options.fitted)
        for rate in rates(*several, options.workers):
            print(rate, flush=True)
            found.append(rate)
        write(PAGE, "rates", rates_in_words(found))
    if "speed" in options.parts:
        write(PAGE, "speed", costs_in_words(costs()))


def write(page: Path, part: str, text: str) -> None:
    """Put a text between the marks of a part of the page."""
    mark = re.compile(rf"(<!-- {part} -->\n).*?(<!-- end of {part} -->)", re.DOTALL)
    known = page.read_text(encoding="utf-8")
    changed, times = mark.subn(lambda found: found[1] + text + found[2], known)
    if times != 1:
        raise SystemExit(f"{page} has no marks of {part!r}")
    page.write_text(changed, encoding="utf-8")


def rates_in_words(found: Iterable[Rate]) -> str:
    """Write the table of rates."""
    lines = [
        "| monitor | world | rows | windows | alarms | rate, 95 % interval | beyond chance alone |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for rate in found:
        low, high = rate.between
        between = f"{rate.loud / rate.windows:.1%}, {low:.1%} to {high:.1%}".replace("%", " %")
        lines.append(
            f"| `{rate.monitor}` | {rate.world} | {rate.rows:,} | {rate.windows:,} | {rate.loud:,}"
            f" | {between} | {rate.beyond_chance:,} |"
        )
    told = (
        f"{COLUMNS} columns, references of {REFERENCE:,} rows, a new one after {WINDOWS_EACH} windows;"
        " of names one column, references of 1,000 rows, a new one after 5 windows;"
        " intervals of Clopper and Pearson; the seed of some windows is the CRC-32 of"
        f" `world/rows/number`. {surroundings()}"
    )
    return "\n".join([*lines, "", told, ""])


def costs_in_words(found: Iterable[Cost]) -> str:
    """Write the table of costs."""
    lines = [
        "| one window | CPU-seconds | by hand | ratio | most memory | by hand |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {cost.what} | {cost.seconds:.2f} | {cost.floor_seconds:.2f}"
        f" | {cost.seconds / cost.floor_seconds:.1f} | {cost.megabytes:.0f} MB"
        f" | {cost.floor_megabytes:.0f} MB |"
        for cost in found
    ]
    told = (
        "Each in a process of its own, the least of three; memory is the most that the whole process"
        f" ever had, libraries included. {surroundings()} Limits: {LIMITS}."
    )
    return "\n".join([*lines, "", told, ""])


def surroundings() -> str:
    """Say what it ran with."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return f"Python {platform.python_version()}, {libraries}."


if __name__ == "__main__":
    main(sys.argv[1:])

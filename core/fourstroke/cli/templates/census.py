"""Generate the demo's data: people and whether they earn much, before and after a change.

The columns are those of a census; every row is drawn here, from nobody.
"""

from __future__ import annotations

import csv
import io
import math
import random
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ID: Final = "person"
TARGET: Final = "income"
HIGH: Final = ">50K"
_LOW: Final = "<=50K"
COLUMNS: Final = (
    ID,
    "age",
    "workclass",
    "education_years",
    "marital_status",
    "occupation",
    "sex",
    "hours_per_week",
    "capital_gain",
    TARGET,
)

_OCCUPATIONS: Final = {
    "craft": -0.2,
    "sales": 0.1,
    "clerical": -0.3,
    "managerial": 0.9,
    "service": -0.8,
}
_SHARE_MISSING: Final = 0.02


@attrs.frozen(kw_only=True)
class World:
    """How people live and what makes them earn much.

    Parameters
    ----------
    mean_age, mean_hours : float
        Means of age in years and of hours worked in a week.
    workclasses : dict of str to float
        Kinds of employment and their shares.
    education_effect, hours_effect : float
        What a year of education, and ten hours of work, add to the log-odds of a high income.
    """

    mean_age: float
    mean_hours: float
    workclasses: dict[str, float]
    education_effect: float
    hours_effect: float


USUAL: Final = World(
    mean_age=39.0,
    mean_hours=41.0,
    workclasses={"private": 0.75, "self-employed": 0.12, "government": 0.13},
    education_effect=0.42,
    hours_effect=0.35,
)
# People are older, work less, many for a platform that is new, and education pays less.
CHANGED: Final = World(
    mean_age=47.0,
    mean_hours=33.0,
    workclasses={"private": 0.52, "self-employed": 0.10, "government": 0.13, "platform": 0.25},
    education_effect=0.12,
    hours_effect=0.85,
)


def table(
    world: World, rows: int, seed: int, *, columns: Sequence[str] = COLUMNS, first: int = 1
) -> str:
    """Write a table of people as CSV, numbered from ``first`` on; the same arguments give the same text."""
    # A simulation, not a secret: the same rows each time are what is wanted.
    source = random.Random(seed)  # noqa: S311
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for number, person in enumerate(_people(world, rows, source), first):
        known = dict(zip(COLUMNS, (number, *person), strict=True))
        writer.writerow([known[name] for name in columns])
    return text.getvalue()


def _people(world: World, rows: int, source: random.Random) -> Iterator[list[object]]:
    kinds, shares = list(world.workclasses), list(world.workclasses.values())
    for _ in range(rows):
        age = round(min(max(source.gauss(world.mean_age, 12.5), 17), 90))
        workclass = source.choices(kinds, shares)[0]
        education = round(min(max(source.gauss(10.5, 2.6), 1), 16))
        is_married = source.random() < min(0.15 + age / 100, 0.75)
        occupation = source.choice(list(_OCCUPATIONS))
        sex = source.choice(("female", "male"))
        hours = round(min(max(source.gauss(world.mean_hours, 10.0), 1), 99))
        gain = round(source.expovariate(1 / 6000)) if source.random() < 0.09 else 0  # noqa: PLR2004 - a share
        odds = (
            -2.4
            + world.education_effect * (education - 10.5)
            + world.hours_effect * (hours - 40) / 10
            + 0.03 * (min(age, 60) - 40)
            + (1.3 if is_married else -0.3)
            + _OCCUPATIONS[occupation]
            + (0.3 if workclass == "self-employed" else -0.9 if workclass == "platform" else 0.0)
            + gain / 3500
        )
        earns_much = source.random() < 1 / (1 + math.exp(-odds))
        yield [
            age,
            _perhaps_missing(workclass, source),
            education,
            "married" if is_married else "single",
            _perhaps_missing(occupation, source),
            sex,
            hours,
            gain,
            HIGH if earns_much else _LOW,
        ]


def _perhaps_missing(value: str, source: random.Random) -> str:
    return "" if source.random() < _SHARE_MISSING else value

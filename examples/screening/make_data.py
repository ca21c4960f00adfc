"""Make the tables of this example: tests for a virus at a hospital, day by day of a pandemic.

They are made up, after the shape of a published table of 15,000 tests (covid_testing of the R package
medicaldata): rare positives, half of two columns missing, and a clinic for cars from day 51 on, after
which other people come and other things tell who is ill.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

ROWS, DAYS, CHANGE = 15_000, 107, 50
CARS_FROM, BY_CAR = 51, 0.62
PLACES = [
    "clinical lab",
    "emergency dept",
    "oncology",
    "neonatal care",
    "intensive care",
    "network",
]
DATA = Path(__file__).parent / "data"


def tests(random: np.random.Generator) -> pd.DataFrame:
    """Draw all tests, in the order of days."""
    day = np.sort(1 + (DAYS * random.beta(2.2, 1.6, ROWS)).astype(int).clip(0, DAYS - 1))
    by_car = (day >= CARS_FROM) & (random.random(ROWS) < BY_CAR)
    is_staff = random.random(ROWS) < np.where(by_car, 0.30, 0.06)
    age = np.where(is_staff, random.normal(41, 12, ROWS), random.gamma(1.2, 9, ROWS)).clip(0, 95)
    place = random.choice(PLACES, ROWS, p=[0.42, 0.32, 0.08, 0.06, 0.06, 0.06])
    place = np.where(by_car, "clinical lab", place)
    payer = random.choice(
        ["commercial", "government", "unassigned", "self"], ROWS, p=[0.45, 0.43, 0.09, 0.03]
    )
    kind = np.where(
        place == "emergency dept", "emergency", random.choice(["inpatient", "outpatient"], ROWS)
    )
    told = random.random(ROWS) < np.where(by_car, 0.25, 0.78)
    fever = random.random(ROWS) < np.where(place == "emergency dept", 0.45, 0.15)
    contact = random.random(ROWS) < np.where(is_staff, 0.25, 0.08)
    later = day > CHANGE
    pull = np.where(
        later,
        -4.6
        + 0.9 * fever
        + 1.0 * contact
        + 1.8 * (by_car & is_staff)
        + 0.6 * (payer == "government"),
        -4.9 + 2.1 * fever + 2.6 * contact + 1.0 * (place == "emergency dept"),
    )
    ill = random.random(ROWS) < 1 / (1 + np.exp(-pull))
    return pd.DataFrame(
        {
            "test": np.arange(1, ROWS + 1),
            "day": day,
            "place": place,
            "by_car": by_car.astype(int),
            "group": np.where(is_staff, "staff", "patient"),
            "age": age.round(1),
            "fever": fever.astype(int),
            "contact": contact.astype(int),
            "payer": np.where(told, payer, None),
            "kind": np.where(told, kind, None),
            "result": np.where(ill, "positive", "negative"),
        }
    )


if __name__ == "__main__":
    made = tests(np.random.default_rng(2020))
    packing = {"method": "gzip", "mtime": 1}
    early = made["day"] <= CHANGE
    made[early].to_csv(DATA / "until_day_50.csv.gz", index=False, compression=packing)
    made[~early].to_csv(DATA / "from_day_51.csv.gz", index=False, compression=packing)

"""What the project's own step has to do: its figures, and the contract of its stage."""

from __future__ import annotations

from typing import ClassVar

import pandas as pd
from steps import net_capital

from fourstroke.testing import PrepareContract


def test_a_loss_counts_against_a_gain():
    answers = pd.DataFrame({"age": [39, 50], "capital_gain": [2174, 0], "capital_loss": [0, 1902]})

    made = net_capital(answers)

    assert made.to_dict("list") == {"age": [39, 50], "net_capital": [2174, -1902]}


class TestNetCapital(PrepareContract):
    plugin = net_capital
    key = "age"
    waived: ClassVar = {"test_missing_column_is_named": "the KeyError of pandas names it"}

    def sample(self):
        return pd.DataFrame(
            {
                "age": range(20, 60),
                "capital_gain": [0, 500] * 20,
                "capital_loss": [0, 0, 0, 90] * 10,
            }
        )

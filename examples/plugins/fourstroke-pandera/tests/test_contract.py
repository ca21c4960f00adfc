"""What fourstroke asks of every check."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from fourstroke.testing import CheckContract
from fourstroke_pandera import Pandera


class TestPandera(CheckContract):
    plugin = Pandera(schema=Path(__file__).parent / "people.yaml")
    waived: ClassVar = {
        "test_empty_table_is_not_passed_in_silence": "a schema speaks of the rows that there are",
    }

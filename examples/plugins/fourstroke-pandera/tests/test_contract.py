"""What fourstroke asks of every check."""

from __future__ import annotations

from pathlib import Path

from fourstroke.testing import CheckContract
from fourstroke_pandera import Pandera


class TestPandera(CheckContract):
    plugin = Pandera(schema=Path(__file__).parent / "any.yaml")

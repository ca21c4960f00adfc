"""Hold Template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.train import Template
from fourstroke.testing import TrainContract


class TestTemplate(TrainContract):
    plugin = Template
    settings = {"column": "member"}

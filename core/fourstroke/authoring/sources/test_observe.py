"""Hold Template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.observe import Template
from fourstroke.testing import ObserveContract


class TestTemplate(ObserveContract):
    plugin = Template
    settings = {"path": "steps.txt"}

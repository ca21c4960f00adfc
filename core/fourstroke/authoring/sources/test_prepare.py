"""Hold Template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.prepare import Template
from fourstroke.testing import PrepareContract


class TestTemplate(PrepareContract):
    plugin = Template
    settings = {"column": "income"}

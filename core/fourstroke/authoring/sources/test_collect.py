"""Hold Template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.collect import Template
from fourstroke.testing import CollectContract


class TestTemplate(CollectContract):
    plugin = Template
    settings = {"path": "table.csv"}

"""Hold template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.functions.collect import template
from fourstroke.testing import CollectContract


class TestTemplate(CollectContract):
    plugin = template
    settings = {"path": "table.csv"}

"""Hold template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.functions.prepare import template
from fourstroke.testing import PrepareContract


class TestTemplate(PrepareContract):
    plugin = template
    settings = {"column": "income"}

"""Hold template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.functions.validate import template
from fourstroke.testing import ValidateContract


class TestTemplate(ValidateContract):
    plugin = template
    capabilities = ("metric",)

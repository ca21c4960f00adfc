"""Hold Template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.validate import Template
from fourstroke.testing import ValidateContract


class TestTemplate(ValidateContract):
    plugin = Template
    capabilities = ("metric",)

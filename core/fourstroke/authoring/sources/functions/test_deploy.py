"""Hold template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.functions.deploy import template
from fourstroke.testing import DeployContract


class TestTemplate(DeployContract):
    plugin = template
    settings = {"path": "deployed"}

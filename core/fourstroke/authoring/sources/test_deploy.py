"""Hold Template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.deploy import Template
from fourstroke.testing import DeployContract


class TestTemplate(DeployContract):
    plugin = Template
    settings = {"path": "deployed"}

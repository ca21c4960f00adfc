"""Hold Template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.approve import Template
from fourstroke.testing import ApproveContract


class TestTemplate(ApproveContract):
    plugin = Template

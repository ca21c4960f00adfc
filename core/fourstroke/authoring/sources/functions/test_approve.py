"""Hold template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.functions.approve import template
from fourstroke.testing import ApproveContract


class TestTemplate(ApproveContract):
    plugin = template

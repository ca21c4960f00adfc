"""Hold template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.functions.explain import template
from fourstroke.testing import ExplainContract


class TestTemplate(ExplainContract):
    plugin = template

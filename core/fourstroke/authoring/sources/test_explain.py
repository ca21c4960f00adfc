"""Hold Template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.explain import Template
from fourstroke.testing import ExplainContract


class TestTemplate(ExplainContract):
    plugin = Template

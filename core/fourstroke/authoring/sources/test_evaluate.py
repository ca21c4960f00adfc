"""Hold Template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.evaluate import Template
from fourstroke.testing import EvaluateContract


class TestTemplate(EvaluateContract):
    plugin = Template

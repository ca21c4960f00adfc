"""Hold template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.functions.evaluate import template
from fourstroke.testing import EvaluateContract


class TestTemplate(EvaluateContract):
    plugin = template

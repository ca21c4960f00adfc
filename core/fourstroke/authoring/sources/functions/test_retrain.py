"""Hold template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.functions.retrain import template
from fourstroke.testing import RetrainContract


class TestTemplate(RetrainContract):
    plugin = template

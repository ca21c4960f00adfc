"""Hold template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.functions.split import template
from fourstroke.testing import SplitContract


class TestTemplate(SplitContract):
    plugin = template

"""Hold template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.functions.render import template
from fourstroke.testing import RenderContract


class TestTemplate(RenderContract):
    plugin = template

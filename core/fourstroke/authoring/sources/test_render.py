"""Hold Template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.render import Template
from fourstroke.testing import RenderContract


class TestTemplate(RenderContract):
    plugin = Template

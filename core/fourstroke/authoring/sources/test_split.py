"""Hold Template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.split import Template
from fourstroke.testing import SplitContract


class TestTemplate(SplitContract):
    plugin = Template

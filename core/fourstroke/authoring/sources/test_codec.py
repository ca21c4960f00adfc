"""Hold Template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.codec import Template
from fourstroke.testing import CodecContract


class TestTemplate(CodecContract):
    plugin = Template

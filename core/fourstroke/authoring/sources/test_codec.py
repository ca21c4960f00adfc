"""Hold Template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.codec import Template, Words
from fourstroke.testing import CodecContract


class TestTemplate(CodecContract):
    plugin = Template

    def values(self) -> dict[str, Words]:
        return {"some": Words(("one", "zwei")), "none": Words(())}

"""Hold Template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.storage import Template

from fourstroke.testing import StorageContract


class TestTemplate(StorageContract):
    plugin = Template

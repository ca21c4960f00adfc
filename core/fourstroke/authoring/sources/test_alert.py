"""Hold Template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.alert import Template
from fourstroke.testing import AlertContract


class TestTemplate(AlertContract):
    plugin = Template
    settings = {"path": "alerts.txt"}

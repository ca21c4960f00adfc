"""Hold template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.functions.alert import template
from fourstroke.testing import AlertContract


class TestTemplate(AlertContract):
    plugin = template
    settings = {"path": "alerts.txt"}

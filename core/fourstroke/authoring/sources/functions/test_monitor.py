"""Hold template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.functions.monitor import template
from fourstroke.testing import MonitorContract


class TestTemplate(MonitorContract):
    plugin = template

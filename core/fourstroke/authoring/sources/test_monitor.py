"""Hold Template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.monitor import Template
from fourstroke.testing import MonitorContract


class TestTemplate(MonitorContract):
    plugin = Template

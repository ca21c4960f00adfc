"""Hold Template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.executor import Template
from fourstroke.testing import ExecutorContract


class TestTemplate(ExecutorContract):
    plugin = Template

"""Hold template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.functions.executor import template
from fourstroke.testing import ExecutorContract


class TestTemplate(ExecutorContract):
    plugin = template

"""Hold Template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.check import Template
from fourstroke.testing import CheckContract


class TestTemplate(CheckContract):
    plugin = Template
    settings = {"column": "age"}

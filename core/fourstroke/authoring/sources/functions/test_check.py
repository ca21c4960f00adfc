"""Hold template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.functions.check import template
from fourstroke.testing import CheckContract


class TestTemplate(CheckContract):
    plugin = template
    settings = {"column": "age"}

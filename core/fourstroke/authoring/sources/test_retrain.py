"""Hold Template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.retrain import Template
from fourstroke.testing import RetrainContract


class TestTemplate(RetrainContract):
    plugin = Template

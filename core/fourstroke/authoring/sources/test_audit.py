"""Hold Template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.audit import Template
from fourstroke.testing import AuditContract


class TestTemplate(AuditContract):
    plugin = Template

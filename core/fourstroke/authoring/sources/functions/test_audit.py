"""Hold template to the contract of its stage."""

from __future__ import annotations

from fourstroke.authoring.sources.functions.audit import template
from fourstroke.testing import AuditContract


class TestTemplate(AuditContract):
    plugin = template

"""The page that an audit pack opens with: what is known of a version, and every file beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke_report.page import template_of

if TYPE_CHECKING:
    from fourstroke import AuditPack


def audit_html(pack: AuditPack) -> str:
    """Render the page; the same facts give the same bytes."""
    return template_of("audit.html").render(pack=pack)

"""Alerts to other programs and people: a signed webhook, and mail."""

from __future__ import annotations

from fourstroke_alerts.email import Email
from fourstroke_alerts.webhook import Webhook

__all__ = ["Email", "Webhook"]

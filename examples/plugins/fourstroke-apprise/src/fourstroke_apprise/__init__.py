"""Apprise for fourstroke: tell people by mail, chat, push and more than a hundred other services."""

from __future__ import annotations

from fourstroke_apprise.alerting import Apprise

__all__ = ["Apprise"]

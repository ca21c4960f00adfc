"""Monitors, alerts and events as lines of text and of JSON, in files of the project."""

from __future__ import annotations

from fourstroke_logging.alerting import LogAlert
from fourstroke_logging.monitoring import LogMonitor
from fourstroke_logging.observing import LogObserver

__all__ = ["LogAlert", "LogMonitor", "LogObserver"]

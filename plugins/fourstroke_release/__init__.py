"""Validate candidates by what their release would bring: to clients, to loaders, to those who repeat it."""

from __future__ import annotations

from fourstroke_release.compatible import Compatible
from fourstroke_release.data_checks import DataChecks
from fourstroke_release.reproducible import Reproducible
from fourstroke_release.safe_files import SafeFiles

__all__ = ["Compatible", "DataChecks", "Reproducible", "SafeFiles"]

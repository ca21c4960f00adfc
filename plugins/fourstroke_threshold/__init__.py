"""Validate candidates: against bounds, the baseline and the champion."""

from __future__ import annotations

from fourstroke_threshold.baseline import Baseline
from fourstroke_threshold.champion import Champion, UnlessWorse
from fourstroke_threshold.shadow import Shadow
from fourstroke_threshold.threshold import Threshold

__all__ = ["Baseline", "Champion", "Shadow", "Threshold", "UnlessWorse"]

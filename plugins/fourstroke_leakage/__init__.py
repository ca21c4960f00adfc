"""Audit the parts of a split: what they tell of each other, or of the target, and must not."""

from __future__ import annotations

from fourstroke_leakage.auditing import Leakage

__all__ = ["Leakage"]

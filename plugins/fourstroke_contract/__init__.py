"""Check tables against contracts: editable files that say what a table must keep to."""

from __future__ import annotations

from fourstroke_contract.checking import Contract

__all__ = ["Contract"]

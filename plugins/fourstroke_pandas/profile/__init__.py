"""Profiles of tables: one pass, bounded memory, and parts that can be put together."""

from __future__ import annotations

from fourstroke_pandas.profile.table import profile_of, sketches_of

__all__ = ["profile_of", "sketches_of"]

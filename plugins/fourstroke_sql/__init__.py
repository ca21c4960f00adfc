"""Collect tables from databases, by any URL that SQLAlchemy knows."""

from __future__ import annotations

from fourstroke_sql.collecting import Sql

__all__ = ["Sql"]

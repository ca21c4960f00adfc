"""The records: runs, steps, metrics, data sets, models and what became of them, in one database.

SQLAlchemy is imported here and nowhere else; so this package is imported when a project is opened.
"""

from __future__ import annotations

from fourstroke.records.records import Records
from fourstroke.records.writer import RunWriter

__all__ = ["Records", "RunWriter"]

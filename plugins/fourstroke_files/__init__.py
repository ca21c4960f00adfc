"""Collect tables from files: CSV, TSV, JSON lines, Parquet and Excel, here or elsewhere."""

from __future__ import annotations

from fourstroke_files.files import Files
from fourstroke_files.remote import Remote
from fourstroke_files.web import Http

__all__ = ["Files", "Http", "Remote"]

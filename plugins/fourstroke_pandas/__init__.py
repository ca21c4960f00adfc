"""Prepare, check and split pandas tables, and keep them as Parquet."""

from __future__ import annotations

from fourstroke_pandas.checking import Columns, Table
from fourstroke_pandas.codec import FrameCodec
from fourstroke_pandas.preparing import (
    Cast,
    Deduplicate,
    Derive,
    Drop,
    Fill,
    Filter,
    Join,
    Rename,
    Select,
)
from fourstroke_pandas.splitting import (
    AutomaticSplit,
    GroupSplit,
    RandomSplit,
    StratifiedSplit,
    TimeSplit,
)

__all__ = [
    "AutomaticSplit",
    "Cast",
    "Columns",
    "Deduplicate",
    "Derive",
    "Drop",
    "Fill",
    "Filter",
    "FrameCodec",
    "GroupSplit",
    "Join",
    "RandomSplit",
    "Rename",
    "Select",
    "StratifiedSplit",
    "Table",
    "TimeSplit",
]

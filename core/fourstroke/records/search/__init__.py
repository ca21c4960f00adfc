"""The language that runs are searched in: read, checked, and turned into SQL."""

from __future__ import annotations

from fourstroke.records.search.fields import field_of
from fourstroke.records.search.language import parse, parse_order, word
from fourstroke.records.search.sql import condition, ordering
from fourstroke.records.search.tree import (
    Comparison,
    Field,
    Order,
    Term,
    Value,
    all_of,
    comparisons,
    fault,
)

__all__ = [
    "Comparison",
    "Field",
    "Order",
    "Term",
    "Value",
    "all_of",
    "comparisons",
    "condition",
    "fault",
    "field_of",
    "ordering",
    "parse",
    "parse_order",
    "word",
]

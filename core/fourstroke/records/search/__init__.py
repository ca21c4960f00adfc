"""The language that runs are searched in: read, checked, and turned into SQL."""

from __future__ import annotations

from fourstroke.records.search.language import parse, parse_order, word
from fourstroke.records.search.sql import condition, ordering
from fourstroke.records.search.tree import Comparison, Order, Term, comparisons

__all__ = [
    "Comparison",
    "Order",
    "Term",
    "comparisons",
    "condition",
    "ordering",
    "parse",
    "parse_order",
    "word",
]

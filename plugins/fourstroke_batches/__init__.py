"""Tables larger than memory: collected, prepared, checked and kept in record batches of Parquet."""

from __future__ import annotations

from fourstroke_batches.codec import BatchesCodec
from fourstroke_batches.collecting import Batches
from fourstroke_batches.sampling import Sample

__all__ = ["Batches", "BatchesCodec", "Sample"]

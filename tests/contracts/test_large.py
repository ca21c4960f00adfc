"""Tables in batches keep the contracts of what collects, prepares and keeps them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import ClassVar

import pandas as pd

from fourstroke.testing import CodecContract
from fourstroke.testing.contracts.collect import CollectContract
from fourstroke.testing.contracts.prepare import PrepareContract
from fourstroke.testing.samples import people
from fourstroke_batches import Batches, BatchesCodec, Sample
from fourstroke_batches.table import BatchedTable


class TestBatches(CollectContract):
    plugin = Batches
    settings: ClassVar = {"path": "people.parquet"}

    def write_source(self, table):
        table.to_parquet(self.place())


class TestSample(PrepareContract):
    plugin = Sample
    settings: ClassVar = {"rows": 40}


class TestBatchesCodec(CodecContract):
    plugin = BatchesCodec

    def is_same(self, found, expected):
        return found.schema == expected.schema and found.to_pandas().equals(expected.to_pandas())

    def values(self):
        data = people()
        return {
            "people": batched(data),
            "no rows": batched(data.head(0)),
            "zones": batched(data.assign(since=data["since"].dt.tz_localize("Europe/Zurich"))),
        }


def batched(data: pd.DataFrame) -> BatchedTable:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"
        data.to_parquet(path)
        return BatchedTable.open([path])

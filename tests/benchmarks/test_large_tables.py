"""How much memory a table of 20 million rows takes on its way into the catalog.

The floor beside it is a loop by hand that reads, checks and writes the same batches.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.benchmark

ROWS = 20_000_000
MOST_BYTES = 1_000_000_000
CHUNK = 1_000_000

PROJECT = """
[project]
name = "orders"

[task]
target = "late"
kind = "binary"
id = "id"

[data.collect]
use = "batches"
path = "orders.parquet"

[[data.prepare]]
use = "derive"
columns = { each = "amount / items" }

[[data.check]]

[[data.check]]
use = "contract"
"""
CONTRACT = """
format = "fourstroke.contract/1"
[table]
key = ["id"]
[columns.id]
type = "integer"
[columns.amount]
missing = 0.1
min = 0
[columns.country]
allowed = ["at", "ch", "de", "fr", "it"]
[columns.each]
min = 0
[[rules]]
name = "each is a part"
must = "each <= amount"
"""
BY_HAND = """
import sys
import pyarrow as pa, pyarrow.compute as pc, pyarrow.parquet as pq

source, target = sys.argv[1:]
known = pa.array(["at", "ch", "de", "fr", "it"])
with pq.ParquetFile(source, buffer_size=1 << 20, pre_buffer=False) as file:
    schema = file.schema_arrow.append(pa.field("each", pa.float64()))
    with pq.ParquetWriter(target, schema) as writer:
        for batch in file.iter_batches(batch_size=131_072):
            each = pc.divide(batch["amount"], pc.cast(batch["items"], pa.float64()))
            assert batch["amount"].null_count <= len(batch) * 0.1
            assert pc.min(batch["amount"]).as_py() >= 0
            assert pc.all(pc.is_in(batch["country"], known)).as_py()
            assert pc.all(pc.less_equal(each, batch["amount"])).as_py()
            writer.write_batch(batch.append_column("each", each))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("large")
    (folder / "fourstroke.toml").write_text(PROJECT)
    (folder / "contract.toml").write_text(CONTRACT)
    random = np.random.default_rng(0)
    writer = None
    for start in range(0, ROWS, CHUNK):
        table = pa.table(
            {
                "id": np.arange(start, start + CHUNK),
                "amount": random.random(CHUNK).round(3),
                "items": random.integers(1, 20, CHUNK),
                "country": random.choice(["at", "ch", "de", "fr", "it"], CHUNK),
                "late": random.integers(0, 2, CHUNK),
            }
        )
        writer = writer or pq.ParquetWriter(folder / "orders.parquet", table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()
    return folder


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the memory of processes")
@pytest.mark.timeout(600)
def test_20_million_rows_take_less_than_a_gigabyte(project, record_property):
    floor_seconds, floor_bytes = watched(
        [sys.executable, "-c", BY_HAND, "orders.parquet", "by_hand.parquet"], project
    )
    command = [sys.executable, "-m", "fourstroke", "run", "--to", "data.publish"]

    seconds, most_bytes = watched(command, project)

    record_property("seconds", round(seconds, 1))
    record_property("times_by_hand", round(seconds / floor_seconds, 1))
    record_property("megabytes", round(most_bytes / 1e6))
    record_property("times_memory_by_hand", round(most_bytes / floor_bytes, 1))
    print(f"{seconds:.0f} s, by hand {floor_seconds:.0f} s; {most_bytes / 1e6:.0f} MB")
    assert most_bytes < MOST_BYTES


def watched(command: list[str], folder: Path) -> tuple[float, int]:
    """Run a command, and give its seconds and the most memory that all its processes had at once."""
    started, most = time.monotonic(), 0
    with subprocess.Popen(
        command,
        cwd=folder,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while process.poll() is None:
            most = max(most, memory_of(process.pid))
            time.sleep(0.05)
        told = process.stderr.read() if process.stderr else ""
    assert process.returncode == 0, told
    return time.monotonic() - started, most


def memory_of(session: int) -> int:
    """Add up the memory of a session's processes, what they share counted once for each."""
    total = 0
    for place in Path("/proc").iterdir():
        if not place.name.isdecimal():
            continue
        try:
            if os.getsid(int(place.name)) == session:
                total += int((place / "statm").read_text().split()[1])
        except (OSError, ValueError):
            continue  # it has just ended
    return total * os.sysconf("SC_PAGE_SIZE")

"""Records are backed up while others write, and restored into a project that has none."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from pathlib import Path

import pytest
from records_sample import artifact, begin, passed, register, succeed, yes

from fourstroke import StoreError, UsageError
from fourstroke.context import MetricPoint
from fourstroke.records import Records


def write(records: Records) -> str:
    with begin(records) as writer:
        points = [MetricPoint(name="loss", value=n) for n in range(2500)]
        points.append(MetricPoint(name="loss", value=float("nan")))
        succeed(writer, "data.a", "k", "one", metrics=points)
        writer.publish_dataset("adult", artifact("table"), 1, ("x",))
        writer.record_verdict(None, "income", passed())
        register(writer, "model")
        writer.record_decision("income", 1, "approve", yes())
        writer.promote("income", 1, "run")
        number = writer.record_predictions("income", 1, artifact("d"), artifact("p"), 4)
        writer.record_observations("income", 1, [number], ())
        writer.finish("succeeded")
    return writer.run


def everything(records: Records) -> tuple[object, ...]:
    [run] = records.runs()
    return (
        run,
        records.steps(run.run),
        [repr(row) for row in records.metrics(run.run)],
        records.dataset_versions("adult"),
        records.model_versions("income"),
        records.verdicts("income"),
        records.decisions("income"),
        records.predictions("income"),
        records.seen_windows("income", 1),
        records.events(),
    )


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_backup_brings_everything_into_either_database(
    records: Records, target: str, tmp_path: Path, request: pytest.FixtureRequest
):
    write(records)
    records.backup(tmp_path / "backup.sqlite")
    folder = tmp_path / "other" / ".fourstroke"
    folder.mkdir(parents=True)
    is_sqlite = target == "sqlite"
    url = (
        f"sqlite:///{folder}/records.sqlite"
        if is_sqlite
        else request.getfixturevalue("server").new_database()
    )

    with Records.open(url, folder=folder) as restored:
        restored.restore(tmp_path / "backup.sqlite")

        assert everything(restored) == everything(records)
        assert restored.verify_ledger() == ()
        begin(restored).finish("succeeded")
        assert restored.runs(1)[0].run > restored.runs()[1].run
        assert not [path for path in folder.iterdir() if path.name.startswith("records-")]


def test_backup_is_one_file_that_needs_nothing_beside_it(records: Records, tmp_path: Path):
    write(records)
    place = tmp_path / "backups"
    place.mkdir()

    records.backup(place / "backup.sqlite")

    assert [path.name for path in place.iterdir()] == ["backup.sqlite"]
    with contextlib.closing(sqlite3.connect(place / "backup.sqlite")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_backup_while_others_write_is_whole(sqlite_records: Records, tmp_path: Path):
    stop = threading.Event()

    def keep_writing() -> None:
        while not stop.is_set():
            with begin(sqlite_records) as writer:
                writer.record_verdict(None, "income", passed())
                writer.finish("succeeded")

    thread = threading.Thread(target=keep_writing)
    thread.start()
    try:
        for number in range(5):
            sqlite_records.backup(tmp_path / f"backup{number}.sqlite")
    finally:
        stop.set()
        thread.join()

    for number in range(5):
        url = f"sqlite:///{tmp_path}/backup{number}.sqlite"
        with Records.open(url, folder=tmp_path / "x") as backup:
            assert backup.verify_ledger() == ()


def test_restore_replaces_nothing(records: Records, tmp_path: Path):
    write(records)
    records.backup(tmp_path / "backup.sqlite")

    with pytest.raises(UsageError, match="there are records already"):
        records.restore(tmp_path / "backup.sqlite")

    assert len(records.runs()) == 1


def test_backup_that_was_changed_is_refused(sqlite_records: Records, tmp_path: Path):
    write(sqlite_records)
    backup = tmp_path / "backup.sqlite"
    sqlite_records.backup(backup)
    with contextlib.closing(sqlite3.connect(backup)) as connection:
        connection.executescript("UPDATE promotions SET why = 'mine'")
    folder = tmp_path / "other"

    with Records.open(f"sqlite:///{folder}/r.sqlite", folder=folder) as records:
        with pytest.raises(StoreError, match="the backup is damaged: promotions"):
            records.restore(backup)

        assert records.runs() == ()
        assert records.events() == ()


@pytest.mark.parametrize("content", [None, b"", b"no database" * 500])
def test_what_is_no_backup_is_refused(records: Records, tmp_path: Path, content: bytes | None):
    backup = tmp_path / "backup.sqlite"
    if content is not None:
        backup.write_bytes(content)

    with pytest.raises(StoreError):
        records.restore(backup)

    assert records.runs() == ()


def test_older_backup_is_migrated_and_stays_as_it_is(records: Records, tmp_path: Path):
    write(records)
    backup = tmp_path / "backup.sqlite"
    records.backup(backup)
    before = backup.read_bytes()
    folder = tmp_path / "other"

    with Records.open(f"sqlite:///{folder}/r.sqlite", folder=folder) as restored:
        restored.restore(backup)

    assert backup.read_bytes() == before

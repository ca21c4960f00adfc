"""Records are opened: created once, migrated once after a backup, and refused in plain words."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from records_sample import Server, artifact, begin, finished, python, succeed
from sqlalchemy import Connection, Inspector, inspect

from fourstroke import ConfigError, FourstrokeWarning, StoreError
from fourstroke.records import Records, migrate, tables
from fourstroke.records.database import Database
from fourstroke.records.filesystem import network_file_system

IS_ROOT = os.name == "posix" and os.geteuid() == 0

BEFORE = migrate.REVISIONS

STARTER = """
import sys
from pathlib import Path
from fourstroke.records import Records, migrate
from records_sample import begin
url, folder, scripts = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
if scripts:
    migrate.SCRIPTS, migrate.REVISIONS = Path(scripts), (*migrate.REVISIONS, "0006")
with Records.open(url, folder=folder) as records:
    begin(records).finish("succeeded")
"""

NEXT = """
import time
import sqlalchemy as sa
from alembic import op
revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
def upgrade():
    time.sleep(0.3)
    op.add_column("runs", sa.Column("extra", sa.String))
    op.create_table("notes", sa.Column("id", sa.Integer, primary_key=True))
"""


@pytest.fixture
def next_scripts(tmp_path: Path) -> Path:
    """Give the migrations that a later version would have: one more."""
    made = tmp_path / "migrations"
    shutil.copytree(migrate.SCRIPTS, made, ignore=shutil.ignore_patterns("__pycache__"))
    (made / "versions" / "r0006_next.py").write_text(NEXT)
    return made


@pytest.fixture
def later_version(next_scripts: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "SCRIPTS", next_scripts)
    monkeypatch.setattr(migrate, "REVISIONS", (*BEFORE, "0006"))


def columns_of_runs(url: str, folder: Path) -> list[str]:
    database = Database.connect(url, folder)
    names = [column["name"] for column in inspect(database.engine).get_columns("runs")]
    database.close()
    return names


def test_migrations_lead_to_the_tables_that_the_code_uses(url: str, folder: Path):
    Records.open(url, folder=folder).close()
    database = Database.connect(url, folder)
    options = {"compare_type": True, "version_table": migrate.VERSION_TABLE}
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, tables.metadata)
    database.close()

    assert differences == []
    scripts = ScriptDirectory(str(migrate.SCRIPTS))
    assert scripts.get_current_head() == migrate.REVISIONS[-1]
    assert len(list(scripts.walk_revisions())) == len(migrate.REVISIONS)


def test_current_records_are_opened_without_alembic(sqlite_url: str, folder: Path):
    Records.open(sqlite_url, folder=folder).close()
    code = (
        "import sys\nfrom pathlib import Path\nfrom fourstroke.records import Records\n"
        "Records.open(sys.argv[1], folder=Path(sys.argv[2])).close()\n"
        "print('alembic' in sys.modules)"
    )

    assert finished(python(code, sqlite_url, folder)).strip() == "False"


def test_many_starters_create_the_records_once(url: str, folder: Path):
    starters = [python(STARTER, url, folder, "") for _ in range(8)]
    for starter in starters:
        finished(starter)

    with Records.open(url, folder=folder) as records:
        assert len(records.runs()) == 8


def test_starter_that_looks_while_another_creates_sees_what_it_created(
    url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    look = inspect

    def look_late(connection: Connection) -> Inspector:
        monkeypatch.setattr(migrate, "inspect", look)
        Records.open(url, folder=folder).close()
        return look(connection)

    monkeypatch.setattr(migrate, "inspect", look_late)
    with Records.open(url, folder=folder) as records:
        assert records.runs() == ()


def test_many_starters_migrate_once_and_keep_what_there_is(
    url: str, folder: Path, next_scripts: Path
):
    with Records.open(url, folder=folder) as records, begin(records) as writer:
        succeed(writer, "data.a", "k", "one")
        writer.finish("succeeded")

    starters = [python(STARTER, url, folder, next_scripts) for _ in range(8)]
    for starter in starters:
        finished(starter)

    assert "extra" in columns_of_runs(url, folder)
    with pytest.raises(StoreError, match="a newer fourstroke wrote the records"):
        Records.open(url, folder=folder)


@pytest.mark.usefixtures("later_version")
def test_older_records_are_backed_up_before_they_are_migrated(
    sqlite_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "REVISIONS", BEFORE)
        patch.setattr(migrate, "SCRIPTS", Path(tables.__file__).parent / "migrations")
        with Records.open(sqlite_url, folder=folder) as records:
            begin(records).finish("succeeded")

    with Records.open(sqlite_url, folder=folder) as records:
        assert len(records.runs()) == 1

    backup = folder / "records.sqlite.before-0006"
    with contextlib.closing(sqlite3.connect(backup)) as connection:
        assert connection.execute("SELECT version_num FROM fourstroke_schema").fetchone() == (
            "0005",
        )
        assert connection.execute("SELECT count(*) FROM runs").fetchone() == (1,)


OLDER = (
    (
        "INSERT INTO log_segments (id, run_number, segment, model, version, role, day, row_count,"
        " left_out, dropped, damaged, at) VALUES"
        " (1, 1, 's', 'm', 1, 'champion', '2026-05-01', 3, 0, 0, 0, '2026-05-01T08:00:00.000000+00:00')"
    ),
    (
        "INSERT INTO windows (id, run_number, model, version, at, name, row_count) VALUES"
        " (1, 1, 'm', 1, '2026-05-01T08:00:00.000000+00:00', 'w', 3)"
    ),
)


def test_counts_that_older_records_lack_are_unknown_and_not_zero(
    url: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    older = tmp_path / "older"
    shutil.copytree(migrate.SCRIPTS, older, ignore=shutil.ignore_patterns("__pycache__", "r0005*"))
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "SCRIPTS", older)
        patch.setattr(migrate, "REVISIONS", BEFORE[:4])
        with Records.open(url, folder=folder) as records:
            begin(records).finish("succeeded")
        database = Database.connect(url, folder)
        with database.writing() as connection:
            for statement in OLDER:
                connection.exec_driver_sql(statement)
        database.close()

    with Records.open(url, folder=folder) as records:
        [segment], [window] = records.log_segments("m"), records.seen_windows("m", 1)

    assert (segment.rows, segment.traffic, segment.first_at) == (3, None, None)
    assert (window.facts.name, window.facts.traffic, window.segments) == ("w", None, ())


def test_migration_that_fails_leaves_the_records_as_they_were(
    url: str, folder: Path, next_scripts: Path, monkeypatch: pytest.MonkeyPatch
):
    with Records.open(url, folder=folder) as records:
        begin(records).finish("succeeded")
    script = next_scripts / "versions" / "r0006_next.py"
    script.write_text(NEXT + "    raise RuntimeError('half way')\n")
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "SCRIPTS", next_scripts)
        patch.setattr(migrate, "REVISIONS", (*BEFORE, "0006"))
        with pytest.raises(RuntimeError, match="half way"):
            Records.open(url, folder=folder)

    assert "extra" not in columns_of_runs(url, folder)
    with Records.open(url, folder=folder) as records:
        assert len(records.runs()) == 1


def test_killed_creation_is_begun_anew(sqlite_url: str, folder: Path):
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom alembic.operations import Operations\n"
        "from fourstroke.records import Records\n"
        "make, made = Operations.create_table, []\n"
        "def create(self, name, *columns, **options):\n"
        "    made.append(name)\n"
        "    if len(made) > 7: os.kill(os.getpid(), 9)\n"
        "    return make(self, name, *columns, **options)\n"
        "Operations.create_table = create\n"
        "from alembic import op\nop.create_table = lambda *a, **k: create(op._proxy, *a, **k)\n"
        "Records.open(sys.argv[1], folder=Path(sys.argv[2]))"
    )
    killed = python(code, sqlite_url, folder)
    killed.communicate(timeout=60)
    assert killed.returncode == -9

    with Records.open(sqlite_url, folder=folder) as records:
        begin(records).finish("succeeded")
        assert len(records.runs()) == 1


def test_newer_records_are_refused(url: str, folder: Path):
    Records.open(url, folder=folder).close()
    database = Database.connect(url, folder)
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE fourstroke_schema SET version_num = '0099'")
    database.close()

    with pytest.raises(StoreError, match=r"newer fourstroke.*schema 0099.*upgrade fourstroke"):
        Records.open(url, folder=folder)


def test_database_of_another_program_is_left_alone(url: str, folder: Path):
    database = Database.connect(url, folder)
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE runs (id INTEGER)")
    database.close()

    with pytest.raises(StoreError, match="it holds a table 'runs' of another program"):
        Records.open(url, folder=folder)

    assert columns_of_runs(url, folder) == ["id"]


def test_file_that_is_no_database_is_left_alone(sqlite_url: str, folder: Path):
    file = folder / "records.sqlite"
    file.write_text("name,age\n" * 200)

    with pytest.raises(StoreError, match="it is no SQLite database"):
        Records.open(sqlite_url, folder=folder)

    assert file.read_text() == "name,age\n" * 200


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_regular_file_is_refused(sqlite_url: str, folder: Path, kind: str):
    file = folder / "records.sqlite"
    file.mkdir() if kind == "folder" else os.mkfifo(file)

    with pytest.raises(StoreError, match="it is not a regular file"):
        Records.open(sqlite_url, folder=folder)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("records.sqlite", "it is no database URL"),
        ("", "it is no database URL"),
        ("mysql://ana:secret@host/db", "records cannot be kept in mysql"),
        ("nothing://host", "records cannot be kept in nothing"),
        ("sqlite://", "has to name a file"),
        ("sqlite:///", "has to name a file"),
        ("sqlite:///:memory:", "has to name a file"),
        ("sqlite:///records.sqlite?mode=ro", "takes no options"),
    ],
)
def test_wrong_url_is_refused_without_its_password(folder: Path, wrong: str, says: str):
    with pytest.raises(ConfigError, match=says) as caught:
        Records.open(wrong, folder=folder)

    assert "backends.records" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_relative_file_counts_from_the_project(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir("/")

    Records.open("sqlite:///kept/here.sqlite", folder=folder).close()

    assert (folder.parent / "kept" / "here.sqlite").is_file()


def test_path_may_hold_what_is_special_in_urls(tmp_path: Path):
    folder = tmp_path / "50% of #1? é" / ".fourstroke"
    with Records.open(f"sqlite:///{folder / 'r.sqlite'}", folder=folder) as records:
        begin(records).finish("succeeded")

    assert (folder / "r.sqlite").is_file()


def test_project_that_was_moved_keeps_its_records(folder: Path):
    with Records.open("sqlite:///.fourstroke/records.sqlite", folder=folder) as records:
        begin(records).finish("succeeded")
    moved = folder.parent.with_name("moved")
    folder.parent.rename(moved)

    with Records.open(
        "sqlite:///.fourstroke/records.sqlite", folder=moved / ".fourstroke"
    ) as records:
        assert [row.state for row in records.runs()] == ["succeeded"]


def test_server_out_of_reach_is_named_without_its_password(folder: Path, tmp_path: Path):
    url = f"postgresql://ana:secret@/records?host={tmp_path}"

    with pytest.raises(StoreError) as caught:
        Records.open(url, folder=folder)

    assert "postgresql" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_missing_driver_is_told_with_its_extra(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(ConfigError, match=r"pip install 'fourstroke\[postgres\]'"):
        Records.open("postgresql://ana@host/db", folder=folder)


def test_database_user_without_rights_is_told_so(server: Server, folder: Path):
    url = server.new_database()
    Records.open(url, folder=folder).close()
    name = url.partition("@/")[2].partition("?")[0]
    server.sql(name, "DROP ROLE IF EXISTS reader")
    server.sql(name, "CREATE ROLE reader LOGIN")
    server.sql(name, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    with Records.open(url.replace("postgres@", "reader@"), folder=folder) as records:
        assert records.runs() == ()

        with pytest.raises(StoreError, match="the database user has not the rights"):
            begin(records)

    server.sql(name, "DROP OWNED BY reader")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of 1 MiB."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)]
    if not IS_ROOT or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a file system")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_full_disk_is_told_and_what_was_recorded_stays(small_disk: Path):
    folder = small_disk / ".fourstroke"
    with Records.open(f"sqlite:///{folder}/records.sqlite", folder=folder) as records:
        writer = begin(records)
        kept = 0
        with pytest.raises(StoreError, match=r"the disk is full \(make room"):
            while True:
                succeed(writer, f"data.{kept}", "k", "x" * 100, messages=["y" * 5000])
                kept += 1

        found = [records.result(f"data.{number}", "k") for number in range(kept)]

        assert kept > 10
        assert None not in found
        with contextlib.suppress(StoreError):  # a short word may still find room
            writer.finish("failed")
        assert records.run(writer.run).state in {"failed", "lost"}


@pytest.fixture
def read_only(folder: Path, sqlite_url: str) -> Iterator[Path]:
    """Give records of one run that may not be written."""
    with Records.open(sqlite_url, folder=folder) as records, begin(records) as writer:
        writer.publish_dataset("adult", artifact("a"), 1, ("x",))
        writer.finish("succeeded")
    if not IS_ROOT:
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)
        return
    mount = ["mount", "--bind", "-o", "ro", str(folder), str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this root may not mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_read_only_records_are_read_and_not_written(read_only: Path, sqlite_url: str):
    with Records.open(sqlite_url, folder=read_only) as records:
        assert [row.state for row in records.runs()] == ["succeeded"]
        assert records.datasets() == ("adult",)
        assert records.verify_ledger() == ()

        with pytest.raises(StoreError, match=r"read-only|cannot be locked"):
            begin(records)


def test_log_that_cannot_be_read_in_a_read_only_folder_is_told(
    folder: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
):
    Records.open(sqlite_url, folder=folder).close()
    (folder / "records.sqlite-wal").write_bytes(b"x" * 100)
    monkeypatch.setattr(os, "access", lambda *_: False)

    with pytest.warns(FourstrokeWarning, match="records.sqlite-wal holds the latest records"):
        Records.open(sqlite_url, folder=folder).close()


def test_records_survive_without_a_log_when_they_are_closed(folder: Path, sqlite_url: str):
    with Records.open(sqlite_url, folder=folder) as records:
        begin(records).finish("succeeded")

    names = {path.name for path in folder.iterdir()}

    assert names == {"records.sqlite", "records.sqlite.lock", "runs.lock"}


MOUNTS = """\
/dev/vda / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/vdb /home/local xfs rw 0 0
ana@host: /mnt/my\\040files fuse.sshfs rw 0 0
"""


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/srv/project", ""),
        ("/home/ana/project", "nfs4"),
        ("/home/local/project", ""),
        ("/homes/project", ""),
        ("/mnt/my files/project", "fuse.sshfs"),
    ],
)
def test_network_file_systems_are_known(tmp_path: Path, place: str, kind: str):
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)

    assert network_file_system(Path(place), mounts) == kind
    assert network_file_system(Path(place), tmp_path / "none") == ""


def test_records_on_a_network_use_no_write_ahead_log(
    sqlite_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(migrate, "network_file_system", lambda _: "nfs4")

    with pytest.warns(FourstrokeWarning, match="the records lie on nfs4"):
        records = Records.open(sqlite_url, folder=folder)

    with records:
        begin(records).finish("succeeded")
    with contextlib.closing(sqlite3.connect(folder / "records.sqlite")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_who_has_to_wait_for_others_is_told_and_who_need_not_is_not(records: Records):
    order: list[str] = []
    waiting = threading.Event()
    with ThreadPoolExecutor(1) as other:
        with records.alone("loop", lambda: order.append("waits")):

            def come() -> None:
                with records.alone("loop", waiting.set):
                    order.append("second")

            coming = other.submit(come)
            assert waiting.wait(30)
            order.append("first")
        coming.result(30)

    assert order == ["first", "second"]

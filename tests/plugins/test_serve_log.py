"""The service and its prediction log: whoever got an answer is in it, once, whatever happens then."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import httpx
import numpy as np
import pandas as pd
import pytest
import serving

from fourstroke import Project, Traffic
from fourstroke.engine.workshop import Workshop
from fourstroke.prediction_log.journal import PredictionJournal
from fourstroke_serve.answers import plain, taken_apart
from fourstroke_serve.journal import Journal

pytestmark = pytest.mark.usefixtures("in_one_process")

ROW = serving.ROW
SECRET = "Brunhilde von Hohenfels"
RULES = '[operations.log]\nrows_per_batch = 25\nseconds_per_batch = 1\nmask = ["town"]\n'


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = serving.write_shop(tmp_path_factory.mktemp("log") / "shop")
    assert serving.turn(found) == 1
    with (found / "fourstroke.toml").open("a") as file:
        file.write(RULES)
    return found


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "shop"))


def logged(folder: Path) -> pd.DataFrame:
    """Take in what there is, and give the requests of all rows."""
    with Project.open(folder) as project:
        assert project.predictions.take_in().problems == ()
        store = Workshop.of(project.config).store
        tables = [store.load(row.requests) for row in project.predictions.batches()]
    return pd.concat(tables, ignore_index=True)


@contextlib.contextmanager
def service_process(folder: Path):
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "fourstroke", "serve", "--port", str(port)],
        cwd=folder,
        stderr=subprocess.DEVNULL,
    )

    def is_ready() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    try:
        serving.until(is_ready, 180)
        yield process, port
    finally:
        process.kill()
        process.wait()


def test_whoever_got_an_answer_is_in_the_log_once_though_the_service_is_killed(folder):
    answered: list[str] = []
    refused: list[int] = []
    chance, over = random.Random(7), threading.Event()

    def ask_on(port: int, life: int, client: int) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            for number in range(10_000):
                own_id = f"{life}-{client}-{number}"
                rows = [ROW] * (40 if number % 9 == 8 else 1)
                try:
                    if number % 4 == 3:
                        refused.append(http.post("/predict", json=[{}]).status_code)
                    answer = http.post("/predict", json=rows, headers={"x-request-id": own_id})
                except httpx.TransportError:
                    return
                assert answer.status_code == 200
                answered.append(own_id)

    def take_in_on() -> None:
        with Project.open(folder) as project:
            while not over.wait(0.5):
                assert project.predictions.take_in().problems == ()

    taker = threading.Thread(target=take_in_on)
    taker.start()
    for life in range(2):
        before = len(answered)
        with service_process(folder) as (process, port):
            clients = [threading.Thread(target=ask_on, args=(port, life, n)) for n in range(3)]
            for each in clients:
                each.start()
            serving.until(lambda: len(answered) > before + 30, 60)  # noqa: B023 - used at once
            time.sleep(chance.random() / 2)
            process.send_signal(signal.SIGKILL)
            process.wait()
            for each in clients:
                each.join()
    over.set()
    taker.join()
    counts = logged(folder)["request_id"].value_counts()
    with Project.open(folder) as project:
        segments = project.records.log_segments()
    traffic = Traffic.together(each.traffic for each in segments)

    assert len(answered) > 60
    sizes = {
        own_id: 40 if int(own_id.rpartition("-")[2]) % 9 == 8 else 1 for own_id in counts.index
    }
    assert set(answered) <= set(counts.index)
    assert counts.to_dict() == sizes, "none is doubled, and none is there in part"
    assert traffic.answered == len(counts)
    # Each life may end between what is written and what is told, of three clients.
    assert 0 <= traffic.statuses["422"] - len(refused) <= 6
    assert set(refused) == {422}
    assert list((folder / ".fourstroke" / "journal").rglob("*.rows")) == []


def test_role_id_and_latency_are_logged_and_what_is_masked_is_nowhere(folder):
    with Project.open(folder) as project:
        project.models["shop"].alias("shadow", 1)
    with serving.live(folder) as (service, port):
        serving.until(lambda: service.shadow is not None)
        for number in range(3):
            httpx.post(
                f"http://127.0.0.1:{port}/predict",
                json=[{**ROW, "town": SECRET}],
                headers={"x-request-id": f"r{number}"},
            ).raise_for_status()
        shadow = service.shadow
        serving.until(lambda: shadow.asked == 3)

    with Project.open(folder) as project:
        batches = project.predictions.batches()
        found = pd.concat([project.predictions.rows(row).assign(role=row.role) for row in batches])
        asked = project.monitor().report.rows
    assert sorted(found["log_request_id"] + found["role"]) == [
        f"r{number}{role}" for number in range(3) for role in ("champion", "shadow")
    ]
    assert found["town"].isna().all()
    assert found["age"].tolist() == [30.0] * 6
    assert found["log_latency_seconds"].between(0, 10, inclusive="neither").all()
    assert asked >= 3
    for path in (folder / ".fourstroke").rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path
            if path.read_bytes()[:4] == b"PAR1":
                assert SECRET not in pd.read_parquet(path).to_csv(), path


def test_outcomes_find_their_row_by_the_id_that_was_sent_with_it(folder):
    with (folder / "fourstroke.toml").open("a") as file:
        file.write('\n[operations.labels]\nid = "order"\n')
    with serving.live(folder) as (_, port):

        def ask(*orders: object) -> httpx.Response:
            rows = [{**ROW, "order": order} for order in orders] or [ROW]
            return httpx.post(f"http://127.0.0.1:{port}/predict", json=rows)

        asked = [ask(7, 8), ask("A-9", None), ask(), ask([1])]
        described = httpx.get(f"http://127.0.0.1:{port}/openapi.json").json()
    (folder / "late.csv").write_text("order,bought\n7,yes\nA-9,no\n1,no\n")
    with Project.open(folder) as project:
        project.labels.add(folder / "late.csv")
        report = project.monitor().report
        found = pd.concat([project.predictions.rows(row) for row in project.predictions.batches()])

    assert [answer.status_code for answer in asked] == [200, 200, 200, 422]
    assert "column 'order', row 0: expected an id" in asked[-1].json()["error"]
    assert "order" in described["components"]["schemas"]["Record"]["properties"]
    assert found["order"].dropna().map(str).tolist() == ["7", "8", "A-9"]
    assert len(found) == report.rows == 5
    assert report.labelled == 2 / 5


PLAIN = {
    "prediction": pd.Series(["yes", "no"]),
    "objects": pd.Series(["yes", None], dtype=object),
    "numbers": pd.Series([0.1, float("nan")]),
    "small": pd.Series([0.5, float("inf")], dtype="float32"),
    "whole": pd.Series([1, 2**60]),
    "truth": pd.Series([True, False]),
}
RICH = {
    "moments": pd.Series(pd.to_datetime(["2026-05-01", "2026-05-02"])),
    "classes": pd.Series(["a", "b"], dtype="category"),
    "counts": pd.Series([1, None], dtype="Int64"),
}


@pytest.mark.parametrize("columns", [PLAIN, PLAIN | RICH])
def test_predictions_taken_apart_for_the_answer_are_logged_as_their_table_is(tmp_path, columns):
    predictions = pd.DataFrame(columns)
    said = taken_apart(predictions)
    (tmp_path / "fourstroke.toml").write_text(
        '[project]\nname = "shop"\n[task]\ntarget = "y"\n[data.collect]\npath = "shop.csv"\n'
    )
    with Project.open(tmp_path) as project:
        loaded = SimpleNamespace(number=1, role="champion", version=SimpleNamespace())
        loaded.version.journal = lambda role, **told: PredictionJournal.of(
            project, "shop", 1, role, **told
        )
        journal = Journal(project, "shop", dropped=pytest.fail, say=pytest.fail)
        for cells in (None, said):
            journal.take(loaded, {"age": np.array([1.0, 2.0])}, predictions, "r", 0.1, cells)
        journal.end()
        project.predictions.take_in()
        [row] = project.predictions.batches()
        kept = Workshop.of(project.config).store.load(row.predictions)

    first, second = kept[:2], kept[2:].reset_index(drop=True)
    assert first["numbers"].equals(predictions["numbers"])
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize("name", [*PLAIN, *RICH])
def test_answer_is_the_same_from_a_column_and_from_its_cells(name):
    column = (PLAIN | RICH)[name]

    [cells] = taken_apart(column.to_frame(name)).values()

    assert plain(cells) == plain(column)


def test_batch_that_is_scored_is_in_the_same_log_without_what_is_masked(folder):
    with Project.open(folder) as project:
        scored = project.predict(folder / "shop.csv")
        [row] = project.predictions.batches()
        found = project.predictions.rows(row)
        [day] = project.predictions.count()

    assert (row.rows, row.role, row.requests) == (scored.rows, "champion", None)
    assert found["town"].isna().all()
    assert found["prediction"].tolist() == scored.predictions["prediction"].tolist()
    assert (day.rows, day.dropped, day.sample) == (400, 0, 1.0)


@pytest.fixture
def small_journal(folder: Path):
    """Give the journals a file system of 64 KiB."""
    place = folder / ".fourstroke" / "journal"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(place)]
    if os.getuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a file system")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_full_disk_fails_no_answer_and_what_was_dropped_is_counted(folder, small_journal):
    def ask(port: int) -> httpx.Response:
        return httpx.post(f"http://127.0.0.1:{port}/predict", json=[ROW], timeout=30)

    with serving.live(folder) as (_, port):
        ballast = small_journal / "ballast"
        assert ask(port).status_code == 200
        free = os.statvfs(small_journal)
        ballast.write_bytes(b"x" * (free.f_bavail * free.f_frsize))
        statuses = [ask(port).status_code for _ in range(60)]
        figures = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        ballast.unlink()
        # Once a second the disk is tried again.
        serving.until(lambda: (ask(port), journals_in(small_journal))[1])

    with Project.open(folder) as project:
        days = project.predictions.count()
    [dropped] = [
        float(line.split()[-1])
        for line in figures.splitlines()
        if line.startswith("fourstroke_prediction_log_dropped_rows_total")
    ]
    rows, lost = sum(day.rows for day in days), sum(day.dropped for day in days)
    assert set(statuses) == {200}
    assert lost >= dropped > 0
    assert rows >= 2


def journals_in(place: Path) -> bool:
    return any(path.stat().st_size > 0 for path in place.rglob("*.rows"))

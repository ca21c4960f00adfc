"""The ledger tells who did what and why; nobody changes it, or the rows that it tells, unseen."""

from __future__ import annotations

import contextlib
import sqlite3
import uuid
from pathlib import Path

import pytest
from records_sample import POSTGRES_USER, Server, artifact, begin, deployment, passed, register, yes

from fourstroke import Alert, Decision
from fourstroke.artifacts.digest import digest_json
from fourstroke.records import Records
from fourstroke.records.columns import now


def promote_two(records: Records) -> None:
    """Record two turns; the ledger has eleven events then."""
    for number in (1, 2):
        with begin(records, user=f"ana{number}") as writer:
            writer.record_verdict(None, "income", passed())
            register(writer, f"model {number}")
            writer.record_decision("income", number, "approve", yes())
            writer.record_decision("income", number, "retrain", Decision(answer="no", why="-"))
            writer.promote("income", number, "run")
            writer.record_deployment(deployment(number))
            writer.finish("succeeded")
    with begin(records) as writer:
        alert = Alert(
            key="k",
            severity="error",
            title="drift",
            text="",
            at=now(),
            model="income",
            version=2,
        )
        writer.record_alert(alert)
        writer.finish("succeeded")


def test_ledger_tells_what_happened_in_order(records: Records):
    promote_two(records)

    events = records.events()

    assert [event.sequence for event in events] == list(range(1, 12))
    assert [event.what for event in events[:5]] == [
        "validated",
        "registered",
        "approved",
        "promoted",
        "deployed",
    ]
    assert [event.subject for event in events[:2]] == ["income", "income@v1"]
    assert [event.who for event in events[4:6]] == ["ana1", "ana2"]
    assert events[3].why == "run"
    assert events[8].facts["champion_before"] == 1
    assert events[0].run == records.runs()[-1].run
    assert [event.what for event in records.events("income@v2")][-1] == "alerted"
    assert records.verify_ledger() == ()


def test_event_of_its_own_joins_the_chain(records: Records):
    with begin(records, user="eve") as writer:
        number = writer.note_event("overridden", "income@v1", "urgent", {"rule": "clean_tree"})
        writer.finish("succeeded")

    [event] = records.events("income@v1")

    assert (event.sequence, number) == (1, 1)
    assert (event.who, event.what, event.why) == ("eve", "overridden", "urgent")
    assert event.facts == {"rule": "clean_tree"}
    assert records.verify_ledger() == ()


def test_event_and_row_are_written_both_or_not_at_all(
    records: Records, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> None:
        raise RuntimeError("killed here")

    writer = begin(records)
    register(writer, "m1")
    with monkeypatch.context() as patch:
        patch.setattr("fourstroke.records.ledger._seal_of", fail)
        with pytest.raises(RuntimeError):
            writer.promote("income", 1, "")
    writer.finish("succeeded")

    assert records.champion("income") is None
    assert len(records.events()) == 1
    assert records.verify_ledger() == ()


TAMPERINGS = {
    "changed event": (
        "UPDATE events SET why = 'ordered' WHERE sequence = 4",
        ["ledger: event 4 (promoted income@v1) was changed"],
    ),
    "changed facts": (
        "UPDATE events SET facts = replace(facts, 'champion', 'Champion') WHERE sequence = 9",
        ["ledger: event 9 (promoted income@v2) was changed"],
    ),
    "facts that are no JSON": (
        "UPDATE events SET facts = '{' WHERE sequence = 4",
        ["ledger: event 4 (promoted income@v1) was changed", "promotions: no event tells row 1"],
    ),
    "changed time": (
        "UPDATE events SET at = '2020-01-01T00:00:00.000000+00:00' WHERE sequence = 4",
        ["ledger: event 4 (promoted income@v1) was changed"],
    ),
    "removed event": (
        "DELETE FROM events WHERE sequence = 3",
        ["ledger: event 3 is gone", "decisions: no event tells row 1"],
    ),
    "removed beginning": (
        "DELETE FROM events WHERE sequence < 3",
        [
            "ledger: events 1 to 2 are gone",
            "model_versions: no event tells row 1",
            "verdicts: no event tells row 1",
        ],
    ),
    "removed end": (
        "DELETE FROM events WHERE sequence > 9",
        [
            "ledger: events 10 to 11 are gone",
            "deployments: no event tells row 2",
            "alerts: no event tells row 1",
        ],
    ),
    "removed end with its rows": (
        (
            "DELETE FROM events WHERE sequence > 9; DELETE FROM alerts; "
            "DELETE FROM deployments WHERE id = 2"
        ),
        ["ledger: events 10 to 11 are gone"],
    ),
    "inserted event": (
        (
            "INSERT INTO events (sequence, at, who, what, subject, why, facts, run, previous, hash) "
            "SELECT 12, at, 'mallory', what, subject, why, '{}', run, hash, 'x' "
            "FROM events WHERE sequence = 11"
        ),
        [
            "ledger: event 12 (alerted income@v2) was changed",
            "ledger: event 12 is added behind its end",
        ],
    ),
    "reordered events": (
        (
            "UPDATE events SET sequence = 99 WHERE sequence = 3; "
            "UPDATE events SET sequence = 3 WHERE sequence = 4; "
            "UPDATE events SET sequence = 4 WHERE sequence = 99"
        ),
        [
            "ledger: event 3 (promoted income@v1) was changed",
            "ledger: event 3 does not follow",
            "ledger: event 4 (approved income@v1) was changed",
            "ledger: event 4 does not follow",
            "ledger: event 5 does not follow",
            "decisions: no event tells row 1",
            "promotions: no event tells row 1",
        ],
    ),
    "changed row": (
        "UPDATE promotions SET version = 1 WHERE id = 2",
        ["promotions: the row of event 9 (promoted income@v2) was changed"],
    ),
    "changed body": (
        "UPDATE verdicts SET body = replace(body, '0.9', '0.95') WHERE id = 1",
        ["verdicts: the row of event 1 (validated income) was changed"],
    ),
    "artifact of a version that was changed": (
        "UPDATE model_versions SET artifact = '{}' WHERE id = 1",
        ["model_versions: the row of event 2 (registered income@v1) was changed"],
    ),
    "removed row": (
        "DELETE FROM promotions WHERE id = 2",
        ["ledger: event 9 (promoted income@v2): its row in promotions is gone"],
    ),
    "inserted row": (
        (
            "INSERT INTO promotions (run_number, model, version, why, at) "
            "VALUES (1, 'income', 1, 'me', '2026-01-01T00:00:00.000000+00:00')"
        ),
        ["promotions: no event tells row 3"],
    ),
    "row that claims another's event": (
        "UPDATE promotions SET event = 5 WHERE id = 1",
        [
            "promotions: no event tells row 1",
            "deployments: no event tells row 1",
            "ledger: event 4 (promoted income@v1): its row in promotions is gone",
        ],
    ),
    "run that another row is hung on": (
        "UPDATE decisions SET run_number = 3 WHERE id = 1",
        ["decisions: the row of event 3 (approved income@v1) was changed"],
    ),
    "removed end mark": (
        "DELETE FROM ledger_head",
        ["ledger: its end is not recorded any more"],
    ),
    "end mark set back": (
        "UPDATE ledger_head SET sequence = 9",
        ["ledger: events 10 to 11 are added behind its end"],
    ),
    "another end": (
        "UPDATE ledger_head SET hash = 'x'",
        ["ledger: event 11 is not the one that was appended last"],
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_change_by_hand_is_named(sqlite_records: Records, folder: Path, name: str):
    promote_two(sqlite_records)
    statements, expected = TAMPERINGS[name]
    with contextlib.closing(sqlite3.connect(folder / "records.sqlite")) as connection:
        connection.executescript(statements)

    problems = sqlite_records.verify_ledger()

    assert len(problems) == len(expected), problems
    for problem, beginning in zip(problems, expected, strict=True):
        assert problem.startswith(beginning)


@pytest.fixture(scope="module")
def template(server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the name of a database of PostgreSQL with two turns, to be copied."""
    url = server.new_database()
    with Records.open(url, folder=tmp_path_factory.mktemp("template")) as records:
        promote_two(records)
    return url.partition("?")[0].rpartition("/")[2]


@pytest.mark.parametrize("name", TAMPERINGS)
def test_change_by_hand_is_named_on_postgresql(
    server: Server, template: str, folder: Path, name: str
):
    statements, expected = TAMPERINGS[name]
    copy = f"copy_{uuid.uuid4().hex}"
    server.sql("postgres", f"CREATE DATABASE {copy} TEMPLATE {template}")
    # Otherwise its foreign keys already refuse some of it.
    server.sql(copy, f"SET session_replication_role = replica; {statements}")
    url = f"postgresql://{POSTGRES_USER}@/{copy}?host={server.folder}"

    with Records.open(url, folder=folder) as records:
        problems = records.verify_ledger()

    assert len(problems) == len(expected), problems
    for problem, beginning in zip(problems, expected, strict=True):
        assert problem.startswith(beginning)


def test_event_whose_hash_was_renewed_breaks_the_link_to_the_next(
    sqlite_records: Records, folder: Path
):
    promote_two(sqlite_records)
    event = sqlite_records.events()[3]
    forged = {
        "sequence": event.sequence,
        "at": event.at,
        "who": "mallory",
        "what": event.what,
        "subject": event.subject,
        "why": event.why,
        "facts": event.facts,
        "run": event.run,
        "previous": event.previous,
    }
    with contextlib.closing(sqlite3.connect(folder / "records.sqlite")) as connection:
        connection.execute(
            "UPDATE events SET who = 'mallory', hash = ? WHERE sequence = 4",
            (digest_json(forged),),
        )
        connection.commit()

    [problem] = sqlite_records.verify_ledger()

    assert problem.startswith("ledger: event 5 does not follow the one before")


def test_damaged_page_is_found(sqlite_records: Records, sqlite_url: str, folder: Path):
    with begin(sqlite_records) as writer:
        for number in range(300):
            writer.publish_dataset("adult", artifact(str(number)), number, ("x",))
        writer.finish("succeeded")
    sqlite_records.close()
    file = folder / "records.sqlite"
    content = bytearray(file.read_bytes())
    start = len(content) // 2 // 4096 * 4096
    content[start : start + 2000] = b"\xff" * 2000
    file.write_bytes(content)

    with Records.open(sqlite_url, folder=folder) as records:
        problems = records.verify_ledger()

    assert problems
    assert all(problem.startswith("records: ") for problem in problems)

"""What a step keeps beside the run can be found, shown and taken out again, also when it is reused."""

from __future__ import annotations

import json

import pytest
from conftest import Shell

pytestmark = pytest.mark.usefixtures("in_one_process")

PROJECT = """\
[project]
name = "kept"

[data.collect]
path = "data.csv"

[[data.prepare]]
use = "steps.py:look"
"""

STEPS = '''\
"""A step that tells and keeps."""

PICTURE = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def look(data, context):
    context.log_metrics({"rows": len(data)})
    for step, value in enumerate((3.0, 2.0, 1.5)):
        context.log_metric("loss", value, step=step)
    context.log_table("head", data.head(2))
    context.log_figure("picture", PICTURE)
    note = context.scratch / "note.txt"
    note.write_text("by hand")
    context.log_artifact("note", note)
    context.log.info("a line for the log")
    context.say("a sentence for people")
    print("printed")
    return data
'''


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    folder = tmp_path_factory.mktemp("kept")
    (folder / "fourstroke.toml").write_text(PROJECT)
    (folder / "steps.py").write_text(STEPS)
    (folder / "data.csv").write_text("a,b\n" + "".join(f"{n},<b>{n}</b>\n" for n in range(1200)))
    shell = Shell(folder)
    shell("run")
    return shell


def latest(shell: Shell) -> str:
    return str(json.loads(shell("runs", "list", "--json").stdout)["runs"][0]["run"])


def kept(shell: Shell) -> dict[str, tuple[str, int]]:
    [step] = [
        step
        for step in json.loads(shell("runs", "show", latest(shell), "--json").stdout)["steps"]
        if step["fact"]["name"] == "data.prepare.look"
    ]
    return {
        item["name"]: (item["kind"], item["artifact"]["files"][0]["size_bytes"])
        for item in step["attachments"]
    }


def test_run_shows_what_its_steps_kept(ran: Shell):
    shown = ran("runs", "show", latest(ran)).stdout

    assert set(kept(ran)) == {"head", "picture", "note"}
    assert kept(ran)["note"] == ("file", len("by hand"))
    assert "head.csv" in shown
    assert "1,200" in shown


def test_kept_files_are_written_out_and_overwrite_nothing(ran: Shell):
    run = latest(ran)

    ran("runs", "show", run, "--save", "out")

    folder = ran.folder / "out" / "data.prepare.look"
    assert (folder / "note.txt").read_text() == "by hand"
    assert (folder / "head.csv").read_text() == "a,b\n0,<b>0</b>\n1,<b>1</b>\n"
    assert "it is there already" in ran("runs", "show", run, "--save", "out", code=2).stderr


def test_report_shows_pictures_and_tables_and_runs_nothing_of_them(ran: Shell):
    report = (ran.folder / ".fourstroke" / "reports" / latest(ran) / "report.html").read_text()

    assert '<img src="data:image/svg+xml;base64,' in report
    assert "alert(1)" not in report
    assert "&lt;b&gt;0&lt;/b&gt;" in report


def test_what_a_step_tells_is_in_its_log_and_the_record(ran: Shell):
    [log] = (ran.folder / ".fourstroke" / "logs").rglob("data.prepare.look.log")

    assert "a line for the log" in log.read_text()
    assert "printed" in log.read_text()
    assert "a sentence for people" in ran("runs", "show", latest(ran), "--json").stdout


def test_reused_step_still_has_what_it_kept(ran: Shell):
    before = kept(ran)

    assert "cached" in ran("run").stdout

    assert kept(ran) == before


def test_kept_files_are_in_use(ran: Shell):
    ran("store", "gc", "--apply", "--grace-hours", "0")

    assert ran("store", "verify").stdout.startswith("sound")

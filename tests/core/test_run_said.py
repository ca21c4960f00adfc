"""What stages say, and what did not reach people, is told and stands in the record of the run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from whole_project import write_project

from fourstroke import Project
from fourstroke.cli.main import main

pytestmark = pytest.mark.usefixtures("in_one_process")

SEEN = 'Observation(name="rows", value=1.0, status="ok")'
CROSSED = 'Observation(name="rows", value=1.0, status="alert", why="too few")'

CHANNELS = """

def deaf(alert, context):
    context.say("nobody was there")
    return False


def broken(alert):
    raise OSError("no line")


def heard(alert, context):
    (context.root / "heard").write_text(alert.title)
    return True
"""


@pytest.fixture
def scored(tmp_path, monkeypatch, capsys):
    """Give a function that has a batch scored, with these channels and this code, to be monitored."""
    monkeypatch.chdir(tmp_path)

    def write(*channels: str, **code: str) -> None:
        write_project(tmp_path)
        toml, steps = tmp_path / "fourstroke.toml", tmp_path / "steps.py"
        own = "\n".join(f'[[operations.alert]]\nuse = "steps.py:{name}"\n' for name in channels)
        before = '[[operations.alert]]\nuse = "steps.py:keep_quiet"\n'
        toml.write_text(toml.read_text().replace(before, own))
        text = steps.read_text() + CHANNELS
        for old, new in code.items():
            text = text.replace(f"def {old}(", f"def replaced_{old}(") + new
        steps.write_text(text.replace(SEEN, CROSSED) if channels else text)
        assert main(["run"]) == 0
        assert main(["predict", "data.csv"]) == 0
        capsys.readouterr()

    return write


def shown(kind: str) -> dict[str, list[str]]:
    """Give what the steps of the latest run of a kind said, as it is recorded."""
    with Project.open() as project:
        run = project.runs.search(kind=kind)[0]
        steps = project.runs.show(run.run).steps
    return {step.fact.name: list(step.messages) for step in steps if step.messages}


def test_alert_that_a_channel_did_not_deliver_is_told_by_the_channels_name(scored, capsys):
    scored("deaf")

    code = main(["monitor"])

    assert code == 0
    assert "note: alert channel deaf did not deliver 'count: rows'\n" in capsys.readouterr().err


def test_alert_that_was_not_delivered_is_recorded(scored):
    scored("deaf")

    main(["monitor"])

    said = shown("monitor")["operations.alert"]
    assert "alert channel deaf did not deliver 'count: rows'" in said


@pytest.mark.parametrize("first", ["deaf", "broken"])
def test_other_channels_still_get_an_alert_that_one_did_not_deliver(scored, tmp_path, first):
    scored(first, "heard")

    main(["monitor"])

    assert (tmp_path / "heard").read_text() == "count: rows"


def test_channel_that_raised_is_recorded(scored):
    scored("broken")

    main(["monitor"])

    (message,) = shown("monitor")["operations.alert"]
    assert message.startswith("alert channel broken failed: OSError: no line")


def test_alert_that_was_delivered_is_not_complained_of(scored, capsys):
    scored("heard")

    main(["monitor"])

    assert "alert channel" not in capsys.readouterr().err


def test_what_a_channel_said_is_recorded(scored):
    scored("deaf")

    main(["monitor"])

    assert "nobody was there" in shown("monitor")["operations.alert"]


def test_what_a_monitor_said_is_recorded(scored):
    code = f"\n\ndef count(window, context):\n    context.say('looked')\n    return [{SEEN}]\n"
    scored(count=code)

    main(["monitor"])

    assert shown("monitor")["operations.monitor.count"] == ["looked"]


def test_what_an_approver_said_is_recorded(scored):
    code = (
        "\n\ndef accept(context):\n    context.say('with pleasure')\n"
        "    return Decision(answer='yes', why='a test', by='policy')\n"
    )

    scored(accept=code)

    assert shown("run")["development.approve"] == ["with pleasure"]


def test_nothing_to_look_at_is_recorded(scored):
    scored()
    main(["monitor"])

    main(["monitor"])

    (message,) = shown("monitor")["operations.window"]
    assert message.startswith("nothing was scored since tiny@v1 was monitored")


def test_messages_of_monitoring_are_shown_with_the_run(scored, capsys):
    scored("deaf")
    main(["monitor", "--json"])
    run = json.loads(capsys.readouterr().out)["run"]

    main(["runs", "show", run])

    assert "  nobody was there\n" in capsys.readouterr().out


def test_attempt_that_failed_is_recorded(scored, tmp_path):
    toml = tmp_path / "fourstroke.toml"
    code = (
        "\n\ndef add(data, context, amount: int = 1):\n    flag = context.root / 'tried'\n"
        "    if not flag.exists():\n        flag.touch()\n        raise OSError('not yet')\n"
        "    return [{**row, 'age': row['age'] + amount} for row in data]\n"
    )
    (tmp_path / "tried").touch()
    scored(add=code)
    toml.write_text(toml.read_text().replace("amount = 2", "amount = 2\nretries = 1"))
    (tmp_path / "tried").unlink()

    main(["run", "--force"])

    (message,) = shown("run")["data.prepare.add"]
    assert message.startswith("attempt 1 failed, trying again: OSError: not yet")


CHECK = '\n[[data.check]]\nuse = "steps.py:chk"\n'


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Give a function that writes the project with a line more, and its code."""
    monkeypatch.chdir(tmp_path)

    def write(toml: str, code: str) -> None:
        write_project(tmp_path)
        path, steps = tmp_path / "fourstroke.toml", tmp_path / "steps.py"
        path.write_text(path.read_text().replace("check = []\n", "") + toml)
        steps.write_text(steps.read_text() + code)

    return write


def test_check_that_raised_is_named_once(project, capsys):
    project(CHECK, "\n\ndef chk(data):\n    raise KeyError('colour')\n")

    assert main(["run"]) == 3

    told = capsys.readouterr()
    assert "data.check.chk: KeyError: 'colour'" in told.out
    assert "data.check.chk: data.check.chk" not in told.out + told.err


def test_monitor_that_raised_is_named_once(scored, capsys):
    code = "\n\ndef count(window):\n    raise KeyError('colour')\n"
    scored(count=code)

    main(["monitor", "--json"])

    (observation,) = json.loads(capsys.readouterr().out)["report"]["observations"]
    assert observation["name"] == "operations.monitor.count"
    assert observation["why"].startswith("the monitor failed: KeyError: 'colour'")


def test_attempt_that_failed_names_its_step_once(project, capsys):
    code = "\n\ndef chk(data):\n    raise OSError('not yet')\n"
    project(f"{CHECK}retries = 1\n", code)

    main(["run", "--to", "data.check.chk"])

    told = [line for line in capsys.readouterr().err.splitlines() if "trying again" in line]
    assert len(told) == 1
    assert told[0].startswith(
        "note: data.check.chk: attempt 1 failed, trying again: OSError: not yet"
    )


def test_observer_that_fails_is_told_once(project, shell):
    code = (
        "\n\n@plugin\nclass Bad:\n    @hookimpl\n    def run_started(self):\n"
        "        raise RuntimeError('not today')\n"
    )
    project('\n[[observe]]\nuse = "steps.py:Bad"\n', code)

    done = shell("run", "--to", "data.collect")

    told = [line for line in done.stderr.splitlines() if "not today" in line]
    assert told == ["note: observer Bad failed at run_started: RuntimeError: not today"]


MUTE = """

class Mute(Exception):
    def __str__(self):
        raise RuntimeError("cannot tell")

"""
UNTELLABLE = "Mute: its message cannot be read"

LOST = """
@plugin
class Lost:
    path: Path

    @hookimpl
    def source_state(self):
        raise Mute

    @hookimpl
    def collect(self):
        return []
"""


def test_error_that_cannot_tell_itself_is_named_by_its_class(project, capsys):
    project(CHECK, MUTE + "\ndef chk(data):\n    raise Mute\n")

    assert main(["run"]) == 3

    assert f"data.check.chk: {UNTELLABLE} (steps.py:83, " in capsys.readouterr().out


def test_source_whose_error_cannot_tell_itself_fails_by_name(project, capsys):
    project("", f"{MUTE}{LOST}")
    toml = Path("fourstroke.toml")
    toml.write_text(toml.read_text().replace("steps.py:Rows", "steps.py:Lost"))

    assert main(["run"]) == 1

    assert f"error: data.collect.Lost: {UNTELLABLE}\n" in capsys.readouterr().err


def test_observer_whose_error_cannot_tell_itself_harms_no_run(project, capsys):
    code = "\n@plugin\nclass Bad:\n    @hookimpl\n    def run_started(self):\n        raise Mute\n"
    project('\n[[observe]]\nuse = "steps.py:Bad"\n', MUTE + code)

    assert main(["run", "--to", "data.collect"]) == 0

    assert f"note: observer Bad failed at run_started: {UNTELLABLE}\n" in capsys.readouterr().err


RENDER = """

@plugin
class First:
    @hookimpl
    def render(self, report, context):
        (context.scratch / "left").write_text("over")
        (context.scratch / "first.txt").write_text(report.run)
        return context.scratch / "first.txt"


@plugin
class Second:
    @hookimpl
    def render(self, report, context):
        found = sorted(path.name for path in context.scratch.iterdir())
        (context.scratch / "second.txt").write_text(repr(found))
        return context.scratch / "second.txt"


@plugin
class Broken:
    @hookimpl
    def render(self, report, context):
        raise Mute
"""
REPORTS = "".join(
    f'\n[[report]]\nuse = "steps.py:{name}"\n' for name in ("First", "Broken", "Second")
)


def test_each_renderer_gets_an_empty_folder(project, tmp_path):
    project(REPORTS, MUTE + RENDER)

    main(["run", "--to", "data.collect"])

    (file,) = (tmp_path / ".fourstroke" / "reports").glob("*/second.txt")
    assert file.read_text() == "[]"


def test_folders_of_renderers_are_removed(project, tmp_path):
    project(REPORTS, MUTE + RENDER)

    main(["run", "--to", "data.collect"])

    assert list((tmp_path / ".fourstroke" / "tmp").iterdir()) == []


def test_renderer_whose_error_cannot_tell_itself_leaves_the_others(project, capsys):
    project(REPORTS, MUTE + RENDER)

    assert main(["run", "--to", "data.collect"]) == 0

    told = capsys.readouterr()
    assert f"note: report Broken: {UNTELLABLE}\n" in told.err
    assert "second.txt" in told.out


def test_what_a_step_says_six_times_is_told_once(tmp_path):
    write_project(tmp_path)
    steps = tmp_path / "steps.py"
    saying = (
        "def halves(data, context):\n    for _ in range(6):\n        context.say('by the clock')\n"
    )
    steps.write_text(steps.read_text().replace("def halves(data):\n", saying))

    with Project.open(tmp_path) as project:
        report = project.run().report

    assert sum("by the clock" in said for said in report.messages) == 1

"""An error in a plugin: one line that names its place, the author's own frames below, no others."""

from __future__ import annotations

import json
import sys

import pytest

from fourstroke.cli.main import main

TOML = """\
[project]
name = "small"

[backends.runner]
use = "inline"

[data.collect]
use = "steps.py:read"

[[data.prepare]]
use = "{use}"
"""

STEPS = """\
import json


def read():
    return {"x": [1, 2]}


def fails(data):
    return inner(data)


def inner(data):
    return data["income"]


def in_library(data):
    return json.loads("{")


def chained(data):
    try:
        return inner(data)
    except KeyError as error:
        raise ValueError("no such \\x1b[31mcolumn") from error


def deep(data, depth: int = 100):
    return deep(data, depth - 1) if depth else data["income"]


def long(data):
    raise ValueError("x" * 10_000)


def told(data):
    from fourstroke import DataError

    raise DataError("too few rows", hint="wait a day")


def leaves(data):
    raise SystemExit(3)
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Give a function that writes the project with one step, and runs it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "steps.py").write_text(STEPS)

    def run(use, *options, **files):
        for name, text in files.items():
            (tmp_path / f"{name}.py").write_text(text)
        (tmp_path / "fourstroke.toml").write_text(TOML.format(use=use))
        return main(["run", *options])

    return run


def below(capsys):
    """Give the first error and the lines below it."""
    lines = capsys.readouterr().err.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("error:"))
    return lines[at], [line for line in lines[at + 1 :] if line.startswith("  ")]


def shown(capsys):
    """Give what `runs show` says of the only run."""
    main(["runs", "list", "--json"])
    run = json.loads(capsys.readouterr().out)["runs"][0]["run"]
    main(["runs", "show", run])
    return capsys.readouterr().out


def test_error_names_the_line_and_shows_the_own_frames_alone(project, capsys):
    code = project("steps.py:fails")

    line, frames = below(capsys)
    assert code == 1
    assert line.startswith("error: data.prepare.fails: KeyError: 'income' (steps.py:13, ")
    assert frames == [
        "  steps.py:9, in fails",
        "    return inner(data)",
        "  steps.py:13, in inner",
        '    return data["income"]',
        "  KeyError: 'income'",
    ]


def test_frames_are_recorded_and_shown_with_the_run(project, capsys):
    project("steps.py:fails")
    capsys.readouterr()

    text = shown(capsys)

    assert "    steps.py:13, in inner\n" in text
    assert "pluggy" not in text
    assert "Traceback" not in text


def test_error_of_a_library_is_one_line_below_the_call(project, capsys):
    project("steps.py:in_library")

    line, frames = below(capsys)
    assert "(steps.py:17, " in line
    assert frames[:2] == ["  steps.py:17, in in_library", '    return json.loads("{")']
    assert len(frames) == 3
    assert frames[2].startswith("  JSONDecodeError: Expecting property name")
    assert frames[2].endswith("(raised in decoder)")


def test_cause_shows_its_own_frames_too(project, capsys):
    project("steps.py:chained")

    _, frames = below(capsys)
    assert frames[-4:-2] == ["  which led to", "  steps.py:24, in chained"]
    assert "  KeyError: 'income'" in frames
    assert frames[-1] == "  ValueError: no such \\x1b[31mcolumn"


def test_recursion_shows_its_last_frames(project, capsys):
    project("steps.py:deep")

    _, frames = below(capsys)
    assert frames[0] == "  ... 93 frames more"
    assert len(frames) == 1 + 2 * 8 + 1


def test_long_messages_are_cut(project, capsys):
    project("steps.py:long")

    _, frames = below(capsys)
    assert max(map(len, frames)) <= 300


def test_error_that_a_step_tells_itself_has_no_frames(project, capsys):
    project("steps.py:told")

    line, frames = below(capsys)
    assert line == "error: data.prepare.told: too few rows (wait a day)"
    assert frames == []


def test_step_that_exits_shows_where(project, capsys):
    project("steps.py:leaves")

    line, frames = below(capsys)
    assert "it called exit(3) (steps.py:42, " in line
    assert frames[-1] == "  SystemExit: 3"


def test_whole_traceback_is_shown_for_debugging(project, capsys):
    project("steps.py:fails", "--debug")

    text = capsys.readouterr().err
    assert "Traceback (most recent call last):" in text
    assert "pluggy" in text


def test_whole_traceback_is_in_the_log_of_the_step(project, tmp_path):
    project("steps.py:fails")

    (log,) = tmp_path.glob(".fourstroke/logs/*/data.prepare.fails.log")
    assert "pluggy" in log.read_text()


def test_frames_of_worker_processes_come_back(project, capsys):
    project("steps.py:fails", "--set", "backends.runner.use=processes")

    _, frames = below(capsys)
    assert "  steps.py:13, in inner" in frames


def test_check_that_raises_shows_its_frames(project, capsys, tmp_path):
    (tmp_path / "checks.py").write_text("def odd(data):\n    return data['age']\n")

    code = project(
        "checks.py:odd", "--set", "data.prepare=[]", "--set", "data.check=[{use='checks.py:odd'}]"
    )

    line, frames = below(capsys)
    assert code == 3
    assert line.startswith("error: data.check.odd: KeyError: 'age' (checks.py:2, ")
    assert frames[0] == "  checks.py:2, in odd"


def test_import_error_names_the_line_and_shows_the_own_frames(project, capsys):
    code = project("own.py:fn", own="import other\n", other="\n\nimport nosuchthing\n")

    line, frames = below(capsys)
    assert code == 2
    assert line.startswith("error: data.prepare[0]: other.py:3: it did not load: ModuleNotFound")
    assert frames == [
        "  own.py:1, in <module>",
        "    import other",
        "  other.py:3, in <module>",
        "    import nosuchthing",
        "  ModuleNotFoundError: No module named 'nosuchthing'",
    ]


def test_syntax_error_shows_its_line(project, capsys):
    project("own.py:fn", own="x = 1\ny = (\n")

    line, frames = below(capsys)
    assert "own.py:2: it did not load: SyntaxError" in line
    assert frames == ["  own.py:2", "    y = (", "  SyntaxError: '(' was never closed"]


def test_one_broken_file_shows_its_frames_once(project, capsys):
    project(
        "own.py:fn",
        "--set",
        "data.check=[{use='own.py:fn'}]",
        own="import nosuchthing\n",
    )

    text = capsys.readouterr().err
    assert text.count("error:") == 2
    assert text.count("own.py:1, in <module>") == 1


@pytest.fixture
def acme(tmp_path, isolated_plugins):
    """Offer a plugin of a third party, in a package of its own."""
    package = tmp_path / "elsewhere" / "site-packages" / "acme"
    package.mkdir(parents=True)
    (package / "maths.py").write_text(
        "import json\n\ndef halve(data):\n    return json.loads(data)\n"
    )
    (package / "__init__.py").write_text(
        "from acme.maths import halve\n"
        "from fourstroke import hookimpl, plugin\n\n\n"
        "@plugin\nclass Halve:\n"
        "    @hookimpl\n    def prepare(self, data):\n        return halve(data)\n"
    )
    sys.path.insert(0, str(package.parent))
    isolated_plugins.offer("prepare", "halve", "acme:Halve")
    yield package
    sys.path.remove(str(package.parent))
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme"]:
        del sys.modules[name]


@pytest.mark.usefixtures("acme")
def test_installed_plugin_shows_its_own_frames_alone(project, capsys):
    project("halve")

    line, frames = below(capsys)
    assert "(acme/maths.py:4, " in line
    assert [frame for frame in frames if ", in " in frame] == [
        "  acme/__init__.py:9, in prepare",
        "  acme/maths.py:4, in halve",
    ]


def test_installed_plugin_that_does_not_import_shows_its_own_frames_alone(project, capsys, acme):
    (acme / "maths.py").write_text("import nosuchthing\n")

    project("halve")

    _, frames = below(capsys)
    assert [frame for frame in frames if ", in " in frame] == [
        "  acme/__init__.py:1, in <module>",
        "  acme/maths.py:1, in <module>",
    ]

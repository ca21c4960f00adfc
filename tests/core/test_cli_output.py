"""What the command line prints: tables, escapes, colours, JSON, progress."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

from fourstroke.cli.output import Output
from fourstroke.cli.progress import Lines, Moving, Quiet, progress, step_line
from fourstroke.cli.table import display_width, layout
from fourstroke.entities.run import StepFact
from fourstroke.plain_json import plain


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def output(stream=None):
    return Output(stdout=stream or io.StringIO(), stderr=io.StringIO())


def step(**changes):
    facts = {
        "name": "data.collect.files",
        "cycle": "data",
        "stage": "collect",
        "state": "succeeded",
    }
    return StepFact(**(facts | {"seconds": 0.307, "summary": "48,842 rows"} | changes))


def test_a_table_fits_the_width_that_it_is_given():
    rows = [["income", "a very long message about what happened " * 3, 3]]

    lines = layout(["NAME", "MESSAGE", "N"], rows, width=40)

    assert all(display_width(line) <= 40 for line in lines)
    assert "income" in lines[1]
    assert "…" in lines[1]


def test_a_table_in_a_pipe_is_not_cut():
    message = "x" * 500

    lines = layout(["MESSAGE"], [[message]])

    assert lines[1] == message


def test_wide_characters_keep_columns_aligned():
    lines = layout(["NAME", "N"], [["収入", "a"], ["income", "b"]])

    assert {display_width(line) for line in lines[1:]} == {9}


def test_cells_from_outside_are_escaped():
    lines = layout(["NAME"], [["\x1b[31mred\nline"]])

    assert lines[1] == "\\x1b[31mred\\nline"


def test_an_empty_table_is_its_head():
    assert layout(["A", "B"], []) == ["A  B"]


def test_every_line_is_escaped():
    stream = io.StringIO()

    output(stream).line("name: ", "\x1b[2J")

    assert stream.getvalue() == "name: \\x1b[2J\n"


def test_a_terminal_gets_colours():
    stream = Terminal()

    output(stream).line(("good", "good"))

    assert stream.getvalue() == "\x1b[32mgood\x1b[0m\n"


def test_no_color_is_honoured(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()

    output(stream).line(("good", "good"))

    assert stream.getvalue() == "good\n"


def test_json_is_ascii_and_has_no_nan():
    @attrs.frozen
    class Fact:
        name: str
        at: dt.datetime
        path: Path
        value: float
        hidden: object = attrs.field(default=None, repr=False)

    stream = io.StringIO()
    at = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)

    output(stream).json(
        {"fact": Fact("収入\x9b", at, Path("a/b"), float("nan")), "set": {"b", "a"}}
    )

    assert stream.getvalue().isascii()
    assert json.loads(stream.getvalue()) == {
        "fact": {
            "name": "収入\x9b",
            "at": "2026-11-23T00:00:00+00:00",
            "path": "a/b",
            "value": "nan",
        },
        "set": ["a", "b"],
    }


def test_json_takes_numbers_of_numpy():
    numpy = pytest.importorskip("numpy")

    assert plain({"a": numpy.float64(0.5), "b": numpy.int64(3)}) == {"a": 0.5, "b": 3}


def test_a_step_line_has_mark_name_summary_duration_and_outcome():
    text = "".join(part for part, _ in step_line(step()))

    assert text.split() == ["✓", "data.collect.files", "48,842", "rows", "0.31", "s", "ran"]


def test_a_cached_step_says_so():
    text = "".join(part for part, _ in step_line(step(state="cached")))

    assert text.endswith("cached")
    assert "0.31" not in text


def test_a_step_in_a_pipe_is_never_cut():
    summary = "no column 'incme'; did you mean 'income'? " * 5

    text = "".join(part for part, _ in step_line(step(state="failed", summary=summary)))

    assert summary.strip() in text


def test_a_terminal_line_is_not_wider_than_the_terminal():
    text = "".join(part for part, _ in step_line(step(summary="word " * 50), width=100))

    assert display_width(text) <= 100


@pytest.mark.parametrize("width", [80, 100, 120])
def test_lines_of_a_terminal_are_aligned_and_fit(width):
    lines = [
        "".join(part for part, _ in step_line(step(summary=summary), width=width))
        for summary in ("", "48,842 rows", "word " * 50)
    ]

    assert len({len(line) for line in lines}) == 1
    assert len(lines[0]) <= width


def test_a_narrow_table_keeps_the_ids():
    [_, row] = layout(["RUN", "STATE", "WHY"], [["d216nq37yqtd", "succeeded", "y" * 60]], width=30)

    assert row.startswith("d216nq37yqtd  ")
    assert len(row) <= 30


def test_a_pipe_gets_plain_lines_and_json_gets_none():
    with progress(output()) as chosen, progress(output(), is_quiet=True) as silent:
        assert isinstance(chosen, Lines)
        assert isinstance(silent, Quiet)


def test_messages_go_to_stderr():
    to = output()

    Lines(to).message("an observer failed")

    assert to.stderr.getvalue() == "note: an observer failed\n"
    assert to.stdout.getvalue() == ""


def test_a_terminal_gets_one_moving_line():
    with progress(output(Terminal())) as chosen:
        assert isinstance(chosen, Moving)


MOVING = """
import time
from fourstroke.cli.output import Output
from fourstroke.cli.progress import progress
from fourstroke.entities.run import StepFact
with progress(Output.standard()) as listener:
    listener.run_started("k3m9", 2)
    fact = StepFact(name="model.train.boosting", cycle="model", stage="train", state="running")
    listener.step_started(fact)
    time.sleep(0.5)
    listener.step_finished(StepFact(name="model.train.boosting", cycle="model", stage="train",
                                    state="succeeded", seconds=0.5, summary="fitted"))
"""


def test_a_real_terminal_shows_the_running_step_and_is_left_clean():
    main_end, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", MOVING], stdout=terminal, stderr=terminal, close_fds=True
    )
    os.close(terminal)
    seen = b""
    while True:
        try:
            chunk = os.read(main_end, 65536)
        except OSError:  # the other end is closed
            break
        if not chunk:
            break
        seen += chunk
    os.close(main_end)

    assert process.wait(timeout=20) == 0
    text = seen.decode()
    assert "0 of 2  model.train.boosting 0 s" in text
    assert "fitted" in text
    assert text.count("\x1b[?25l") == text.count(
        "\x1b[?25h"
    )  # the cursor is hidden and shown again

"""A team's records: a whole project with PostgreSQL behind it, from the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from conftest import SMALL, Shell, write_small

if TYPE_CHECKING:
    from records_sample import Server


@pytest.fixture
def team(shell: Shell, server: Server) -> Shell:
    """Give a small project whose records are in a new database of a server of our own."""
    records = f'records = "{server.new_database()}"'
    text = SMALL.replace('runner = "inline"', records)
    write_small(shell.folder, text)
    return shell


def test_whole_turn_is_recorded_and_reused(team: Shell):
    team("run")
    again = json.loads(team("run", "--json").stdout)

    assert {step["state"] for step in again["steps"]} == {"cached"}
    assert not (team.folder / ".fourstroke" / "records.sqlite").exists()
    assert team("store", "verify").stdout.startswith("sound")


@pytest.mark.usefixtures("in_one_process")
def test_champion_scores_and_is_watched(team: Shell):
    team("run")

    team("predict", "data.csv", "--output", "scored.csv")
    told = json.loads(team("monitor", "--json").stdout)

    assert told["report"]["rows"] == 400
    assert (team.folder / "scored.csv").read_text().count("\n") == 401


def test_server_that_is_gone_is_one_line(team: Shell):
    file = team.folder / "fourstroke.toml"
    wrong = "postgresql://ana@127.0.0.1:9/none"
    file.write_text(SMALL.replace('runner = "inline"', f'records = "{wrong}"'))

    done = team("run", code=1)

    [line] = done.stderr.splitlines()
    assert line.startswith("error: postgresql")
    assert "127.0.0.1:9" in line

"""What plugins remember: a new part of the data reads only itself, and nothing else depends on it."""

from __future__ import annotations

import json
import os
import time

import pandas as pd
import pytest
from conftest import READY, Shell

from fourstroke import Context, Project, Task

PROJECT = """\
[project]
name = "parted"

[task]

[backends]
runner = "inline"

[data.collect]
use = "files"
path = "sales/**/*.csv"
partitions = ["year", "place"]
"""

# As many as make a part worth remembering.
ROWS = 20_000
# As many as there are tests that take one.
PROJECTS = 8

# Which files of the data are opened, told by the interpreter itself.
WATCHED = """
import os, sys
opened = []
def hook(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and arguments[0].endswith(".csv"):
        opened.append(os.path.relpath(arguments[0]))
sys.addaudithook(hook)
from fourstroke.cli.main import main
code = main(["run", "--to", "data.publish", *sys.argv[1:]])
print(code, sorted(set(opened)), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    """Give projects that none has used; all of them have waited together."""
    folders = [tmp_path_factory.mktemp("parted") for _ in range(PROJECTS)]
    for folder in folders:
        (folder / "fourstroke.toml").write_text(PROJECT)
        for year in (2022, 2023):
            add(folder, year, "ch")
    # What was written a moment ago may be written again unseen, and is always read for its digest.
    time.sleep(2.1)
    return iter(folders)


@pytest.fixture
def project(projects):
    return next(projects)


def add(folder, year: int, place: str) -> None:
    part = folder / "sales" / f"year={year}" / f"place={place}"
    part.mkdir(parents=True)
    rows = "".join(f"{number},{number * year / 13}\n" for number in range(ROWS))
    (part / "part.csv").write_text(f"id,amount\n{rows}")


def opened(folder, *words: str) -> list[str]:
    done = READY.call(list(words), folder, dict(os.environ), 120, WATCHED)
    assert done.returncode == 0, done.stderr
    code, files = done.stderr.strip().splitlines()[-1].split(" ", 1)
    assert code == "0", done.stderr
    return json.loads(files.replace("'", '"'))


def published(folder) -> pd.DataFrame:
    with Project.open(folder) as project:
        return project.datasets["parted"].load()


def test_a_new_partition_reads_only_itself(project):
    assert len(opened(project)) == 2
    assert opened(project) == []
    add(project, 2024, "ch")

    assert opened(project) == ["sales/year=2024/place=ch/part.csv"]

    table = published(project)
    assert table["year"].value_counts(sort=False).to_dict() == {2022: ROWS, 2023: ROWS, 2024: ROWS}
    assert table["year"].dtype == "int64"
    assert set(table["place"]) == {"ch"}
    assert table["amount"].iloc[2 * ROWS + 15] == pytest.approx(15 * 2024 / 13)


def test_a_partition_that_went_away_is_not_read_from_memory(project):
    add(project, 2024, "ch")
    time.sleep(2.1)
    opened(project)
    (project / "sales/year=2022/place=ch/part.csv").unlink()

    assert opened(project) == []
    assert set(published(project)["year"]) == {2023, 2024}


def test_other_settings_read_all_again(project):
    opened(project)

    assert len(opened(project, "--set", 'data.collect.text=["id"]')) == 2
    assert published(project)["id"].iloc[0] == "0"


def test_the_same_rows_in_another_folder_are_another_table(project):
    opened(project)
    (project / "sales/year=2022").rename(project / "sales/year=1999")

    assert opened(project) == ["sales/year=1999/place=ch/part.csv"]  # for its digest
    assert set(published(project)["year"]) == {1999, 2023}


@pytest.mark.parametrize("harm", ["notes", "objects", "garbage"])
def test_what_is_remembered_may_be_lost(project, harm):
    opened(project)
    home = project / ".fourstroke"
    for note in (home / "remembered").glob("*.json"):
        if harm == "notes":
            note.unlink()
        elif harm == "garbage":
            note.write_text('{"artifact": 7')
        else:
            for file in json.loads(note.read_text())["artifact"]["files"]:
                name = file["digest"].partition(":")[2]
                (found,) = (
                    path for path in (home / "store").rglob("*") if name.endswith(path.name)
                )
                found.chmod(0o600)
                found.write_bytes(b"harm")
    add(project, 2024, "ch")

    assert len(opened(project)) == 3
    assert len(published(project)) == 3 * ROWS


def test_a_sweep_keeps_what_was_remembered_lately_alone(project):
    opened(project)
    notes = sorted((project / ".fourstroke" / "remembered").glob("*.json"))
    old = time.time() - 31 * 86400
    os.utime(notes[0], (old, old))
    for file in (project / ".fourstroke" / "store").rglob("*"):
        os.utime(file, (old, old))

    Shell(project)("store", "gc", "--apply", "--grace-hours", "0")

    assert sorted((project / ".fourstroke" / "remembered").glob("*.json")) == notes[1:]
    add(project, 2024, "ch")
    assert len(opened(project)) == 2


def test_without_a_run_nothing_is_remembered(tmp_path):
    context = Context(run="r", step="s", project="p", root=tmp_path, scratch=tmp_path, task=Task())
    made = []

    def make() -> int:
        made.append(1)
        return len(made)

    assert [context.remember("a", make), context.remember("a", make)] == [1, 2]


def test_what_was_said_is_said_again(tmp_path):
    class Recalls:
        kept: tuple | None = None

        def recall(self, _key):
            return self.kept

        def keep(self, _key, value, said):
            self.kept = (value, tuple(said))

    memory = Recalls()

    def context() -> Context:
        return Context(
            run="r",
            step="s",
            project="p",
            root=tmp_path,
            scratch=tmp_path,
            task=Task(),
            memory=memory,
        )

    def make() -> int:
        first.say("odd")
        return 1

    first, second = context(), context()
    first.say("before")

    assert first.remember("a", make) == second.remember("a", make) == 1
    assert (first.notes.messages, second.notes.messages) == (["before", "odd"], ["odd"])

"""The project file is edited in place: comments, order and layout of all else stay."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from fourstroke.config.editing import Change, edited
from fourstroke.errors import ConfigError
from fourstroke.stages import STAGES

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TEXT = """\
# the project
[project]
name = "x"   # its name

[data.split]
use = "random"   # why
test = 0.25

# a cycle
[model]
name = "a"

[[development.validate]]
use = "threshold"
min = 0.9    # at least

# batches
[operations.batch]
use = "files"

[data.check]   # one
use = "table"
[data.check.limits]
x = 1

# elsewhere
[environments.prod.run]
seed = 1
"""


def test_lines_of_other_tables_stay_as_they_are():
    change = Change(
        path=("data", "split"),
        values={("use",): "time", ("column",): "age"},
        kept=frozenset({"use", "name"}),
    )

    text = edited(TEXT, change)

    expected = TEXT.replace('"random"   # why\ntest = 0.25', '"time"   # why\ncolumn = "age"')
    assert text == expected


def test_new_entry_follows_the_others_before_what_introduces_the_next_table():
    change = Change(path=("development", "validate", 1), values={("use",): "no_pii"})

    text = edited(TEXT, change)

    block = '\n[[development.validate]]\nuse = "no_pii"\n'
    assert text == TEXT.replace("# at least\n", f"# at least\n{block}")


def test_single_table_becomes_the_first_of_an_array():
    change = Change(path=("data", "check", 1), values={("use",): "columns"})

    text = edited(TEXT, change)

    assert "[[data.check]]   # one\n" in text
    assert tomllib.loads(text)["data"]["check"] == [
        {"use": "table", "limits": {"x": 1}},
        {"use": "columns"},
    ]


def test_tables_below_go_with_the_plugin_that_they_belong_to():
    change = Change(path=("data", "check"), values={("use",): "other"}, kept=frozenset({"use"}))

    text = edited(TEXT, change)

    assert text == TEXT.replace('use = "table"\n[data.check.limits]\nx = 1\n', 'use = "other"\n')


def test_new_table_stands_with_its_cycle_and_before_environments():
    retrain = edited(TEXT, Change(path=("operations", "retrain"), values={("use",): "never"}))
    storage = edited(
        TEXT, Change(path=("backends", "storage"), values={("use",): "s3"}, as_text=True)
    )

    assert '"files"\n\n[operations.retrain]\nuse = "never"\n\n[data.check]' in retrain
    assert 'x = 1\n\n[backends]\nstorage = "s3"\n\n# elsewhere' in storage


def test_table_of_an_environment_stands_with_it():
    path = ("environments", "prod", "backends", "storage")
    change = Change(path=path, values={("use",): "s3", ("bucket",): "b"}, as_text=True)

    text = edited(TEXT, change)

    block = '\n[environments.prod.backends]\nstorage = { use = "s3", bucket = "b" }\n'
    assert text == TEXT + block


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '[backends]\nrecords = "x"  # y\n\n# z\n',
            '[backends]\nrecords = "x"  # y\nstorage = { use = "s3", bucket = "b" }\n\n# z\n',
        ),
        (
            '[backends]\nstorage = "local"  # y\n# z\n',
            '[backends]\nstorage = { use = "s3", bucket = "b" }  # y\n# z\n',
        ),
        (
            '[backends]\nstorage = { use="local", path = "x" }  # y\n',
            '[backends]\nstorage = { use = "s3", bucket = "b" }  # y\n',
        ),
        (
            '[backends.storage]\nuse = "local"  # y\npath = "x"\n\n# z\n',
            '[backends.storage]\nuse = "s3"  # y\nbucket = "b"\n\n# z\n',
        ),
        (
            'backends.storage.use = "local"  # y\nbackends.storage.path = "x"\n[a]\n',
            'backends.storage.use = "s3"  # y\nbackends.storage.bucket = "b"\n[a]\n',
        ),
        ("", '\n[backends]\nstorage = { use = "s3", bucket = "b" }\n'),
    ],
)
def test_each_way_to_write_a_backend_is_kept(before, after):
    change = Change(
        path=("backends", "storage"),
        values={("use",): "s3", ("bucket",): "b"},
        kept=frozenset({"use", "name"}),
        as_text=True,
    )

    assert edited(before, change).strip() == after.strip()


@pytest.mark.parametrize(
    ("before", "after", "index"),
    [
        ("observe = []\n[x]\n", 'observe = [{ use = "log" }]\n[x]\n', 0),
        (
            'observe = [{ use = "a" }]\n[x]\n',
            'observe = [{ use = "a" }, { use = "log" }]\n[x]\n',
            1,
        ),
        (
            'observe = [\n  { use = "a" },  # c\n]\n[x]\n',
            'observe = [\n  { use = "a" },  # c\n  { use = "log" },\n]\n[x]\n',
            1,
        ),
    ],
)
def test_array_in_one_value_gets_another_entry(before, after, index):
    assert edited(before, Change(path=("observe", index), values={("use",): "log"})) == after


def test_second_entry_of_several_is_the_one_that_changes():
    text = "[[a.b]]\nx = 1  # one\n\n[[a.b]]\nx = 2  # two\n\n[[a.b]]\nx = 3\n"

    assert edited(text, Change(path=("a", "b", 1), values={("x",): 5})) == text.replace(
        "x = 2", "x = 5"
    )


def test_key_within_a_setting_is_set_alone():
    text = "[[a.b]]\np = { c = 1, d = 2 }  # p\n"

    changed = edited(text, Change(path=("a", "b", 0), values={("p", "c"): 5}))

    assert tomllib.loads(changed) == {"a": {"b": [{"p": {"c": 5, "d": 2}}]}}
    assert "# p" in changed


@pytest.mark.parametrize(
    "text",
    [
        "[data]\ncheck.use = 'table'\n",  # no header that could become one of an array
        "data = { check = { use = 'table' } }\n",
    ],
)
def test_layout_that_is_not_understood_is_refused(text):
    with pytest.raises(ConfigError, match="only a person can change this table"):
        edited(text, Change(path=("data", "check", 1), values={("use",): "columns"}))


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*/fourstroke.toml")), ids=str)
@pytest.mark.parametrize("around", [(), ("environments", "prod")])
def test_no_comment_of_an_example_is_lost(stage, file, around):
    before = file.read_text(encoding="utf-8")
    there = tomllib.loads(before)
    for key in (*around, *stage.path):
        there = there.get(key, {})
    count = len(there) if isinstance(there, list) else int(bool(there))
    path = (*around, *stage.path) if stage.is_single else (*around, *stage.path, count)
    change = Change(path=path, values={("use",): "x", ("a", "b"): 1}, as_text=stage.may_be_text)

    after = edited(before, change)

    comments = re.compile(r"#.*")
    assert comments.findall(after) == comments.findall(before)
    kept = set(before.splitlines()) - set(after.splitlines())
    assert len(kept) <= 1 + stage.may_be_text


def test_file_with_both_kinds_of_line_ends_keeps_them():
    text = "# one\r\n[a]\r\nx = 1\n\n# two\r\n[b]\ny = 2\r\n"

    changed = edited(text, Change(path=("a",), values={("x",): 5}))

    assert changed == text.replace("x = 1", "x = 5")

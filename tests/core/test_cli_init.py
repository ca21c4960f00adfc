"""`fourstroke init`: what it writes, what it guesses, and that it leaves nothing half."""

from __future__ import annotations

import gzip
import json
import tomllib

import pytest

from fourstroke.cli import scaffold
from fourstroke.cli.guess import guess
from fourstroke.cli.main import main
from fourstroke.cli.templates import Answers, tabular, toml_value
from fourstroke.errors import DataError, FourstrokeError, PluginError, UsageError

pytestmark = pytest.mark.usefixtures("in_one_process")


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def project(folder):
    return tomllib.loads((folder / "fourstroke.toml").read_text(encoding="utf-8"))


def table(tmp_path, text, name="people.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def everything(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_new_project_has_a_commented_project_file_and_a_hint(tmp_path, capsys):
    code = main(["init", "churn"])

    assert code == 0
    assert everything(tmp_path / "churn") == [
        ".gitignore",
        "data",
        "data/README.md",
        "fourstroke.toml",
        "model-card.md",
    ]
    assert project(tmp_path / "churn")["project"]["name"] == "churn"
    assert "next   cd churn && fourstroke" in capsys.readouterr().out


def test_a_table_is_copied_and_understood(tmp_path, capsys):
    table(tmp_path, "customer_id,age,left\n1,30,yes\n2,40,no\n3,50,yes\n")

    main(["init", "churn", "--data", "people.csv", "--target", "left"])

    made = project(tmp_path / "churn")
    assert made["task"] == {
        "target": "left",
        "kind": "binary",
        "positive": "yes",
        "id": "customer_id",
    }
    assert made["data"]["collect"] == {"path": "data/people.csv"}
    assert (tmp_path / "churn" / "data" / "people.csv").read_text().startswith("customer_id")
    assert "predict column 'left', binary" in capsys.readouterr().out


def test_a_table_that_lies_in_the_project_is_not_copied(tmp_path):
    (tmp_path / "tables").mkdir()
    table(tmp_path / "tables", "a,b\n1,x\n2,y\n")

    main(["init", "--data", "tables/people.csv", "--target", "b"])

    assert project(tmp_path)["data"]["collect"] == {"path": "tables/people.csv"}
    assert everything(tmp_path) == [
        ".gitignore",
        "fourstroke.toml",
        "model-card.md",
        "tables",
        "tables/people.csv",
    ]


def test_the_guess_can_be_corrected(tmp_path):
    table(tmp_path, "age,left\n30,yes\n40,no\n50,yes\n")

    main(["init", "ages", "--data", "people.csv", "--target", "age", "--kind", "regression"])

    assert project(tmp_path / "ages")["task"] == {"target": "age", "kind": "regression"}


def test_a_kind_that_is_corrected_keeps_no_positive_class(tmp_path):
    table(tmp_path, "age,left\n30,yes\n40,no\n50,yes\n")

    main(["init", "ages", "--data", "people.csv", "--target", "left", "--kind", "multiclass"])

    assert "positive" not in project(tmp_path / "ages")["task"]


def test_a_table_of_another_format_needs_target_and_kind(tmp_path, capsys):
    table(tmp_path, "not really", name="people.parquet")

    assert main(["init", "one", "--data", "people.parquet"]) == 2
    assert "give --target and --kind" in capsys.readouterr().err
    words = ["--data", "people.parquet", "--target", "left", "--kind", "binary"]
    assert main(["init", "two", *words]) == 0
    assert project(tmp_path / "two")["data"]["collect"] == {"path": "data/people.parquet"}


def test_nothing_is_overwritten(tmp_path, capsys):
    (tmp_path / "fourstroke.toml").write_text("mine")

    code = main(["init"])

    assert code == 2
    assert everything(tmp_path) == ["fourstroke.toml"]
    assert (tmp_path / "fourstroke.toml").read_text() == "mine"
    assert "it exists already and is not overwritten" in capsys.readouterr().err


def test_a_dangling_link_is_not_overwritten(tmp_path):
    (tmp_path / "fourstroke.toml").symlink_to(tmp_path / "nowhere")

    assert main(["init"]) == 2
    assert not (tmp_path / "nowhere").exists()


def test_a_gitignore_that_is_there_is_kept(tmp_path):
    (tmp_path / ".gitignore").write_text("mine\n")

    assert main(["init"]) == 0
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


@pytest.mark.parametrize("name", ["../x", "a/b", "1st", "a b", "x" * 65, "é", ".", "a\x1bb", ""])
def test_a_wrong_name_leaves_nothing(name, tmp_path, capsys):
    assert main(["init", name]) == 2
    assert everything(tmp_path) == []
    assert capsys.readouterr().err.count("\n") == 1


def test_a_failure_halfway_leaves_nothing_of_a_new_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(scaffold, "_put", failing_put(scaffold._put, after=2))

    assert main(["init", "churn"]) == 1
    assert everything(tmp_path) == []


def test_a_failure_halfway_leaves_a_used_folder_as_it_was(tmp_path, monkeypatch):
    (tmp_path / "notes.txt").write_text("mine")
    monkeypatch.setattr(scaffold, "_put", failing_put(scaffold._put, after=2))

    assert main(["init"]) == 1
    assert [name for name in everything(tmp_path) if name != "data"] == ["notes.txt"]


def failing_put(put, *, after):
    calls = []

    def instead(path, content):
        calls.append(path)
        if len(calls) > after:
            raise FourstrokeError("No space left on device", where=str(path))
        put(path, content)

    return instead


def test_the_facts_come_as_json(tmp_path, capsys):
    main(["init", "churn", "--json"])

    facts = json.loads(capsys.readouterr().out)
    assert facts["project"] == "churn"
    assert facts["files"] == [
        "fourstroke.toml",
        "model-card.md",
        ".gitignore",
        "data/README.md",
    ]


@pytest.mark.parametrize(
    ("values", "kind", "positive"),
    [
        (["yes", "no", "no"], "binary", "yes"),
        (["0", "1", "1"], "binary", 1),
        (["True", "False", "True"], "binary", True),
        (["a", "b", "c"], "multiclass", None),
        (["1", "2", "3"], "multiclass", None),
        (["1.5", "2.25", "3"], "regression", None),
        ([str(number) for number in range(30)], "regression", None),
        (["", "yes", "no"], "binary", "yes"),
    ],
)
def test_the_kind_of_a_target_is_guessed(values, kind, positive, tmp_path):
    path = table(tmp_path, "x,y\n" + "".join(f"1,{value}\n" for value in values))

    known = guess(path, target="y")

    assert (known.kind, known.positive) == (kind, positive)


def test_a_usual_name_is_the_target_wherever_it_stands(tmp_path):
    path = table(tmp_path, "Label,x\na,1\nb,2\n")

    assert guess(path).target == "Label"


@pytest.mark.parametrize(
    "header", ["carat,cut,price,x,y,z", "age,fare,class", "label,target", "a,left"]
)
def test_a_target_that_is_not_sure_is_asked_for(header, tmp_path, capsys):
    row = ",".join("1" for _ in header.split(","))
    table(tmp_path, f"{header}\n{row}\n{row}\n")

    code = main(["init", "one", "--data", "people.csv"])

    assert code == 2
    assert capsys.readouterr().err.endswith(
        f"(give --target, one of: {header.replace(',', ', ')})\n"
    )
    assert not (tmp_path / "one").exists()


def test_columns_of_a_wide_table_are_not_all_listed(tmp_path, capsys):
    header = ",".join(f"c{number}" for number in range(100))
    table(tmp_path, f"{header}\n{header}\n")

    main(["init", "one", "--data", "people.csv"])

    assert capsys.readouterr().err.endswith("c38, c39 and 60 more)\n")


@pytest.mark.parametrize("row", ["1;2;3", "1,5;2;3"])
def test_a_table_with_another_delimiter_is_told_how_it_is_read(row, tmp_path, capsys):
    table(tmp_path, f"a;b;c\n{row}\n")

    code = main(["init", "one", "--data", "people.csv", "--target", "c"])

    err = capsys.readouterr().err
    assert code == 1
    assert "people.csv: it has one column, 'a;b;c' (give --delimiter ';')" in err


@pytest.mark.parametrize(("typed", "sign"), [(";", ";"), (r"\t", "\t")])
def test_a_table_with_another_delimiter_is_read_by_it(typed, sign, tmp_path):
    table(tmp_path, f"a{sign}c\n1{sign}2.5\n3{sign}4.5\n")

    code = main(["init", "one", "--data", "people.csv", "--target", "c", "--delimiter", typed])

    assert code == 0
    assert project(tmp_path / "one")["data"]["collect"]["delimiter"] == sign


def test_a_delimiter_is_one_sign(tmp_path, capsys):
    table(tmp_path, "a;c\n1;2\n")

    assert main(["init", "one", "--data", "people.csv", "--delimiter", ";;"]) == 2
    assert "expected one sign" in capsys.readouterr().err


def test_a_wrong_target_gets_the_nearest_column(tmp_path):
    path = table(tmp_path, "income,x\na,1\n")

    with pytest.raises(UsageError, match="did you mean 'income'"):
        guess(path, target="incme")


def test_a_packed_table_is_read(tmp_path):
    path = tmp_path / "people.tsv.gz"
    path.write_bytes(gzip.compress(b"a\toutcome\n1\tyes\n2\tno\n"))

    assert guess(path).target == "outcome"


@pytest.mark.parametrize(
    "content",
    [b"", b"only,a,header\n", b"a,b\n1,\xe9\n", b"\xff\xfea\x00,\x00", b'a,b\n"' + b"x" * 200_000],
)
def test_what_is_no_table_is_one_line(content, tmp_path, capsys):
    (tmp_path / "people.csv").write_bytes(content)

    assert main(["init", "one", "--data", "people.csv"]) == 1
    assert capsys.readouterr().err.startswith("error: people.csv: it ")
    assert not (tmp_path / "one").exists()


def test_a_broken_archive_is_one_line(tmp_path):
    path = tmp_path / "people.csv.gz"
    path.write_bytes(b"not gzip")

    with pytest.raises(DataError, match="it is no table"):
        guess(path)


@pytest.mark.parametrize(
    "value", ['>50K "gross"', "a\x7fb", "back\\slash", "tab\t\n", "収入", "'''"]
)
def test_any_text_survives_in_a_project_file(value, tmp_path):
    answers = Answers(name="one", data=value, has_data=True, target=value, positive=value, id=value)

    read = tomllib.loads(tabular(answers)["fourstroke.toml"])

    assert read["task"]["target"] == read["task"]["positive"] == read["task"]["id"] == value
    assert tomllib.loads(f"x = {toml_value(value)}") == {"x": value}


def test_a_template_cannot_write_outside_the_project(tmp_path):
    with pytest.raises(PluginError, match="only write inside"):
        scaffold.write_new(tmp_path / "one", {"../evil.txt": "x"})

    assert everything(tmp_path) == []

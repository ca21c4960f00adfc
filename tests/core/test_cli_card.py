"""The model card: figures that were measured, beside what people say of the model."""

from __future__ import annotations

import json

import pytest
from conftest import Shell
from whole_project import write_project

from fourstroke import ConfigError
from fourstroke.card import read_card

CARD = """\
## Intended use
TODO: who decides what by it?

```
# no heading
```
## Limits
Few rows, and one TODO <script>alert(1)</script>.
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Shell:
    folder = write_project(tmp_path_factory.mktemp("card"))
    (folder / "model-card.md").write_text(CARD)
    shell = Shell(folder)
    shell("run")
    return shell


def test_card_has_the_figures_of_the_version_and_the_words_of_people(trained):
    done = trained("models", "card", "tiny")

    assert "# tiny version 1" in done.stdout
    assert "| accuracy | 1 |" in done.stdout.replace("1.000", "1")
    assert "## Limits" in done.stdout
    assert "**2 left to write** in model-card.md: Intended use (1), Limits (1)." in done.stdout


def test_what_people_write_is_no_markup(trained):
    done = trained("models", "card", "tiny")

    assert "&lt;script>" in done.stdout
    assert "<script>" not in done.stdout


def test_report_shows_the_card_and_what_is_left_to_write(trained):
    trained("run", "--set", 'report=[{use = "html"}]')
    page = next(trained.folder.glob(".fourstroke/reports/*/report.html")).read_text()

    assert "2 left to write" in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_card_of_an_older_version_is_written_to_a_file(trained):
    done = trained("models", "card", "tiny", "v1", "-o", "card.md", "--json")

    assert json.loads(done.stdout)["card"] == (trained.folder / "card.md").read_text()


def test_folder_as_file_is_one_line(trained):
    done = trained("models", "card", "tiny", "-o", ".", code=2)

    assert done.stderr.startswith("error: .: it cannot be written")


def test_project_without_a_card_says_that_nobody_wrote_one(tmp_path):
    shell = Shell(write_project(tmp_path))
    shell("run")

    assert "Nobody has written about this model yet" in shell("models", "card", "tiny").stdout


def test_card_divides_at_headings_and_counts_what_is_left(tmp_path):
    (tmp_path / "model-card.md").write_text(CARD)

    card = read_card(tmp_path, "model-card.md")

    assert [(part.title, part.todo) for part in card.sections] == [
        ("Intended use", 1),
        ("Limits", 1),
    ]
    assert "# no heading" in card.sections[0].text


@pytest.mark.parametrize(
    ("content", "told"), [(b"\xff\xfe", "UTF-8"), (b"x" * 200_001, "at most 200,000 bytes")]
)
def test_what_is_no_card_is_refused_by_name(tmp_path, content, told):
    (tmp_path / "model-card.md").write_bytes(content)

    with pytest.raises(ConfigError, match=told) as caught:
        read_card(tmp_path, "model-card.md")
    assert caught.value.where == "model-card.md"

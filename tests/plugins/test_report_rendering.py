"""The report: escaped, self-contained, the same facts in three forms."""

from __future__ import annotations

import datetime as dt
import json
import unicodedata
from pathlib import Path

import attrs
import pytest

from fourstroke import (
    Candidate,
    Chart,
    Check,
    Context,
    DatasetFact,
    Evaluation,
    KeptFact,
    Metric,
    RunReport,
    Series,
    Slice,
    Task,
    Verdict,
)
from fourstroke_report import Html, Json, Markdown
from fourstroke_report.kept import shown

EVIL = "<script>alert('x')</script>|`a`"


@pytest.fixture
def report() -> RunReport:
    metric = Metric(name="roc_auc", value=0.91, low=0.9, high=0.92, rows=1000)
    evaluation = Evaluation(
        metrics=(metric, Metric(name="f1", value=None, why="one class")),
        baseline=(Metric(name="roc_auc", value=0.5),),
        slices=tuple(Slice(column=EVIL, value=EVIL, metric=metric) for _ in range(20)),
        charts=(
            Chart(
                title=EVIL,
                kind="bars",
                series=(Series(name=EVIL, x=(EVIL, "b"), y=(0.2, -0.1)),),
            ),
            Chart(
                title="ROC",
                kind="lines",
                diagonal=True,
                series=(
                    Series(
                        name=EVIL,
                        x=tuple(i / 5000 for i in range(5000)),
                        y=tuple((i / 5000) ** 0.5 for i in range(5000)),
                    ),
                ),
            ),
            Chart(title="flat", kind="points", series=(Series(name="a", x=(1.0,), y=(1.0,)),)),
            Chart(title="nothing", kind="lines", series=()),
        ),
    )
    check = Check(name=EVIL, status="fail", observed=0.8, required=">= 0.9", why=EVIL)
    return RunReport(
        run="r1",
        project=EVIL,
        state="blocked",
        started=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        seconds=1.5,
        task=Task(target=EVIL),
        seed=0,
        user=EVIL,
        command=EVIL,
        dataset=DatasetFact(name="d", version=1, digest="blake3:0", rows=10, columns=(EVIL,)),
        checks=(check,),
        candidates=(Candidate(name=EVIL, digest="blake3:1", evaluation=evaluation),),
        chosen=EVIL,
        verdict=Verdict(outcome="fail", checks=(check,), candidate=EVIL),
        messages=(EVIL,),
    )


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(
        run="r1", step="report", project="p", root=tmp_path, scratch=tmp_path, task=Task()
    )


def test_html_shows_control_characters_and_holds_none(report: RunReport, context: Context):
    odd = attrs.evolve(report, project="a\x1b[2J\x7f\u202eb", user="\x00\x9b")

    html = Html().render(odd, context).read_text()

    assert "a\u241b[2J\u2421\ufffdb" in html
    assert not any(unicodedata.category(each) == "Cc" and each != "\n" for each in html)


def test_html_escapes_everything_that_came_from_outside(report: RunReport, context: Context):
    html = Html().render(report, context).read_text()

    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_html_is_small_and_names_no_outside_address(report: RunReport, context: Context):
    html = Html().render(report, context).read_text()

    assert len(html) < 300_000
    assert "http" not in html.replace('http-equiv="Content-Security-Policy"', "")
    assert "REJECTED" in html


def test_html_is_the_same_for_the_same_facts(report: RunReport, context: Context):
    first = Html().render(report, context).read_bytes()

    assert Html().render(report, context).read_bytes() == first


def test_json_is_valid_and_has_a_schema(report: RunReport, context: Context):
    facts = json.loads(Json().render(report, context).read_text())

    assert facts["schema"] == "fourstroke.report/1"
    assert facts["verdict"]["outcome"] == "fail"


def test_markdown_keeps_cells_in_their_cells(report: RunReport, context: Context):
    lines = Markdown().render(report, context).read_text().splitlines()

    assert not any("<script>" in line.replace("\\<", "") for line in lines)
    rows = [line for line in lines if line.startswith("| ✗")]
    assert all(line.replace("\\|", "").count("|") == 6 for line in rows)


def test_markdown_keeps_names_of_metrics_in_the_head_of_the_table(
    report: RunReport, context: Context
):
    evaluation = Evaluation(metrics=(Metric(name="a|b\n<b>", value=1.0),))
    candidate = Candidate(name="c", digest="blake3:1", evaluation=evaluation)
    odd = attrs.evolve(report, candidates=(candidate,))

    text = Markdown().render(odd, context).read_text()

    assert "| candidate | a\\|b \\<b\\> |" in text


@pytest.mark.parametrize("renderer", [Html(), Markdown(), Json()])
def test_nothing_that_turns_or_breaks_a_line_is_passed_on(
    report: RunReport, context: Context, renderer
):
    odd = attrs.evolve(report, project="a\x1b\x9b\u2028\u202e\ud800b")

    text = renderer.render(odd, context).read_text()

    assert not {"\x1b", "\x9b", "\u2028", "\u202e"} & {*text}


def test_bars_without_a_finite_value_are_left_out(report: RunReport, context: Context):
    series = Series(name="s", x=("lost", "kept"), y=(float("nan"), 0.5))
    chart = Chart(title="t", kind="bars", series=(series,))
    evaluation = Evaluation(metrics=(), charts=(chart,))
    candidate = Candidate(name="c", digest="blake3:1", evaluation=evaluation)
    odd = attrs.evolve(report, candidates=(candidate,), chosen="c")

    html = Html().render(odd, context).read_text()

    assert "kept" in html
    assert '="nan"' not in html


def test_page_stays_small_whatever_is_kept():
    facts = [
        KeptFact(
            step="s",
            name=f"f{number}",
            kind="figure",
            file="f.png",
            digest="blake3:0",
            size_bytes=size,
            read=lambda size=size: b"x" * size,
        )
        for number, size in enumerate([50_000, 70_000, 50_000, 50_000, 50_000])
    ]

    found = shown(facts)

    assert [bool(item.image) for item in found] == [True, False, True, True, False]


def test_browser_shows_the_page_without_a_complaint(report: RunReport, context: Context, browser):
    picture = KeptFact(
        step="s",
        name="picture",
        kind="figure",
        file="p.svg",
        digest="blake3:0",
        size_bytes=60,
        read=lambda: b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
    )
    page = Html().render(attrs.evolve(report, kept=(picture,)), context)

    done = browser(page, "--dump-dom")

    assert "<svg" in done.stdout
    assert "BLOCKED" in done.stdout or "REJECTED" in done.stdout
    # A page that breaks its own content policy, or has a script that fails, is told there.
    assert "CONSOLE" not in done.stderr, done.stderr


def test_browser_prints_the_page(report: RunReport, context: Context, browser, tmp_path: Path):
    page = Html().render(report, context)
    target = tmp_path / "report.pdf"

    browser(page, "--no-pdf-header-footer", f"--print-to-pdf={target}")

    assert target.read_bytes().startswith(b"%PDF-")
    assert target.stat().st_size > 10_000

"""The monitoring report: what it says first, and the same facts as page, Markdown, JSON and metrics."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path

import attrs
import jsonschema
import pytest
from monitoring_samples import EVIL, drift, hostile, quiet, trend_of, usual, window
from prometheus_client.parser import text_string_to_metric_families

from fourstroke import Context, Decision, Observation, Task, Traffic
from fourstroke.testing.markup import Page, ragged_rows
from fourstroke_report import Html, Json, Markdown, Prometheus
from fourstroke_report.monitoring_words import read
from fourstroke_report.schema import monitoring_schema
from fourstroke_report.trend_drawing import Plane, svg_of_trend
from fourstroke_report.trends import MOST_CHARTS, Picture, pictures_of


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(
        run="r1", step="report", project="p", root=tmp_path, scratch=tmp_path, task=Task()
    )


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> dict[type, str]:
    """Render the largest history once in each format."""
    folder, history = tmp_path_factory.mktemp("large"), hostile()
    given = Context(run="r", step="report", project="p", root=folder, scratch=folder, task=Task())
    return {
        cls: cls().render_monitoring(history, given).read_text(encoding="utf-8")
        for cls in (Html, Markdown, Json, Prometheus)
    }


# What it says


def test_verdict_says_what_changed_since_when_whether_it_matters_and_what_next():
    reading = read(usual())

    assert reading.status == "alert"
    assert reading.headline == (
        "ALERT: shop@v3 in 2026-05-05: 2 of 5 columns drift, 1 column not as before (schema)"
    )
    what, since, matters, unknown, following = reading.sentences
    assert (
        what == "What changed most is age, the most important column: age drifts: 10 % became 30 %."
    )
    assert since == "It began in 2026-05-03 and is there in 2 windows, of 4 looked at."
    assert (
        matters
        == "The model does not do worse so far: estimated roc auc is 0.910 (0.900 to 0.920)."
    )
    assert unknown.startswith("1 of 10 figures could not be judged; roc auc")
    assert "fourstroke loop" in following


def test_columns_that_drift_and_are_important_come_first_and_each_has_a_status():
    rows = read(usual()).columns

    # age: twice its limit and .4 important; hours: three times and .1; gone is of no importance.
    assert [(row.name, row.status) for row in rows] == [
        ("age", "alert"),
        ("hours", "alert"),
        ("gone", "alert"),
        ("unseen", "unknown"),
        ("city", "ok"),
    ]
    assert [row.rank for row in rows[:2]] == [1, 3]
    assert (rows[1].since, rows[1].running) == ("2026-05-03", 2)
    assert rows[3].why == "no monitor looked at it in this window"


def test_without_importances_the_farthest_beyond_its_limit_comes_first():
    rows = read(attrs.evolve(usual(), importances={})).columns

    assert [row.name for row in rows][:3] == ["gone", "hours", "age"]


def worse(history):
    seen = attrs.evolve(drift("", 0.2), name="roc_auc", statistic="realised", low=0.1, high=0.3)
    latest = attrs.evolve(history.latest, observations=(seen,))
    return attrs.evolve(history, latest=latest, trends=(trend_of(seen),))


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        (lambda h: h, "ok", "OK: shop@v3 in batch 1 looks like what it was made for"),
        (lambda h: h, "ok", "Nothing has to be done."),
        (
            lambda h: attrs.evolve(
                h,
                latest=attrs.evolve(
                    h.latest,
                    observations=(Observation(name="drift", status="unknown", why="3 rows"),),
                ),
            ),
            "unknown",
            "UNKNOWN: too little is known to tell how shop@v3 in batch 1 does",
        ),
        (
            worse,
            "held",
            "It matters: roc auc is 0.200 (0.100 to 0.300), beyond its limit of 0.100.",
        ),
        (worse, "held", "HELD: shop@v3 in batch 1: performance is worse (roc auc)"),
        (
            lambda h: attrs.evolve(
                usual(), decision=Decision(answer="waiting", why="ann is asked")
            ),
            "alert",
            "Next: people decide whether to turn again: ann is asked.",
        ),
        (
            lambda h: attrs.evolve(usual(), decision=None),
            "alert",
            "Next: see what belongs to it, by fourstroke incidents show 12.",
        ),
    ],
)
def test_words_fit_what_was_seen(change, status, said):
    reading = read(change(quiet()))

    assert reading.status == status
    assert said in (reading.headline, *reading.sentences)


def test_a_monitor_that_failed_is_named():
    seen = Observation(name="operations.monitor.mine", status="alert", why="the monitor failed: x")
    latest = attrs.evolve(quiet().latest, observations=(seen,))

    headline = read(attrs.evolve(quiet(), latest=latest, trends=(trend_of(seen),))).headline

    assert headline.endswith("the monitor mine failed")


# Pictures


def test_what_a_model_was_worth_is_drawn_beside_what_was_estimated():
    history = usual()

    first, *others = pictures_of(history, read(history).columns)

    assert [label for label, _ in first.lines] == ["realised", "estimated"]
    assert [each.title for each in others[:2]] == ["age: drift", "hours: drift"]


def drawn(statuses, history=None):
    seen = drift("age", 0.2)
    history = history or usual()
    picture = Picture(title="age", lines=(("drift", trend_of(seen, *statuses)),))
    return str(svg_of_trend(picture, Plane.of(history), 1))


def test_a_line_ends_where_a_window_is_missing_or_has_no_figure():
    def points(svg):
        return [len(each.split()) for each in re.findall(r'class="s0 line" d="M([^"]*)"', svg)]

    whole = attrs.evolve(usual(), windows=tuple(window(number) for number in range(4)))

    assert points(drawn(["ok", "ok", "ok"], whole)) == [4]
    # 2026-05-04 is not there, so that the last window stands alone.
    assert points(drawn(["ok", "ok", "ok"])) == [3]
    assert points(drawn(["ok", None, "ok"])) == []


def test_alerts_differ_by_form_and_the_picture_is_told_in_words():
    svg = drawn(["ok", "alert", "ok"])

    assert re.findall(r'class="beyond" d="([^"]*)"', svg)[0].count("l5,8h-10z") == 2
    assert 'class="limit line"' in svg
    assert (
        "4 windows, from 2026-05-01 to 2026-05-05; latest value 0.200, limit 0.100; alerts in 2 windows,"
        " the last ones 2026-05-02, 2026-05-05; windows are missing in 1 place"
    ) in svg
    assert svg.startswith('<svg role="img"')
    assert '<title id="t1">age</title>' in svg


def test_figures_that_are_not_finite_are_no_places():
    seen = attrs.evolve(drift("age", 0.2), value=float("nan"), threshold=float("inf"))
    trend = attrs.evolve(trend_of(seen, "ok", "ok", "ok"), highs=(float("nan"),) * 4)
    picture = Picture(title="age", lines=(("drift", trend),))

    svg = str(svg_of_trend(picture, Plane.of(usual()), 1))

    assert not re.findall(r'="[^"]*\b(?:nan|inf)\b[^"]*"', svg)


# Formats


@pytest.mark.parametrize("make", [usual, quiet])
def test_page_is_whole_and_needs_nothing_from_elsewhere(make, context):
    text = Html().render_monitoring(make(), context).read_text(encoding="utf-8")

    page = Page(text)
    assert not page.unclosed
    assert not page.outside
    assert "default-src 'none'" in text
    assert read(make()).headline in page.words


def test_page_shows_provenance_alerts_and_what_was_held(context):
    words = Page(Html().render_monitoring(usual(), context).read_text(encoding="utf-8")).words

    for said in (
        "muted by ann for good: a campaign",
        "fourstroke incidents show 12",
        "https://wiki.example.org/drift",
        "shop@v2",
        "trained in run run0",
        "looked at in run run4",
        "And 2 before.",
        "shop/drift was alerted",
    ):
        assert said in words


def test_browser_shows_the_page_without_a_complaint(context, browser):
    page = Html().render_monitoring(hostile(5, 5), context)

    done = browser(page, "--dump-dom")

    assert "<svg" in done.stdout
    # A page that breaks its own content policy is told there.
    assert "CONSOLE" not in done.stderr, done.stderr


def test_names_of_many_bytes_make_no_page_too_large(context):
    text = (
        Html().render_monitoring(hostile(200, 100, '"' * 300), context).read_text(encoding="utf-8")
    )

    assert len(text.encode()) < 300_000
    assert "more columns in monitoring.json" in text


def test_page_stays_small_and_believes_nobody(large):
    page = large[Html]

    assert len(page.encode()) < 300_000
    assert "<script" not in page
    assert "href" not in page
    assert page.count("<svg role") == MOST_CHARTS
    assert "And 420 more columns in monitoring.json." in page
    assert not any(unicodedata.category(each) == "Cc" and each != "\n" for each in page)
    assert "\u202e" not in page
    assert not Page(page).unclosed


def test_markup_in_names_changes_no_element(context):
    plain = Html().render_monitoring(hostile(5, 5, "plain"), context).read_text(encoding="utf-8")
    evil = Html().render_monitoring(hostile(5, 5), context).read_text(encoding="utf-8")

    assert Page(plain).elements == Page(evil).elements


def test_markdown_keeps_cells_in_their_cells(large):
    text = large[Markdown]

    assert not ragged_rows(text)
    assert not re.search(r"(?<!\\)<[a-zA-Z/!]", text)
    assert len(text) < 65_536  # what a comment on a pull request may hold
    assert not any(line.startswith("# b") for line in text.splitlines())


def test_same_facts_give_the_same_bytes(context):
    for plugin in (Html(), Markdown(), Json(), Prometheus()):
        first = plugin.render_monitoring(usual(), context).read_bytes()
        assert plugin.render_monitoring(usual(), context).read_bytes() == first


@pytest.mark.parametrize("make", [usual, quiet, lambda: hostile(3, 3)])
def test_json_keeps_to_its_schema(make, context):
    text = Json().render_monitoring(make(), context).read_text(encoding="utf-8")

    facts = json.loads(text)
    validator = jsonschema.Draft202012Validator(monitoring_schema())
    assert list(validator.iter_errors(facts)) == []
    assert facts["schema"] == "fourstroke.monitoring/1"
    assert facts["dataset"] == make().dataset
    assert list(validator.iter_errors({**facts, "trends": 7}))


def test_json_has_all_columns_and_windows(large):
    facts = json.loads(large[Json])

    assert len(facts["reading"]["columns"]) == len(facts["trends"]) == 500
    assert len(facts["windows"]) == 200
    assert facts["trends"][0]["column"].startswith(EVIL)


def test_nothing_that_was_given_out_is_taken_away_or_changed():
    file = Path(__file__).parent / "monitoring.schema.1.json"
    first, now = json.loads(file.read_text(encoding="utf-8")), monitoring_schema()

    for name, known in {"": first, **first["$defs"]}.items():
        today = now["$defs"][name] if name else now
        for key, wanted in known["properties"].items():
            assert today["properties"][key] == wanted, f"{name}.{key}"
        assert set(known["required"]) <= set(today["required"])


# Prometheus


def series(text: str) -> dict[str, dict[tuple[str, ...], float]]:
    return {
        family.name: {
            tuple(sample.labels[name] for name in sorted(sample.labels)): sample.value
            for sample in family.samples
        }
        for family in text_string_to_metric_families(text)
    }


def test_metrics_are_those_of_the_latest_window(context):
    text = Prometheus().render_monitoring(usual(), context).read_text(encoding="utf-8")

    found = {
        (family.name, sample.labels.get("name"), sample.labels.get("column")): sample
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    value = found["fourstroke_monitor_value", "drift", "hours"]
    assert value.value == 0.3
    assert value.labels | {"statistic": ""} == {
        "model": "shop",
        "version": "3",
        "monitor": "drift",
        "name": "drift",
        "column": "hours",
        "statistic": "",
    }
    assert found["fourstroke_monitor_limit", "drift", "hours"].value == 0.1
    assert found["fourstroke_monitor_status", "drift", "hours"].value == 1
    assert found["fourstroke_monitor_status", "drift", "city"].value == 0
    assert found["fourstroke_monitor_status", "roc_auc", ""].value == -1
    ends = usual().latest.ends
    assert found["fourstroke_monitor_window_end_seconds", None, None].value == ends.timestamp()
    figures = series(text)
    assert figures["fourstroke_alerts_open"] == {("shop", "error"): 1, ("shop", "warning"): 0}
    assert figures["fourstroke_monitor_observations"] == {
        ("shop", "ok", "3"): 6,
        ("shop", "alert", "3"): 3,
        ("shop", "unknown", "3"): 1,
    }
    # Two figures of latency differ by what they measure.
    assert (
        sum(
            "p50_seconds" in key or "p95_seconds" in key
            for key in figures["fourstroke_monitor_value"]
        )
        == 2
    )


def test_requests_stand_in_every_format_and_nowhere_if_nobody_counted_them(context):
    told = {
        Html: "77 failed, 300 refused",
        Markdown: "1,540, of which 77 failed and 300 were refused",
    }
    traffic = Traffic(answered=1163, statuses={"422": 300, "500": 60, "503": 17})
    history = attrs.evolve(usual(), latest=attrs.evolve(usual().latest, traffic=traffic))

    def text_of(form: type, of) -> str:
        return form().render_monitoring(of, context).read_text(encoding="utf-8")

    for form, words in told.items():
        assert words in text_of(form, history)
        assert "refused" not in text_of(form, usual())
    figures = series(text_of(Prometheus, history))["fourstroke_monitor_window_requests"]
    assert {key[1]: many for key, many in figures.items()} == {
        "answered": 1163,
        "failed": 77,
        "refused": 300,
    }
    assert "window_requests" not in text_of(Prometheus, usual())
    assert json.loads(text_of(Json, history))["latest"]["traffic"]["answered"] == 1163


def test_window_in_which_all_was_refused_is_not_said_to_look_like_any():
    seen = Observation(name="refused", status="ok", value=1.0, monitor="health")
    traffic = Traffic(statuses={"422": 2})
    latest = attrs.evolve(quiet().latest, rows=0, observations=(seen,), traffic=traffic)

    headline = read(attrs.evolve(quiet(), latest=latest)).headline

    assert headline.startswith("OK: ")
    assert headline.endswith("is within its limits")


def test_labels_are_read_back_as_they_were_and_series_are_bounded(large, monkeypatch, context):
    values = series(large[Prometheus])["fourstroke_monitor_value"]
    shown = EVIL.replace("\x1b", "\u241b").replace("\u202e", "\ufffd")
    assert len(values) == 500
    assert f"{shown}0{'x' * 100}" in {key[0] for key in values}

    monkeypatch.setattr("fourstroke_report.exposition.MOST_OBSERVATIONS", 4)
    text = Prometheus().render_monitoring(usual(), context).read_text(encoding="utf-8")
    status = series(text)["fourstroke_monitor_status"]
    assert sorted(status.values(), reverse=True)[:3] == [1, 1, 1]
    assert len(status) == 4
    assert series(text)["fourstroke_monitor_left_out"] == {("shop", "3"): 6}

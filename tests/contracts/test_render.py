"""The contract of report formats: the bundled ones keep it; a wrong one fails its check."""

from __future__ import annotations

import html
import itertools
import json
import math

import pytest
from wrong import failed_checks

from fourstroke import hookimpl, plugin
from fourstroke.testing.contracts.render import RenderContract
from fourstroke_report import Card, Html, Json, Markdown, Prometheus


class TestHtml(RenderContract):
    plugin = Html


class TestMarkdown(RenderContract):
    plugin = Markdown


class TestCard(RenderContract):
    plugin = Card


class TestJson(RenderContract):
    plugin = Json


class TestPrometheus(RenderContract):
    plugin = Prometheus


class Changed:
    """A bundled format whose file is changed afterwards, in one thing."""

    format = Html

    def render_changed(self, report, context):
        path = self.format().render(report, context)
        text = path.read_text(encoding="utf-8")
        path.write_text(self.changed(text, report), encoding="utf-8")
        return path

    def changed(self, text, report):
        return text


@plugin
class Page(Changed):
    """Write a page: right in all, and the base of what is wrong in one thing."""

    capabilities = frozenset({"html", "text"})

    @hookimpl
    def render(self, report, context):
        return self.render_changed(report, context)


@plugin
class Pages(Page):
    """Lose the file of a full report, and give its folder."""

    @hookimpl
    def render(self, report, context):
        file = Page.render(self, report, context)
        return context.scratch if report.state == "succeeded" and report.user != "ana" else file


@plugin
class NeedsSteps(Page):
    """Take the second step for granted in a run that failed."""

    def changed(self, text, report):
        return text if report.state != "failed" else text + str(report.steps[1])


@plugin
class NeedsData(Page):
    """Take the data set of a blocked run for granted."""

    def changed(self, text, report):
        return text if report.state != "blocked" else text + report.dataset.name


@plugin
class RoundsNumbers(Page):
    """Make whole numbers of all metrics."""

    def changed(self, text, report):
        for candidate in report.candidates:
            for metric in candidate.evaluation.metrics:
                if metric.value is not None and not math.isfinite(metric.value):
                    round(metric.value)
        return text


@plugin
class Counts(Page):
    """Number the pages that it writes."""

    numbers = itertools.count()

    def changed(self, text, report):
        return text.replace("</footer>", f"{next(self.numbers)}</footer>")


@plugin
class WritesBeside(Page):
    """Keep a copy in the project."""

    @hookimpl
    def render(self, report, context):
        file = Page.render(self, report, context)
        (context.root / "latest.html").write_bytes(file.read_bytes())
        return file


@plugin
class HidesStates(Page):
    """Have good news only."""

    def changed(self, text, report):
        return text.replace("BLOCKED", "DONE").replace("blocked", "done")


@plugin
class HidesSteps(Page):
    """Not say where a run ended."""

    def changed(self, text, report):
        return text.replace("there is no file people.csv", "something went wrong")


@plugin
class HidesChecks(Page):
    """Not say why a run was blocked."""

    def changed(self, text, report):
        return text.replace("three rows share an id", "")


@plugin
class KnowsLatinOnly(Page):
    """Write a question mark for what is not Latin."""

    def changed(self, text, report):
        return text.encode("latin-1", errors="replace").decode("latin-1")


@plugin
class PassesOnEscapes(Page):
    """Write the user's name as it is."""

    def changed(self, text, report):
        return text.replace("</footer>", f"{html.escape(report.user)[:3]}</footer>")


@plugin
class LeavesElementsOpen(Page):
    """Begin a part and not end it."""

    def changed(self, text, report):
        return text.replace("</footer>", "<div></footer>")


@plugin
class LoadsFonts(Page):
    """Have a font of the web."""

    def changed(self, text, report):
        return text.replace("<style>", "<style>@import 'https://fonts.example/css';", 1)


@plugin
class LoadsScripts(Page):
    """Have a script beside the page."""

    def changed(self, text, report):
        return text.replace("</footer>", "</footer><script src='chart.js'></script>")


@plugin
class TrustsTexts(Page):
    """Write the user's name as markup."""

    def changed(self, text, report):
        name = "".join(each for each in report.user if each.isprintable())
        return text.replace("</footer>", f"</footer><p>{name}</p>")


@plugin
class TrustsAttributes(Page):
    """Write the user's name into an attribute, with its quotes."""

    def changed(self, text, report):
        name = html.escape("".join(filter(str.isprintable, report.user)), quote=False)
        return text.replace("</footer>", f'</footer><p title="{name}">.</p>')


@plugin
class DrawsNothingWell(Page):
    """Draw a bar as long as the first metric."""

    def changed(self, text, report):
        metrics = report.candidates[0].evaluation.metrics if report.candidates else ()
        width = metrics[0].value if metrics else 0
        return text.replace("</footer>", f'</footer><hr width="{width}">')


@plugin
class ShowsEverything(Page):
    """Write every point of every curve."""

    def changed(self, text, report):
        points = [
            series.y
            for candidate in report.candidates
            for chart in candidate.evaluation.charts
            for series in chart.series
        ]
        shown = html.escape(str(points)) if len(str(points)) > 10_000 else ""
        return text.replace("</footer>", f"</footer>{shown}")


@plugin
class Lines(Changed):
    """Write Markdown: right in all, and the base of what is wrong in one thing."""

    capabilities = frozenset({"markdown", "text"})
    format = Markdown

    @hookimpl
    def render(self, report, context):
        return self.render_changed(report, context)


@plugin
class BreaksTables(Lines):
    """Leave bars in the cells of its tables."""

    def changed(self, text, report):
        return text.replace("\\|", "|")


@plugin
class BreaksLines(Lines):
    """Write the project's name with its line ends."""

    def changed(self, text, report):
        name = report.project if report.project.startswith("plain") else ""
        return f"{text}{name}\n"


@plugin
class PassesOnHtml(Lines):
    """Leave elements of HTML as they are."""

    def changed(self, text, report):
        return text.replace("\\<", "<")


@plugin
class PassesOnLinks(Lines):
    """Leave links as they are."""

    def changed(self, text, report):
        return text.replace("\\[", "[").replace("\\]", "]")


@plugin
class Facts(Changed):
    """Write JSON: right in all, and the base of what is wrong in one thing."""

    capabilities = frozenset({"json", "text"})
    format = Json

    @hookimpl
    def render(self, report, context):
        return self.render_changed(report, context)


@plugin
class WritesNan(Facts):
    """Write what Python takes for JSON."""

    def changed(self, text, report):
        metrics = report.candidates[0].evaluation.metrics if report.candidates else ()
        first = json.dumps(metrics[0].value if metrics else 0)
        return text.replace("{", f'{{"first": {first},', 1)


@plugin
class EscapesForHtml(Facts):
    """Write JSON as if it were HTML."""

    def changed(self, text, report):
        return text.replace("<", "&lt;")


@pytest.mark.parametrize("right", [Page, Lines, Facts])
def test_plain_format_keeps_the_contract(right):
    assert failed_checks(RenderContract, right) == []


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        (NeedsSteps, "test_run_that_failed_at_once_has_a_report"),
        (NeedsData, "test_run_that_was_blocked_has_a_report"),
        (RoundsNumbers, "test_figures_may_be_missing_or_not_finite"),
        (Counts, "test_same_report_gives_the_same_bytes"),
        (WritesBeside, "test_writes_to_the_scratch_folder_alone"),
        (HidesStates, "test_state_of_the_run_can_be_read"),
        (HidesSteps, "test_step_that_stopped_the_run_is_named"),
        (HidesChecks, "test_check_that_said_no_is_named"),
        (KnowsLatinOnly, "test_words_of_any_script_stay_as_they_are"),
        (PassesOnEscapes, "test_control_characters_are_not_passed_on"),
        (LeavesElementsOpen, "test_page_is_whole"),
        (LoadsFonts, "test_page_needs_nothing_from_elsewhere"),
        (LoadsScripts, "test_page_needs_nothing_from_elsewhere"),
        (TrustsTexts, "test_texts_add_no_element_to_the_page"),
        (TrustsAttributes, "test_texts_add_no_element_to_the_page"),
        (DrawsNothingWell, "test_drawings_have_numbers_for_places"),
        (ShowsEverything, "test_page_is_small_enough_to_be_sent"),
        (BreaksTables, "test_tables_are_whole"),
        (BreaksLines, "test_texts_begin_no_line"),
        (PassesOnHtml, "test_texts_are_no_markup"),
        (PassesOnLinks, "test_texts_are_no_markup"),
        (WritesNan, "test_facts_are_valid_json"),
        (EscapesForHtml, "test_texts_are_kept_as_they_are"),
    ],
)
def test_wrong_format_fails_the_check_meant_for_it(wrong, expected):
    assert failed_checks(RenderContract, wrong) == [expected]


def test_format_that_gives_no_file_fails_the_check_meant_for_it():
    failed = failed_checks(RenderContract, Pages)

    # Whoever has no file has nothing that could be looked at.
    assert "test_full_report_is_a_file" in failed

"""What a report format has to hold: it shows every run, needs nothing else, and believes nobody."""

from __future__ import annotations

import json
import re
import unicodedata
import unittest
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from fourstroke.errors import FourstrokeError
from fourstroke.plugins.services import RenderCaller
from fourstroke.testing import reports
from fourstroke.testing.claims import expect
from fourstroke.testing.contract import Contract, requires
from fourstroke.testing.markup import Page, ragged_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fourstroke.entities.run import RunReport
    from fourstroke.typing import FunctionPlugin, Renders

_LARGEST_BYTES = 300_000
_RAW_HTML = re.compile(r"(?<!\\)<[a-zA-Z/!]")
_RAW_LINK = re.compile(r"(?<!\\)\[[^\]]*(?<!\\)\]\(")
# Line ends and tabs are what text is laid out with.
_LAYOUT = frozenset("\n\t")


class RenderContract(Contract):
    """What every report format has to hold."""

    stage = "render"
    plugin: ClassVar[Renders | Callable[..., Renders] | FunctionPlugin]
    offered: ClassVar = {
        "text": "the file is text in UTF-8 that people or programs read",
        "html": "the file is one HTML page that works offline and can be sent around",
        "markdown": "the file is Markdown, with tables",
        "json": "the file is JSON",
    }

    def exercise(self) -> None:
        """Render a full report."""
        self.render(self.sample())

    def sample(self) -> RunReport:
        """Give the report of a run that went through all four cycles."""
        return reports.plain()

    def render(self, report: RunReport) -> Path:
        """Render a report, in a scratch folder of its own."""
        return RenderCaller(self.make()).render(report, self.context())

    def text(self, report: RunReport) -> str:
        """Render a report and read it; that this can be done is a check of its own."""
        try:
            content = self.render(report).read_bytes()
        except Exception as error:
            raise unittest.SkipTest(f"there is no file to look at: {error}") from error
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise AssertionError(f"its file is not UTF-8: {error}") from error

    def rendered(self, report: RunReport, what: str) -> Path:
        """Render a report that no format may stumble over."""
        try:
            file = self.render(report)
        except FourstrokeError as error:
            raise AssertionError(str(error)) from error
        except Exception as error:
            raise AssertionError(f"{what} raised {type(error).__name__}: {error}") from error
        expect(file.stat().st_size, f"{what} gave an empty file")
        return file

    def test_full_report_is_a_file(self) -> None:
        """A report with all its parts becomes a file in the scratch folder."""
        self.rendered(self.sample(), "a full report")

    def test_run_that_failed_at_once_has_a_report(self) -> None:
        """A report in which every part is missing is rendered, too."""
        self.rendered(reports.empty(), "a run that failed at its first step")

    def test_run_that_was_blocked_has_a_report(self) -> None:
        """A report of a run that published nothing is rendered, too."""
        self.rendered(reports.blocked(), "a run that a check blocked")

    def test_figures_may_be_missing_or_not_finite(self) -> None:
        """NaN, infinities, missing metrics and words of any script are rendered."""
        self.rendered(reports.odd(), "a report with NaN, None and words that are not ASCII")

    def test_same_report_gives_the_same_bytes(self) -> None:
        """Two renderings of one report, in different folders, are equal byte by byte."""
        first = self.render(self.sample()).read_bytes()
        second = self.render(self.sample()).read_bytes()

        expect(first == second, "the same report gave other bytes the second time")

    def test_writes_to_the_scratch_folder_alone(self) -> None:
        """Nothing else of the project is written to."""
        before = set(self.folder.iterdir())

        file = self.render(self.sample())

        new = sorted(each.name for each in set(self.folder.iterdir()) - before)
        expect(new == [file.relative_to(self.folder).parts[0]], f"it wrote {new} into the project")

    @requires("text")
    def test_state_of_the_run_can_be_read(self) -> None:
        """Whoever reads the report of a blocked or a failed run reads that it was."""
        for report in (reports.empty(), reports.blocked()):
            words = self.words(report).lower()
            expect(
                report.state in words, f"a {report.state} run does not say that it {report.state}"
            )

    @requires("text")
    def test_step_that_stopped_the_run_is_named(self) -> None:
        """The step that failed is named with the reason."""
        words = self.words(reports.empty())

        (step,) = reports.empty().steps
        for said in (step.name, step.summary):
            expect(said in self.unescaped(words), f"the report of a failed run has no {said!r}")

    @requires("text")
    def test_check_that_said_no_is_named(self) -> None:
        """The check that blocked the run is named with the reason."""
        words = self.words(reports.blocked())

        (check,) = reports.blocked().checks
        for said in (check.name, check.why):
            expect(said in self.unescaped(words), f"the report of a blocked run has no {said!r}")

    @requires("text")
    def test_words_of_any_script_stay_as_they_are(self) -> None:
        """Names that are not ASCII can be read."""
        words = self.words(reports.odd())

        for said in ("Größe", "年齢", "🚀"):
            expect(said in words, f"{said} cannot be read")

    @requires("text")
    def test_control_characters_are_not_passed_on(self) -> None:
        """No name moves a terminal's cursor or turns the order of a line."""
        text = self.text(reports.saying(reports.CONTROL))

        kinds = {"Cc", "Cs", "Zl", "Zp"}
        turning = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
        passed = {
            each
            for each in text
            if (unicodedata.category(each) in kinds and each not in _LAYOUT) or each in turning
        }
        shown = ", ".join(sorted(f"U+{ord(each):04X}" for each in passed))
        expect(not passed, f"it passes on {shown} from a name")

    @requires("html")
    def test_page_is_whole(self) -> None:
        """Every element of the page ends where it has to."""
        for report in (self.sample(), reports.empty(), reports.odd()):
            page = Page(self.text(report))
            expect(
                not page.unclosed, f"elements do not end where they have to: {page.unclosed[:3]}"
            )

    @requires("html")
    def test_page_needs_nothing_from_elsewhere(self) -> None:
        """The page names no address to load from: no script, style, picture or font."""
        page = Page(self.text(self.sample()))

        expect(not page.outside, f"the page loads from elsewhere: {page.outside[:3]}")

    @requires("html")
    def test_texts_add_no_element_to_the_page(self) -> None:
        """Markup in a name, text, column, label or setting is shown and not obeyed."""
        plain = Page(self.text(reports.saying("plain words"))).elements
        hostile = Page(self.text(reports.saying(reports.MARKUP))).elements

        added = [each for each in hostile if hostile.count(each) > plain.count(each)]
        expect(not added, f"markup in a text became elements of the page: {sorted(set(added))[:3]}")
        expect(plain == hostile, "markup in a text changes the elements of the page")

    @requires("html")
    def test_drawings_have_numbers_for_places(self) -> None:
        """No figure that is not finite becomes a place or a length in a drawing."""
        text = self.text(reports.odd())

        found = re.findall(r"=\"[^\"<>]*\b(?:nan|inf)\b[^\"<>]*\"", text)
        expect(not found, f"a drawing has places that are no numbers: {found[:3]}")

    @requires("html")
    def test_page_is_small_enough_to_be_sent(self) -> None:
        """A page stays under 300 KB, however much there is to show."""
        size = self.render(reports.large()).stat().st_size

        expect(size <= _LARGEST_BYTES, f"a large report gave a page of {size:,} bytes")

    @requires("markdown")
    def test_tables_are_whole(self) -> None:
        """Each row of a table has as many cells as its head, whatever stands in them."""
        for text in ("plain words", reports.MARKUP, reports.CONTROL):
            rows = ragged_rows(self.text(reports.saying(text)))
            expect(not rows, f"a table has rows of another width than its head: {rows[:1]}")

    @requires("markdown")
    def test_texts_begin_no_line(self) -> None:
        """A line end in a name begins no line of the file."""
        plain = self.text(reports.saying("plain words")).splitlines()
        broken = self.text(reports.saying("plain\n\n# words")).splitlines()

        expect(len(plain) == len(broken), "a line end in a text begins a line of the file")

    @requires("markdown")
    def test_texts_are_no_markup(self) -> None:
        """Markup and links in a text are escaped."""
        text = self.text(reports.saying(reports.MARKUP))

        expect(not _RAW_HTML.search(text), "markup in a text is passed on as HTML")
        expect(not _RAW_LINK.search(text), "markup in a text becomes a link")

    @requires("json")
    def test_facts_are_valid_json(self) -> None:
        """The file is JSON as the standard has it, without NaN, also where figures are missing."""
        for report in (self.sample(), reports.empty(), reports.odd()):
            text = self.text(report)
            try:
                json.loads(text, parse_constant=_no_number)
            except ValueError as error:
                raise AssertionError(f"its file is no JSON: {error}") from error

    @requires("json")
    def test_texts_are_kept_as_they_are(self) -> None:
        """A program reads the very text that stood in the report, whatever it is."""
        for text in (reports.MARKUP, reports.CONTROL):
            found = set(_texts(json.loads(self.text(reports.saying(text)))))
            expect(text in found, "a text with markup or control characters came back changed")

    def words(self, report: RunReport) -> str:
        """Render a report and give what its reader reads."""
        text = self.text(report)
        return Page(text).words if "html" in self.claimed() else text

    def unescaped(self, text: str) -> str:
        """Take away Markdown's escapes, which its reader does not see."""
        return re.sub(r"\\([^\w\s])", r"\1", text) if "markdown" in self.claimed() else text


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"it has {constant}")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)

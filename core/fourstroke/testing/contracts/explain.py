"""What an explanation has to hold: sections that a report can show, the same each time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from fourstroke.errors import FourstrokeError
from fourstroke.testing.claims import expect
from fourstroke.testing.contract import Contract, requires
from fourstroke.testing.global_seed import global_seed
from fourstroke.testing.samples import people
from fourstroke.testing.scored import Majority
from fourstroke.testing.tables import difference

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from fourstroke.entities.facts import Section
    from fourstroke.typing import Explains, FunctionPlugin

_MOST_POINTS = 20_000


class ExplainContract(Contract):
    """What every explanation has to hold. A plugin that needs a model of its own overrides `model`.

    The checks about single rows hold for those that claim ``rows``.
    """

    stage = "explain"
    offered: ClassVar = {"rows": "it explains single rows: the hook explain_rows"}
    plugin: ClassVar[Explains | Callable[..., Explains] | FunctionPlugin]

    def sample(self) -> pd.DataFrame:
        """Give held-out rows, target included."""
        return people()

    def model(self) -> Any:
        """Give the fitted model that is explained."""
        return Majority()

    def explain(self, data: pd.DataFrame) -> Sequence[Section]:
        """Explain as a step does."""
        return self.caller().explain("own", model=self.model(), data=data, context=self.context())

    def explain_rows(self, rows: pd.DataFrame) -> Sequence[Section]:
        """Explain single rows as the command does."""
        return self.caller().explain_rows(
            "own", model=self.model(), rows=rows, data=self.sample(), context=self.context()
        )

    def exercise(self) -> None:
        """Explain once."""
        self.explain(self.sample())

    def test_sections_have_titles_and_something_to_show(self) -> None:
        """Each section has a title, and a text, a chart or a table."""
        found = self.explain(self.sample())

        expect(found, "it gave no section")
        for section in found:
            expect(section.title.strip(), "a section has no title")
            shown = section.text.strip() or section.charts or section.tables
            expect(shown, f"the section {section.title!r} shows nothing")

    def test_charts_can_be_drawn(self) -> None:
        """Series have as many x as y, and finite numbers; a chart has no more points than one sees."""
        for title, x, y in _series(self.explain(self.sample())):
            expect(len(x) == len(y), f"in {title!r} there are {len(x)} x and {len(y)} y")
            expect(len(y) <= _MOST_POINTS, f"in {title!r} there are {len(y):,} points")
            strange = [value for value in y if not math.isfinite(value)]
            expect(not strange, f"in {title!r} a value is {strange[:1]}")

    def test_tables_are_whole(self) -> None:
        """Each row of a table has a cell a column."""
        for section in self.explain(self.sample()):
            for table in section.tables:
                short = [row for row in table.rows if len(row) != len(table.columns)]
                expect(not short, f"in {section.title!r} a row has {len(short[:1])} cells")

    def test_same_model_is_explained_the_same(self) -> None:
        """Explaining twice gives equal sections, whatever state the process is in."""
        with global_seed(1):
            first = self.explain(self.sample())
        with global_seed(2):
            second = self.explain(self.sample())

        expect(list(first) == list(second), "the second time it gave other sections")

    def test_table_is_left_alone(self) -> None:
        """The rows stay as they were."""
        data = self.sample()
        self.explain(data)

        told = difference(data, self.sample(), has_index=True)
        expect(not told, f"the table was changed: {told}")

    def test_labels_of_rows_mean_nothing(self) -> None:
        """Labels that are there twice change nothing."""
        labelled = self.sample()
        labelled.index = [number // 2 for number in range(len(labelled))]

        same = list(self.explain(labelled)) == list(self.explain(self.sample()))

        expect(same, "with labels that are there twice it gave other sections")

    @requires("rows")
    def test_single_rows_are_explained_without_their_target(self) -> None:
        """Rows without target give sections that show something, and the same each time."""
        rows = self.sample().head(2).drop(columns=self.task.target)
        first, second = self.explain_rows(rows), self.explain_rows(rows)

        expect(first, "it gave no section")
        for section in first:
            shown = section.text.strip() or section.charts or section.tables
            expect(shown, f"the section {section.title!r} shows nothing")
        expect(list(first) == list(second), "the second time it gave other sections")

    @requires("rows")
    def test_row_is_explained_alike_alone_and_among_others(self) -> None:
        """What is said of a row does not depend on which rows are asked about with it."""
        rows = self.sample().head(3)

        alone = {
            cells for one in range(3) for cells in _tabled(self.explain_rows(rows.iloc[[one]]))
        }
        among = set(_tabled(self.explain_rows(rows)))

        expect(alone == among, f"it says otherwise: {sorted(map(str, alone ^ among))[:1]}")

    def test_no_rows_are_explained_or_refused(self) -> None:
        """Without rows it gives sections, or an error of fourstroke."""
        try:
            self.explain(self.sample().head(0))
        except FourstrokeError:
            return
        except Exception as error:
            raise AssertionError(f"it raised {type(error).__name__}: {error}") from error


def _series(found: Sequence[Section]) -> Iterator[tuple[str, tuple[Any, ...], tuple[float, ...]]]:
    for section in found:
        for chart in section.charts:
            for series in chart.series:
                yield chart.title, series.x, series.y


def _tabled(found: Sequence[Section]) -> Iterator[object]:
    for section in found:
        for table in section.tables:
            yield (table.columns, table.rows)

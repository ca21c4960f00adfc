"""What a codec of tables may know of them besides: profiles, differences, files, rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from fourstroke.hooks import hookspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from fourstroke.entities.profile import TableDifference, TableProfile


class TableHooks(Protocol):
    """What a codec of tables knows of them besides; all of it is optional.

    A table comes in pieces: one that is in memory is one piece, and one that may be larger gives as many
    as it takes. Each piece is of the codec's own type.
    """

    @hookspec(firstresult=True)
    def profile_table(self, pieces: Iterable[Any]) -> TableProfile:
        """Say what is in a table, at a glance.

        Called when a version is published, and for ``fourstroke data profile``.

        Parameters
        ----------
        pieces : iterable of table
            They are to be read once, and none of them is kept.

        Returns
        -------
        TableProfile
            The same for the same rows, however they are cut.

        Notes
        -----
        When it raises, the version is published without a profile, and the run says so. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def compare_tables(
        self, before: Iterable[Any], after: Iterable[Any], key: Sequence[str]
    ) -> TableDifference:
        """Say in what two tables differ.

        Called by ``fourstroke data diff``.

        Parameters
        ----------
        before, after : iterable of table
            Pieces that can be read several times.
        key : sequence of str
            Columns that say which rows belong together; without any whole rows are compared.

        Returns
        -------
        TableDifference
            Empty if both hold the same rows.

        Notes
        -----
        A key that is not there, or names two rows, is a `DataError`. When it raises, the command fails.
        Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def write_table(self, pieces: Iterable[Any], path: Path) -> int:
        """Write a table into a file of the format that its suffix tells.

        Called by ``fourstroke data export``.

        Parameters
        ----------
        pieces : iterable of table
            They are to be read once.
        path : Path
            A new file.

        Returns
        -------
        int
            How many rows were written.

        Notes
        -----
        A suffix that it does not know is a `UsageError` that names those it does. When it raises, the
        command fails and no file is left. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def find_rows(self, pieces: Iterable[Any], column: str, value: str) -> Sequence[int]:
        """Find the rows in which a column has a value.

        Called by ``fourstroke data where``.

        Parameters
        ----------
        pieces : iterable of table
            They are to be read once.
        column : str
            Of the table.
        value : str
            As people write it.

        Returns
        -------
        sequence of int
            The numbers of the rows, counted from 0.

        Notes
        -----
        A column that is not there is a `DataError`. When it raises, the command fails. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def stack_rows(self, parts: Sequence[tuple[Any, int, int]]) -> Any:
        """Take rows of tables, and put them under each other as one table.

        Called for windows that begin or end within a batch of the prediction log, and for those that
        others are compared with.

        Parameters
        ----------
        parts : sequence of (table, int, int)
            Tables of the codec's own type; of each the rows from the first number to before the second.

        Returns
        -------
        table
            With the columns of the first one and those that only others have, in which missing cells
            stand for what a part does not have.

        Notes
        -----
        When it raises, the window is not looked at, and the run fails. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def read_labels(self, table: Any, column: str, label: str, is_number: bool) -> Any:  # noqa: FBT001
        """Make labels of a table that people bring.

        Called by ``fourstroke labels add``.

        Parameters
        ----------
        table : table
            As a source gave it.
        column, label : str
            The columns of what labels come under, and of the labels.
        is_number : bool
            Whether labels are numbers, as those of a regression are.

        Returns
        -------
        table
            With the columns ``id`` and ``label``: a row for each id, its lowest one.

        Notes
        -----
        A column that is not there, a row without an id, and a label that is no number where numbers are
        due are a `DataError` that names the row; a row without a label takes the label before it back.
        When it raises, nothing is recorded. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def label_rows(self, rows: Any, column: str, labels: Sequence[Any]) -> Any:
        """Find the label of each row.

        Called when labels were brought for a model, once a batch that monitors look at.

        Parameters
        ----------
        rows : table
            What was scored.
        column : str
            Holds what labels come under, such as an id.
        labels : sequence of table
            Each with the columns ``id`` and ``label``, the oldest first: of two labels for one id the
            later counts, and within a table the lower row.

        Returns
        -------
        array
            A label a row, missing where none is known.

        Notes
        -----
        Ids are compared as people write them, so that ``7``, ``7.0`` and ``"7"`` are one. When it raises,
        the window is not looked at, and the run fails. Since 0.1.
        """
        ...

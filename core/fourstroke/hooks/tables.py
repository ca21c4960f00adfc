"""What a codec of tables may know of them besides: profiles, differences, files, rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from fourstroke.hooks import hookspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
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

    @hookspec(firstresult=True)
    def columns_of(self, table: Any) -> Mapping[str, Any]:
        """Take a table apart.

        Called for each answer of a service, before it is logged, and for what is taken out of the
        prediction log.

        Parameters
        ----------
        table : table
            In memory.

        Returns
        -------
        mapping of str to array
            The cells of each column, in the order of the columns: arrays with ``dtype`` and ``tolist``.

        Notes
        -----
        When it raises, the rows are not logged, and counted as such. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def table_of(self, parts: Sequence[Mapping[str, Any]]) -> Any:
        """Put tables together that were taken apart, their rows behind each other.

        Called when a segment of a journal is taken into the prediction log, and when batches become one.

        Parameters
        ----------
        parts : sequence of mapping
            One at least, each with the cells of its columns: arrays as `columns_of` gives them, or
            `Cells`. A column that a part does not have is missing in its rows.

        Returns
        -------
        table
            With the columns of all parts, in the order in which they are met.

        Notes
        -----
        When it raises, the segment stays where it is. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def pack_columns(self, columns: Mapping[str, Any]) -> bytes:
        """Write columns as bytes, quickly: somebody waits for the answer.

        Called for a request with many rows; few are written as JSON by the core.

        Parameters
        ----------
        columns : mapping of str to array
            As `columns_of` gives them, or `Cells`.

        Returns
        -------
        bytes
            What `unpack_columns` reads, also in a later version.

        Notes
        -----
        When it raises, the rows are not logged, and counted as such. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def unpack_columns(self, packed: bytes) -> Mapping[str, Any]:
        """Read what `pack_columns` wrote.

        Called when a segment of a journal is taken into the prediction log.

        Parameters
        ----------
        packed : bytes
            Whole: its checksum was held against it.

        Returns
        -------
        mapping of str to array
            As `columns_of` gives them.

        Notes
        -----
        When it raises, the segment stays where it is. Since 0.1.
        """
        ...

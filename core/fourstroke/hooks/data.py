"""The data cycle: collect raw data, prepare it, check it, split it.

A table is whatever the project's plugins hand to each other; for the bundled ones it is a
``pandas.DataFrame``. The core never looks inside. The labels of its rows name nothing and may be
there twice: rows are told apart by their position. Columns of one content come in several types, those
with missing cells of their own (``Int64``, ``boolean``, ``string``) among them: cells count, not types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from fourstroke.hooks import hookspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fourstroke.context import Context
    from fourstroke.entities.facts import Check

Table = Any


class DataHooks(Protocol):
    """Stages of the data cycle, in the order in which they are called."""

    @hookspec(firstresult=True)
    def source_state(self, context: Context) -> str:
        """Name the present state of a source, without reading all of it where that can be helped.

        Called before each `collect` and at each plan, in the main process; optional. A source
        without it is read at every run.

        Parameters
        ----------
        context : Context
            ``context.path`` finds files of the project, ``context.digest`` names their content.

        Returns
        -------
        str
            A text that changes when the source does, and only then: a digest, an ETag, a largest
            id.

        Notes
        -----
        A source that is not there has no state: `DataError`, as from `collect`. When it raises, the
        step fails as if `collect` had. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def collect(self, context: Context) -> Table:
        """Read a source whole.

        Called once a source and run, unless `source_state` says that nothing changed.

        Parameters
        ----------
        context : Context
            The step's context.

        Returns
        -------
        table
            All rows as the source has them, with unique column names of type ``str``. What the
            source does not have is a missing cell. The same source gives the same table.

        Notes
        -----
        Reading changes nothing of the source. One that is not there is a `DataError` that names it;
        one with columns and no rows is an empty table, or a `DataError`. When it raises, the run
        fails and nothing is published. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def prepare(self, data: Table, inputs: Mapping[str, Table], context: Context) -> Table:
        """Turn one table, or several, into one.

        Called once a step ``[[data.prepare]]``, in the order of their ``from`` inputs.

        Parameters
        ----------
        data : table
            The first input: the one before in the file, or the first of ``from``. Numbers, truth
            values and text may be of types that mark missing cells by ``pandas.NA``.
        inputs : mapping of str to table
            All inputs by the name of the step that made them, ``data`` among them. Only ``data`` is
            the step's own: the others stay as they are.
        context : Context
            The step's context.

        Returns
        -------
        table
            A new table, with unique column names of type ``str``; ``data`` may be changed in place,
            it is the step's own copy. Cells, types and labels depend on the inputs, the settings
            and ``context.seed`` alone, and columns are found by their names.

        Notes
        -----
        Rows to be scored go through the same steps, by themselves and without the target. A table
        without rows, or of one, gives a table or a `DataError`, and a column that is not there a
        `DataError` that names it. When it raises, the run fails. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def check(self, data: Table, context: Context) -> Sequence[Check]:
        """Say what is right and what is wrong about a table.

        Called once a step ``[[data.check]]`` on the last prepared table. All of them run, so that
        the report is whole.

        Parameters
        ----------
        data : table
            The table that is about to be published; it stays as it is. Its columns may be of types
            that mark missing cells by ``pandas.NA``.
        context : Context
            The step's context.

        Returns
        -------
        sequence of Check
            One a rule, each with a name of its own; one that says no says why. One check of severity
            ``error`` that says no blocks the run.

        Notes
        -----
        The same table gives the same checks. Where it has no rows, a check of its cells fails or is
        ``skipped``: what was not seen did not pass. A column that is not there is a check that
        fails, or a `DataError` that names it. When it raises, that counts as a failed check:
        closed, not open. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def split(self, data: Table, context: Context) -> Mapping[str, Table]:
        """Divide the published table into the parts that the model cycle uses.

        Called once a run.

        Parameters
        ----------
        data : table
            The published version; it stays as it is. Its columns may be of types that mark missing
            cells by ``pandas.NA``.
        context : Context
            ``context.seed`` makes a random split repeatable: parts depend on the table, the
            settings and the seed alone.

        Returns
        -------
        mapping of str to table
            ``train`` and ``test`` at least. No row in two parts, each as it was, whatever its label;
            who leaves rows out says so by ``context.say``.

        Notes
        -----
        A table without rows, or with too few, is a `DataError`, and so is a column that is not
        there, which it names. When it raises, the run fails. Since 0.1.
        """
        ...

"""The data cycle: collect raw data, prepare it, check it, split it, audit the parts.

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
    from fourstroke.entities.facts import Check, ContractChange

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
    def set_aside(self, data: Table, context: Context) -> Mapping[str, Table]:
        """Divide a table into the rows that keep to every rule and those that do not.

        Called after `check`, where it says no and the step's table has ``on_failure =
        "quarantine"``; optional. What is good is checked again.

        Parameters
        ----------
        data : table
            The table that was checked; it stays as it is.
        context : Context
            The step's context.

        Returns
        -------
        mapping of str to table
            ``good``: rows as they were, in their order. ``bad``: all others, with columns of its own at
            the end, the last of which says of each row what is wrong with it.

        Notes
        -----
        Rules of the table as a whole set no row aside. When it raises, that counts as a failed
        check. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def infer_contract(self, data: Table, context: Context) -> str:
        """Write the contract that a table keeps to.

        Called by ``fourstroke data contract infer`` on a plugin of the stage `check`; optional.

        Parameters
        ----------
        data : table
            The table; it stays as it is.
        context : Context
            ``context.task`` tells the role of columns.

        Returns
        -------
        str
            A file for people to edit. The table that it was made of keeps to it.

        Notes
        -----
        When it raises, nothing is written. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def compare_contracts(self, old: str, new: str, context: Context) -> Sequence[ContractChange]:
        """Name every change between two contracts.

        Called by ``fourstroke data contract diff`` on a plugin of the stage `check`; optional.

        Parameters
        ----------
        old, new : str
            What the two files hold.
        context : Context
            The command's context.

        Returns
        -------
        sequence of ContractChange
            One a change, each with a name of its own; none if the two ask the same.

        Notes
        -----
        When it raises, the command fails. Since 0.1.
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

    @hookspec(firstresult=True)
    def audit(self, parts: Mapping[str, Table], context: Context) -> Sequence[Check]:
        """Say whether the parts of a split tell of each other, or of the target, what they must not.

        Called once a step ``[[data.audit]]``, after the split and before any training.

        Parameters
        ----------
        parts : mapping of str to table
            ``train``, ``test``, and ``validation`` if the split gives it; they stay as they are. Their
            columns may be of types that mark missing cells by ``pandas.NA``.
        context : Context
            ``context.task`` names target, id, time and group.

        Returns
        -------
        sequence of Check
            One a question, each with a name of its own; one that says no says why. One check of
            severity ``error`` that says no keeps every candidate from being trained.

        Notes
        -----
        The same parts give the same checks, in any order of their rows. What cannot be asked of
        these parts is ``skipped``. When it raises, that counts as a failed check: closed, not open.
        Since 0.1.
        """
        ...

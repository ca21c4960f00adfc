"""Labels: what became known later of rows that a model scored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from fourstroke.cycles import labelled_windows
from fourstroke.cycles.strange_labels import strange_labels
from fourstroke.cycles.windows import REQUEST_ID
from fourstroke.errors import UsageError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from fourstroke.engine.work import Bench
    from fourstroke.plan import Outputs
    from fourstroke.project import Project
    from fourstroke.records.outcomes import LabelBatch


@attrs.frozen(kw_only=True)
class Labelled:
    """What came of bringing labels.

    Parameters
    ----------
    run : str
        The run that recorded them.
    model : str
        Whose rows they are.
    rows : int
        How many rows the file had.
    labels : int
        Of how many ids: of two rows of one id the lower counts.
    column : str
        What they come under.
    strange : mapping of str to int
        Labels that are no class of the model, and how many of each; the most frequent first.
    """

    run: str
    model: str
    rows: int
    labels: int
    column: str
    strange: Mapping[str, int] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Coverage:
    """Of how many rows of a window the outcome is known, as it was at the last look.

    Parameters
    ----------
    model, version : str and int
        The version that scored them.
    window : str
        What people call it.
    rows, labelled : int
        How many rows it has, and how many of them have a label.
    looked_at : datetime
        When a monitor looked at it last, in UTC.
    is_behind : bool
        Whether labels of its rows were brought since, which the next look counts.
    """

    model: str
    version: int
    window: str
    rows: int
    labelled: int
    looked_at: dt.datetime
    is_behind: bool = False


@attrs.frozen(eq=False)
class OutcomeLabels:
    """The labels of a project's model: brought late, twice, or corrected, the latest one counts."""

    _project: Project = attrs.field(repr=False)

    def add(
        self, path: str | Path, *, column: str = "", label: str = "", command: str = ""
    ) -> Labelled:
        """Bring labels; windows of their rows that monitors looked at before are looked at again.

        Parameters
        ----------
        path : str or Path
            A file that the source of ``[operations.batch]`` reads, or of ``[data.collect]``.
        column : str
            What they come under; what ``operations.labels.id`` says without it, else the task's id, else
            the id of the request.
        label : str
            The column that holds them; the task's target without it.
        command : str
            What the user typed, for the record.

        Raises
        ------
        UsageError
            If nothing is predicted here.
        DataError
            If the file has no such column, or a row of it is no label.
        """
        from fourstroke.operating import batch_source  # noqa: PLC0415 - reading labels needs none

        config = self._project.config
        if not config.task.target:
            raise UsageError("nothing is predicted in this project", where="task.target")
        source = batch_source(config, Path(path))
        wanted = (
            column or config.labels.id or config.task.id or REQUEST_ID,
            label or config.task.target,
        )
        with self._project.recorded("curate", command) as turn:
            session = turn.session
            given = {"columns": session.put([*wanted, config.task.kind == "regression"])}
            done = session.perform(labelled_windows.STEP, _read, (source.table,), given)
            labels = done.outputs["labels"]
            rows, count = session.load(done.outputs["value"])
            windows = labelled_windows.windows_with(session, labels)
            session.writer.record_labels(config.model, labels, count, windows)
            session.writer.finish("succeeded")
            return Labelled(
                run=session.writer.run,
                model=config.model,
                rows=rows,
                labels=count,
                column=wanted[0],
                strange=strange_labels(session, labels),
            )

    def batches(self) -> tuple[LabelBatch, ...]:
        """Give what was brought, the oldest first."""
        return self._project.records.label_batches(self._project.config.model)

    def coverage(self) -> tuple[Coverage, ...]:
        """Say of how many rows of each window the outcome was known when it was last looked at."""
        records, model = self._project.records, self._project.config.model
        newer = {look for batch in records.label_batches(model) for look in batch.windows}
        looks = labelled_windows.latest_looks(records, model)
        return tuple(
            Coverage(
                model=model,
                version=version,
                window=name,
                rows=seen.facts.rows,
                labelled=seen.facts.labelled,
                looked_at=seen.at,
                is_behind=seen.id in newer,
            )
            for (version, name), seen in looks.items()
            # Of a time in which no rows came there is nothing to know.
            if seen.facts.rows
        )


def _read(bench: Bench) -> Outputs:
    """Read a file of labels, in a worker."""
    column, label, is_number = bench.load("columns")
    table = bench.caller.collect(bench.step, context=bench.context)
    labels = bench.shop.tables.read_labels(table, column, label, is_number=is_number)
    return {"labels": labels, "value": [len(table), len(labels)]}

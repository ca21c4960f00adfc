"""The recorded runs: listed, shown, searched, compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import attrs

from fourstroke.code_difference import unified
from fourstroke.engine.workshop import Workshop
from fourstroke.entities.run import RunKind, RunState
from fourstroke.errors import UsageError, nearest
from fourstroke.records import search

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fourstroke.comparison import Difference
    from fourstroke.engine.listener import Listener
    from fourstroke.project import Project
    from fourstroke.records.rows import ProvenanceRow, RunRow, StepRow
    from fourstroke.records.search import Order, Term
    from fourstroke.reproduction import Reproduction


@attrs.frozen(kw_only=True)
class RunDetail:
    """A run with its steps and metrics.

    Parameters
    ----------
    run : RunRow
        Who ran what, from which code, and how it ended.
    steps : tuple of StepRow
        In the order in which they were recorded.
    metrics : dict of str to dict
        Values by the name of the step and the name of the metric.
    """

    run: RunRow
    steps: tuple[StepRow, ...]
    metrics: dict[str, dict[str, float]]


@attrs.frozen
class Runs:
    """All runs of a project."""

    project: Project = attrs.field(repr=False)

    def list(self, limit: int = 20) -> tuple[RunRow, ...]:
        """Give the latest runs, the newest first."""
        return tuple(self.project.records.runs(limit))

    def show(self, run: str) -> RunDetail:
        """Give one run by its id, or by a beginning of it that only one run has."""
        row = self.project.records.run(run)
        metrics: dict[str, dict[str, float]] = {}
        for point in self.project.records.metrics(row.run):
            metrics.setdefault(point.step_name, {})[point.name] = point.value
        return RunDetail(run=row, steps=tuple(self.project.records.steps(row.run)), metrics=metrics)

    def save(self, run: str, folder: str | Path) -> tuple[Path, ...]:
        """Write the files that a run's steps kept into a folder, one below for each step.

        Returns
        -------
        tuple of Path
            The files; each was verified.

        Raises
        ------
        UsageError
            If one of them is there already: nothing is overwritten.
        """
        kept = [(row.fact.name, item) for row in self.show(run).steps for item in row.attachments]
        wanted = [
            Path(folder) / step / file.name for step, item in kept for file in item.artifact.files
        ]
        there = next((path for path in wanted if path.exists()), None)
        if there is not None:
            raise UsageError("it is there already", where=str(there), hint="name another folder")
        store = Workshop.of(self.project.config).store
        for step, item in kept:
            store.materialize(item.artifact, Path(folder) / step)
        return tuple(wanted)

    def compare(self, first: str, second: str) -> tuple[Difference, ...]:
        """Say in what two runs differ; what is equal is left out.

        Parameters
        ----------
        first, second : str
            Ids, or beginnings of them that only one run has.

        Returns
        -------
        tuple of Difference
            Settings, data and metrics first, then code and environment, then digests of results.
        """
        from fourstroke.run_comparison import compared  # noqa: PLC0415 - imports plugins' callers

        return compared(self.project, self.show(first), self.show(second))

    def code_difference(self, first: str, second: str) -> str:
        """Write in what the code of two runs differs, as a unified diff."""
        return unified(self.source(first), self.source(second), first, second)

    def search(
        self,
        text: str = "",
        *,
        state: str | None = None,
        kind: str | None = None,
        sort: str = "",
        limit: int | None = 100,
    ) -> tuple[RunRow, ...]:
        """Find runs, the newest first unless ``sort`` says otherwise.

        Parameters
        ----------
        text : str
            Comparisons joined by ``and``, ``or`` and ``not``, such as ``metrics.roc_auc > 0.8 and data
            = adult@v2``; a word alone occurs in id, command, user, commit or message.
        state : str, optional
            ``running``, ``succeeded``, ``blocked``, ``failed``, ``cancelled`` or ``lost``.
        kind : str, optional
            ``run``, ``predict``, ``monitor`` or ``deploy``.
        sort : str
            What to sort by, such as ``metrics.roc_auc`` or ``metrics.loss asc, started``.
        limit : int, optional
            How many at most.

        Raises
        ------
        UsageError
            If there is no such state, kind, metric, parameter or tag, or the text cannot be read; it
            names the column.
        """
        _refuse_unknown("state", state, get_args(RunState))
        _refuse_unknown("kind", kind, get_args(RunKind))
        given = {"state": state, "kind": kind}
        # A search of several words that compares nothing is one text to look for.
        term = search.parse(text)
        conditions = [
            search.Comparison(search.Field("run", name), "=", (search.Value(value),))
            for name, value in given.items()
            if value is not None
        ]
        order = search.parse_order(sort) if sort else ()
        found = self.project.records.search(search.all_of(term, *conditions), order, limit)
        if not found or order:
            self._refuse_unheard(term, order)
        return found

    def tag(self, run: str, tags: Mapping[str, str]) -> None:
        """Give a run tags; an empty value takes one away.

        Parameters
        ----------
        run : str
            Its id, or a beginning of it.
        tags : mapping of str to str
            Such as ``{"team": "risk"}``.
        """
        self.project.records.tag(run, tags)

    def metrics(self, runs: Iterable[RunRow]) -> dict[str, dict[str, float]]:
        """Give the latest value of each metric of runs that are over, by id and name."""
        return self.project.records.latest_metrics([row.run for row in runs])

    def provenance(self, run: str) -> ProvenanceRow:
        """Give where a run comes from: the environment, and the files that it was made from."""
        return self.project.records.provenance(self.project.records.run(run).run)

    def source(self, run: str) -> dict[str, str]:
        """Give the files that a run was made from, by name; secrets are hidden.

        ``project/...`` are those of the project, and ``changes.patch`` is what git did not have.
        """
        artifact = self.provenance(run).source
        if artifact is None:
            return {}
        store = Workshop.of(self.project.config).store
        return {
            file.name: store.fetch(file.digest).read_text(encoding="utf-8")
            for file in artifact.files
        }

    def reproduce(self, run: str, *, listener: Listener | None = None) -> Reproduction:
        """Execute a run again as it was recorded, and compare every result.

        Parameters
        ----------
        run : str
            Its id, or a beginning of it.
        listener : Listener, optional
            Is told how it goes on.
        """
        from fourstroke.reproduction import reproduce  # noqa: PLC0415 - opens a project itself

        return reproduce(self.project, run, listener)

    def _refuse_unheard(self, term: Term, order: Iterable[Order]) -> None:
        """Refuse names that no run has: an empty answer would look like the truth."""
        asked = [(each.field, each.column) for each in search.comparisons(term)]
        asked += [(each.field, each.column) for each in order]
        known: dict[str, tuple[str, ...]] = {}
        for field, column in asked:
            if not field.is_named:
                continue
            if field.family not in known:
                known[field.family] = self.project.records.known_names(field.family)
            names = known[field.family]
            # Before there is anything to search, everything is unheard of.
            if names and field.name not in names:
                raise search.fault(f"no run has {field}", column, nearest(field.name, names))


def _refuse_unknown(what: str, given: str | None, known: tuple[str, ...]) -> None:
    """Refuse a word that no run can have: an empty answer would look like the truth."""
    if given is not None and given not in known:
        raise UsageError(f"there is no {what} {given!r}", hint=nearest(str(given), known))

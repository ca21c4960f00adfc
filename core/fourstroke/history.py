"""The recorded runs: listed, shown, searched, compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import attrs

from fourstroke.engine.workshop import Workshop
from fourstroke.entities.run import RunKind, RunState
from fourstroke.errors import UsageError, nearest

if TYPE_CHECKING:
    from fourstroke.project import Project
    from fourstroke.records.rows import RunRow, StepRow

# A word is looked for in so many of the latest runs.
_MOST_SEARCHED = 10_000


@attrs.frozen(kw_only=True)
class Difference:
    """One thing in which two runs differ.

    Parameters
    ----------
    kind : {"setting", "version", "commit", "result", "metric"}
        What it is: a key of the project file, a distribution, a digest that a step gave, a figure.
    name : str
        Which one, such as ``data.split.test`` or ``model.evaluate.logistic.roc_auc``.
    first, second : object
        What it is in each run; ``None`` where it is not there.
    """

    kind: str
    name: str
    first: Any
    second: Any


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
        """Say in what two runs differ: settings, distributions, results, metrics; nothing equal."""
        one, two = self.show(first), self.show(second)
        return (
            *_differences("setting", _flat(one.run.settings), _flat(two.run.settings)),
            *_differences("version", dict(one.run.versions), dict(two.run.versions)),
            *_differences("commit", {"commit": one.run.commit}, {"commit": two.run.commit}),
            *_differences("result", _results(one), _results(two)),
            *_differences("metric", _flat(one.metrics), _flat(two.metrics)),
        )

    def search(
        self, text: str = "", *, state: str | None = None, kind: str | None = None, limit: int = 100
    ) -> tuple[RunRow, ...]:
        """Find runs by state and kind, and by a word in their command, user, commit or message.

        Parameters
        ----------
        text : str
            Occurs in id, command, user, commit or message; capitals do not matter.
        state : str, optional
            ``running``, ``succeeded``, ``blocked``, ``failed``, ``cancelled`` or ``lost``.
        kind : str, optional
            ``run``, ``predict``, ``monitor`` or ``deploy``.
        limit : int
            How many at most, the newest first.

        Raises
        ------
        UsageError
            If there is no such state or kind.
        """
        _refuse_unknown("state", state, get_args(RunState))
        _refuse_unknown("kind", kind, get_args(RunKind))
        searched = max(limit, _MOST_SEARCHED) if text else limit
        rows = self.project.records.runs(searched, state=state, kind=kind)
        return tuple(row for row in rows if text.casefold() in _searchable(row))[:limit]


def _refuse_unknown(what: str, given: str | None, known: tuple[str, ...]) -> None:
    """Refuse a word that no run can have: an empty answer would look like the truth."""
    if given is not None and given not in known:
        raise UsageError(f"there is no {what} {given!r}", hint=nearest(str(given), known))


def _searchable(row: RunRow) -> str:
    return f"{row.run} {row.command} {row.user} {row.commit} {row.message}".casefold()


def _results(detail: RunDetail) -> dict[str, Any]:
    return {
        f"{step.fact.name}.{name}": artifact.digest
        for step in detail.steps
        for name, artifact in step.outputs.items()
    }


def _differences(
    kind: str, first: dict[str, Any], second: dict[str, Any]
) -> tuple[Difference, ...]:
    names = sorted({**first, **second})
    return tuple(
        Difference(kind=kind, name=name, first=first.get(name), second=second.get(name))
        for name in names
        if first.get(name) != second.get(name)
    )


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    entries: Iterable[tuple[Any, Any]]
    if isinstance(value, Mapping):
        entries = value.items()
    elif isinstance(value, list | tuple):
        entries = ((str(index), item) for index, item in enumerate(value))
    else:
        return {path: value}
    return {
        name: leaf
        for key, item in entries
        for name, leaf in _flat(item, f"{path}.{key}" if path else str(key)).items()
    }

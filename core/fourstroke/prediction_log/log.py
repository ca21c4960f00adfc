"""The prediction log of a project: what was asked and answered, counted, read, exported, compacted, purged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.entities.age import hours_of
from fourstroke.entities.traffic import Traffic
from fourstroke.errors import UsageError, nearest
from fourstroke.prediction_log import compaction, intake
from fourstroke.prediction_log.compaction import Compacted
from fourstroke.prediction_log.intake import TakenIn, Waiting
from fourstroke.records.prediction_log import LogQuery

if TYPE_CHECKING:
    from fourstroke.entities.operations import Role
    from fourstroke.project import Project
    from fourstroke.records.operation_rows import PredictionRow

_RETENTION: Final = "older than [operations.log] keep = {}"


@attrs.frozen(kw_only=True)
class DayCount:
    """How many rows of one day, version and role there are.

    Parameters
    ----------
    day : str
        Of UTC, as ``2026-05-01``.
    version, role : int and str
        Who answered.
    batches, rows : int
        What is in the log.
    left_out : int
        Rows that were answered and left out by sampling.
    dropped : int
        Rows that were answered and lost: the disk was full or slow.
    damaged : int
        Records of journals that could not be read.
    sample : float
        The share of requests that is logged; the least one, if it changed.
    traffic : Traffic, optional
        How many requests were answered, refused and failed; ``None`` if nobody counted them.
    """

    day: str
    version: int
    role: Role
    batches: int = 0
    rows: int = 0
    left_out: int = 0
    dropped: int = 0
    damaged: int = 0
    sample: float = 1.0
    traffic: Traffic | None = None

    @property
    def answered(self) -> int:
        """How many rows were answered in all."""
        return self.rows + self.left_out + self.dropped


@attrs.frozen(kw_only=True)
class Purged:
    """What was removed, or would be.

    Parameters
    ----------
    batches, rows : int
        How much it is.
    before : datetime
        Until when its rows were scored.
    is_applied : bool
        Whether it is gone.
    """

    batches: int
    rows: int
    before: dt.datetime
    is_applied: bool


@attrs.frozen
class PredictionLog:
    """What a project's models were asked and answered, by services and in batches.

    ``project.predictions`` gives it. A model is the project's own where none is named.
    """

    project: Project = attrs.field(repr=False)

    def take_in(self, model: str = "") -> TakenIn:
        """Take in the journals of services that ended or were killed; living ones do so themselves."""
        return intake.take_in(self.project, self._home(), self._model(model))

    def waiting(self, model: str = "") -> Waiting:
        """Say what is in journals of living services, and not in the log yet."""
        return intake.waiting(self.project, self._home(), self._model(model))

    def batches(
        self,
        model: str = "",
        *,
        version: int | str | None = None,
        role: Role | None = None,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
    ) -> tuple[PredictionRow, ...]:
        """List batches, those with the earliest rows first.

        Parameters
        ----------
        model : str
            Of the registry.
        version : int or str, optional
            Its number, or an alias.
        role : {"champion", "canary", "shadow"}, optional
            As what it was asked.
        since, until : datetime, optional
            Batches with a row at ``since`` or later, and with one before ``until``; with their offsets.
        """
        query = self._query(model, version, role, since=since, until=until)
        return self.project.records.logged_batches(query)

    def rows(self, batch: PredictionRow) -> Any:
        """Load a batch as one table: what was asked, what was answered, and with which request.

        Columns of the answer that are called as one of the rows are called ``predicted_...`` here; those
        of the log begin with ``log_``.
        """
        from fourstroke.engine.workshop import Workshop  # noqa: PLC0415 - builds plugins
        from fourstroke.prediction_log.export import joined  # noqa: PLC0415 - as it is needed

        return joined(Workshop.of(self.project.config), batch)

    def cells(self, batch: PredictionRow, rows: int = 10) -> dict[str, list[Any]]:
        """Give the first rows of a batch, as `rows` does, as plain values by column."""
        from fourstroke.engine.workshop import Workshop  # noqa: PLC0415 - builds plugins
        from fourstroke.prediction_log.export import columns_of  # noqa: PLC0415 - as it is needed

        shop = Workshop.of(self.project.config)
        head = {name: cells[:rows] for name, cells in columns_of(shop, batch).items()}
        # Through a table, which makes moments of what counts them.
        found = shop.tables.columns(shop.tables.of_columns(batch.data.codec, [head]))
        return {name: cells.tolist() for name, cells in found.items()}

    def count(self, model: str = "", *, since: dt.datetime | None = None) -> tuple[DayCount, ...]:
        """Count rows by day, version and role, and how many were answered and are not here."""
        name = self._model(model)
        found: dict[tuple[str, int, Role], DayCount] = {}

        def add(day: str, version: int, role: Role, more: Mapping[str, int]) -> None:
            known = found.setdefault(
                (day, version, role), DayCount(day=day, version=version, role=role)
            )
            sums = {name: getattr(known, name) + value for name, value in more.items()}
            found[day, version, role] = attrs.evolve(known, **sums)

        for row in self.project.records.logged_batches(LogQuery(model=name, since=since)):
            day = row.first_at.date().isoformat()
            add(day, row.version, row.role, {"batches": 1, "rows": row.rows})
            known = found[day, row.version, row.role]
            sample = min(known.sample, row.sample)
            found[day, row.version, row.role] = attrs.evolve(known, sample=sample)
        for each in self.project.records.log_segments(name):
            if since is None or each.day >= since.astimezone(dt.UTC).date().isoformat():
                losses = {
                    "left_out": each.left_out,
                    "dropped": each.dropped,
                    "damaged": each.damaged,
                }
                if any(losses.values()) or each.traffic is not None:
                    add(each.day, each.version, each.role, losses)
                if each.traffic is not None:
                    key = (each.day, each.version, each.role)
                    before = found[key].traffic or Traffic()
                    traffic = Traffic.together([before, each.traffic])
                    found[key] = attrs.evolve(found[key], traffic=traffic)
        return tuple(found[key] for key in sorted(found))

    def export(
        self,
        folder: str | Path,
        model: str = "",
        *,
        version: int | str | None = None,
        role: Role | None = None,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
    ) -> tuple[Path, ...]:
        """Write rows as Parquet into ``version=3/day=2026-05-01/role=champion/part-0.parquet`` of a folder.

        Returns
        -------
        tuple of Path
            The files.

        Raises
        ------
        UsageError
            If the folder holds something, or there is nothing to write.
        """
        from fourstroke.prediction_log.export import export  # noqa: PLC0415 - as it is needed

        found = self.batches(model, version=version, role=role, since=since, until=until)
        if not found:
            raise UsageError("no such rows are in the prediction log", where=self._model(model))
        return export(self.project, found, Path(folder))

    def compact(
        self, model: str = "", *, since: dt.datetime | None = None, until: dt.datetime | None = None
    ) -> Compacted:
        """Make one batch of the small ones of each quarter of an hour, version and role.

        Batches that different windows have seen stay apart, so that each window keeps its rows.

        Raises
        ------
        UsageError
            If a monitor is at work.
        """
        query = self._query(model, None, None, since=since, until=until)
        return compaction.compact(self.project, query)

    def purge(
        self,
        model: str = "",
        *,
        before: dt.datetime | None = None,
        keep: str = "",
        why: str = "",
        apply: bool = True,
    ) -> Purged:
        """Remove batches whose rows are all older than a moment, for good; the ledger is told.

        The files go with the next ``fourstroke store gc --apply``.

        Parameters
        ----------
        model : str
            Of the registry.
        before : datetime, optional
            With its offset.
        keep : str
            An age such as ``90d`` instead; without both ``[operations.log] keep``.
        why : str
            The reason, for the ledger.
        apply : bool
            Remove; without it only say what would be.

        Raises
        ------
        UsageError
            If it is not said how old, or a run is at work that may be about to look at them.
        """
        name, rules = self._model(model), self.project.config.log
        if before is None:
            age = keep or rules.keep
            if not age:
                raise UsageError(
                    "it is not said what may go", hint="--before 2026-01-01, or --keep 90d"
                )
            before = dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours_of(age))
            why = why or (_RETENTION.format(age) if age == rules.keep else f"older than {age}")
        if apply:
            # A file that is in the log and was not removed yet must not come back when it is forgotten.
            self.take_in(model)
        query = LogQuery(model=name, ended_before=before)
        found = self.project.records.logged_batches(query)
        if apply and (found or self.project.records.has_old_segments(query, name)):
            with self.project.recorded("curate", "predictions purge") as turn:
                found = turn.session.writer.purge_predictions(
                    query, name, why or f"before {before.isoformat()}"
                )
                turn.session.writer.finish("succeeded")
        return Purged(
            batches=len(found),
            rows=sum(row.rows for row in found),
            before=before,
            is_applied=apply,
        )

    def _query(
        self,
        model: str,
        version: int | str | None,
        role: Role | None,
        *,
        since: dt.datetime | None,
        until: dt.datetime | None,
    ) -> LogQuery:
        name = self._model(model)
        number = None if version is None else self.project.models[name][version].version
        return LogQuery(model=name, version=number, role=role, since=since, until=until)

    def _model(self, name: str) -> str:
        known = self.project.records.models()
        found = name or self.project.config.model
        if name and name not in known:
            raise UsageError(f"there is no model {name!r}", hint=nearest(name, known))
        return found

    def _home(self) -> Path:
        from fourstroke.engine.workshop import HOME  # noqa: PLC0415 - builds plugins

        return self.project.root / HOME

"""Replay logged traffic through another version, batch by batch, in a worker."""

from __future__ import annotations

import math
import time
from array import array
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.artifacts.table_service import pieces_of
from fourstroke.context import Context, Notes
from fourstroke.cycles.measuring_both import measured
from fourstroke.cycles.windows import window_of
from fourstroke.entities.backtest import Backtest, Latency, LeftOut
from fourstroke.entities.classes import class_name
from fourstroke.entities.pieces import Pieces
from fourstroke.errors import FourstrokeError, text_of
from fourstroke.replay.aligning import aligned
from fourstroke.replay.differing import Differing
from fourstroke.replay.knowing import Knowing
from fourstroke.replay.withheld import Needs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from fourstroke.engine.work import Bench
    from fourstroke.entities.operations import Batch, Window
    from fourstroke.plan import Outputs

# So many rows are put to the version that answered again, to time it and to see whether it still says so.
_REPEATED_ROWS: Final = 20_000
_SAME: Final = 1e-6
_SHOWN_REMARKS: Final = 3


def replay(bench: Bench) -> Outputs:
    """Put the rows of a window to another version, and say in what its answers differ."""
    found = _Replay.of(bench).run(window_of(bench))
    for metric in found.metrics:
        for name, each in (("before", metric.before), ("after", metric.after)):
            if each.value is not None:
                bench.context.log_metric(f"{metric.name}.{name}", each.value)
    return {"value": found, "summary": found.words}


@attrs.define(eq=False, slots=False)
class _Replay:
    """One replay; what it keeps of a batch is counts, and of rows with an outcome a few columns."""

    bench: Bench
    known: Mapping[str, Any]
    # The candidate, and the version that answered, each with the name of its plugin.
    models: tuple[tuple[str, Any], tuple[str, Any]]
    needs: Needs
    differing: Differing
    knowing: Knowing
    batches: int = 0
    left_out: dict[str, LeftOut] = attrs.field(factory=dict)
    seconds: tuple[float, float] = (0.0, 0.0)
    timed: int = 0
    repeated: int = 0
    strayed: int = 0
    is_repeating: bool = True
    # What scoring says of each batch is told once, and not a thousand times.
    context: Context = attrs.field(
        default=attrs.Factory(
            lambda self: attrs.evolve(self.bench.context, notes=Notes()), takes_self=True
        )
    )
    waited: array[float] = attrs.field(factory=lambda: array("d"))
    notes: list[str] = attrs.field(factory=list)

    @classmethod
    def of(cls, bench: Bench) -> _Replay:
        """Load both models, whose plugins come first; one plugin may have trained both."""
        known, task = bench.load("backtest"), bench.context.task
        trainers = [
            each for each in bench.plugins if each == bench.step or each.startswith("train.")
        ]
        candidate, champion = trainers[0], trainers[-1]
        model = bench.load("candidate")
        return cls(
            bench=bench,
            known=known,
            models=((candidate, model), (champion, bench.load("champion"))),
            needs=Needs(
                columns=_columns_of(bench, candidate, model),
                spared=frozenset({*task.not_features, task.target, task.id}),
            ),
            differing=Differing(
                is_regression=task.kind == "regression",
                positive="" if task.positive is None else class_name(task.positive),
            ),
            knowing=Knowing(bench.shop.tables, task, frozenset(known["asked"])),
            is_repeating=known["version"] != known["against"],
        )

    def run(self, window: Window) -> Backtest:
        """Go through the batches once, then judge."""
        for number in range(len(window.batches)):
            self._take(window, number)
        self._tell_remarks()
        known = self.knowing.known() if self.knowing.rows else None
        metrics = (
            () if known is None else measured(self.bench, known, self.models[1], self.models[0])
        )
        what = self.known
        return Backtest(
            model=what["model"],
            version=what["version"],
            against=what["against"],
            since=what["since"],
            until=what["until"],
            batches=self.batches,
            rows=self.differing.rows,
            differ=None if self.differing.is_regression else self.differing.differ,
            left_out=tuple(self.left_out.values()),
            unlogged=what["unlogged"],
            shifts=self.differing.shifts,
            known=self.knowing.rows,
            metrics=metrics,
            latency=self._latency(),
            repeated=self.repeated,
            strayed=self.strayed,
            notes=(*what["notes"], *self.notes),
        )

    def _take(self, window: Window, number: int) -> None:
        rows = self.known["rows"][number]
        try:
            batch = window.batches[number]
        except FourstrokeError as error:
            self._leave_out(rows, f"its rows cannot be read: {error.message}")
            return
        why = self.needs.why_not(
            self._names(batch.data),
            partial(self._cells, batch.data),
            self.known["withheld"][number],
        )
        if why:
            self._leave_out(rows, why)
            return
        try:
            after, seconds = self._answers(batch.data)
        except Exception as error:  # noqa: BLE001 - the plugin border: one batch takes nothing from the others
            self._leave_out(rows, f"v{self.known['version']} cannot score them: {_said(error)}")
            return
        self.batches += 1
        for part, said in self._parts(batch, after):
            self.differing.add(self._columns(part.predictions), self._columns(said))
            self.knowing.add(part.data, part.predictions, said, part.labels)
            self._hear_latency(part)
            if self.is_repeating:
                self._repeat(part, seconds)

    def _answers(self, data: Any) -> tuple[Any, float | None]:
        """Ask the candidate; of a table in pieces its answers are on the disk until all are there.

        Only then is any of them counted: a batch is replayed whole or left out whole.
        """
        if not isinstance(data, Pieces):
            return self._asked(0, data)
        scratch = self.bench.context.scratch
        return data.map(lambda piece: self._asked(0, piece)[0], scratch=scratch), None

    def _parts(self, batch: Batch, after: Any) -> Iterator[tuple[Batch, Any]]:
        """Give a batch and its answers by parts that fit into memory; those in memory as they are."""
        tables = [batch.data, batch.predictions, after]
        tables += [] if batch.requests is None else [batch.requests]
        if not any(isinstance(each, Pieces) for each in tables):
            yield batch, after
            return
        labels = None if batch.labels is None else iter(batch.labels)
        for data, predictions, said, *requests in aligned(self.bench.shop.tables, tables):
            part = attrs.evolve(
                batch,
                data=data,
                predictions=predictions,
                requests=requests[0] if requests else None,
                labels=None if labels is None else list(islice(labels, len(data))),
            )
            yield part, said

    def _repeat(self, batch: Batch, seconds: float | None) -> None:
        """Ask the version that answered, too: whether it still says so, and how long it takes.

        Parameters
        ----------
        batch : Batch
            The rows.
        seconds : float, optional
            How long the candidate took for them; it is asked again if that is not known.
        """
        try:
            again, own = self._asked(1, batch.data)
            if seconds is None or not self.timed:
                # The first call of a model pays for what it imports: it is made again.
                (_, seconds), (_, own) = self._asked(0, batch.data), self._asked(1, batch.data)
        except Exception as error:  # noqa: BLE001 - as above
            self.is_repeating = False
            against = self.known["against"]
            self.notes.append(f"v{against} cannot score its own rows again: {_said(error)}")
            return
        self.seconds = self.seconds[0] + seconds, self.seconds[1] + own
        self.timed += len(batch.data)
        self.repeated += len(batch.data)
        self.strayed += _strayed(self._columns(batch.predictions), self._columns(again))
        self.is_repeating = self.repeated < _REPEATED_ROWS

    def _asked(self, which: int, data: Any) -> tuple[Any, float]:
        name, model = self.models[which]
        begun = time.perf_counter()
        said = self.bench.caller.predict(name, model=model, data=data, context=self.context)
        return said, time.perf_counter() - begun

    def _names(self, table: Any) -> Collection[str]:
        return table.columns if isinstance(table, Pieces) else self._columns(table).keys()

    def _cells(self, table: Any, name: str) -> Iterator[Any]:
        for piece in pieces_of(table):
            yield from self._columns(piece)[name].tolist()

    def _tell_remarks(self) -> None:
        remarks = list(dict.fromkeys(self.context.notes.messages))
        for remark in remarks[:_SHOWN_REMARKS]:
            self.bench.context.say(remark)
        if len(remarks) > _SHOWN_REMARKS:
            self.bench.context.say(f"and {len(remarks) - _SHOWN_REMARKS:,} more such remarks")

    def _columns(self, table: Any) -> Mapping[str, Any]:
        return self.bench.shop.tables.columns(table)

    def _leave_out(self, rows: int, why: str) -> None:
        before = self.left_out.get(why, LeftOut(why=why, rows=0, batches=0))
        self.left_out[why] = LeftOut(why=why, rows=before.rows + rows, batches=before.batches + 1)

    def _hear_latency(self, batch: Batch) -> None:
        if batch.requests is not None:
            cells = self._columns(batch.requests).get("latency_seconds")
            self.waited.extend(_numbers([] if cells is None else cells.tolist()))

    def _latency(self) -> Latency:
        waited = sorted(self.waited)
        of_rows = [1e6 * each / self.timed if self.timed else None for each in self.seconds]
        return Latency(
            rows=self.timed,
            before=of_rows[1],
            after=of_rows[0],
            median=_quantile(waited, 0.5),
            late=_quantile(waited, 0.95),
        )


def _columns_of(bench: Bench, plugin: str, model: Any) -> frozenset[str] | None:
    if not bench.caller.serves(plugin, "signature"):
        return None
    signature = bench.caller.signature(plugin, model=model, context=bench.context)
    return frozenset(column.name for column in signature.columns)


def _strayed(logged: Mapping[str, Any], again: Mapping[str, Any]) -> int:
    """Count rows to which a version says something else today: another class, or another number."""
    names = [name for name in logged if name in again]
    pairs = [zip(logged[name].tolist(), again[name].tolist(), strict=True) for name in names]
    return sum(not all(_is_same(one, two) for one, two in row) for row in zip(*pairs, strict=True))


def _is_same(one: Any, two: Any) -> bool:
    if isinstance(one, float) and isinstance(two, float):
        both_missing = math.isnan(one) and math.isnan(two)
        return both_missing or math.isclose(one, two, rel_tol=_SAME, abs_tol=_SAME)
    return bool(one == two)


def _numbers(values: list[Any]) -> Iterator[float]:
    return (float(each) for each in values if isinstance(each, int | float) and each == each)  # noqa: PLR0124


def _quantile(ordered: list[float], share: float) -> float | None:
    """Give a quantile in milliseconds: the value below which so large a share lies (nearest rank)."""
    if not ordered:
        return None
    return 1000 * ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def _said(error: Exception) -> str:
    return error.message if isinstance(error, FourstrokeError) else text_of(error)

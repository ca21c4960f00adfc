"""Windows as steps see them: gathered in the main process, loaded batch by batch in workers."""

from __future__ import annotations

import datetime as dt
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final

from fourstroke.artifacts.artifact import Artifact
from fourstroke.cycles.shape import counted
from fourstroke.entities.operations import Batch, LazyBatches, Window
from fourstroke.entities.pieces import Pieces
from fourstroke.errors import DataError
from fourstroke.windows.due import Looks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fourstroke.config import Config
    from fourstroke.engine.session import Session
    from fourstroke.engine.work import Bench
    from fourstroke.plan import Inputs, Outputs, Step
    from fourstroke.records import Records
    from fourstroke.records.operation_rows import SegmentRow
    from fourstroke.records.rows import VersionRow
    from fourstroke.windows.cutting import CutWindow

# What rows of services have an id by, if they have none of their own.
REQUEST_ID: Final = "request_id"


def looks(config: Config, records: Records, row: VersionRow, now: dt.datetime) -> Looks:
    """Give what decides which windows of a version are due."""
    labels = records.label_batches(row.model)
    return Looks(
        settings=config.window,
        labels=config.labels,
        seen=records.seen_windows(row.model, row.version),
        labelled=frozenset(look for batch in labels for look in batch.windows),
        now=now,
        segments=counted_segments(records, row),
    )


def counted_segments(records: Records, row: VersionRow) -> tuple[SegmentRow, ...]:
    """Give the files of journals that tell how the champion's requests were answered."""
    return tuple(
        each
        for each in records.log_segments(row.model)
        if each.traffic is not None and (each.version, each.role) == (row.version, "champion")
    )


def gather(
    session: Session,
    step: Step,
    inputs: Inputs,
    *,
    window: CutWindow,
    looked: Looks,
) -> Outputs:
    """Gather the batches of a window, and count the rows whose outcome is known."""
    known = session.load(inputs["champion"])
    value = described(session, known["model"], known["version"], window)
    value |= {
        "mature": looked.is_mature(window),
        "matures": looked.matures_at(window).isoformat(),
    }
    if value["labels"]:
        done = session.perform(step.name, count_labelled, (), {"window": session.put(value)})
        value |= {"labelled": session.load(done.outputs["value"])}
    outputs: dict[str, Any] = {"window": value, "summary": summary_of(window)}
    if window.season is not None:
        outputs["season"] = described(session, known["model"], known["version"], window.season)
    return outputs


def gathering(window: CutWindow, looked: Looks) -> Any:
    """Give the act that gathers one window."""
    return partial(gather, window=window, looked=looked)


def finding_none(why: str) -> Any:
    """Give the act that has no window to gather, and says why."""

    def find_none(session: Session, _step: Step, _inputs: Inputs) -> Outputs:
        session.say(why)
        return {"summary": "none"}

    return find_none


def summary_of(window: CutWindow) -> str:
    """Say in short what a window is."""
    batches = len(window.parts)
    counts = f"{batches} {'batch' if batches == 1 else 'batches'}, {counted(window.rows, 'row')}"
    if window.has_failures and window.traffic is not None:
        counts += f", {window.traffic.asked:,} requests"
    return f"{window.name}: {counts}"


def described(session: Session, model: str, version: int, window: CutWindow) -> dict[str, Any]:
    """Describe a window in plain values, with which workers load it."""
    config = session.config
    return {
        "model": model,
        "version": version,
        "name": window.name,
        "starts": window.starts and window.starts.isoformat(),
        "ends": window.ends and window.ends.isoformat(),
        "mature": True,
        "matures": None,
        "labelled": 0,
        "traffic": window.traffic,
        # Of all that came since the last look: a period says so itself.
        "segments": [each.id for each in window.segments if window.starts is None],
        "label_column": config.labels.id or config.task.id or REQUEST_ID,
        "labels": [batch.artifact.to_json() for batch in session.records.label_batches(model)],
        "batches": [
            {
                "id": part.row.id,
                "at": part.row.first_at.isoformat(),
                "data": part.row.data.to_json(),
                "predictions": part.row.predictions.to_json(),
                "requests": part.row.requests and part.row.requests.to_json(),
                "rows": part.rows,
                "start": part.start,
                "stop": part.stop,
            }
            for part in window.parts
        ],
    }


def window_of(bench: Bench, name: str = "window") -> Window:
    """Give a window whose batches are loaded one by one."""
    known = bench.load(name)
    batches, rows = known["batches"], sum(batch["rows"] for batch in known["batches"])
    labels = _Labels(bench, known)
    return Window(
        model=known["model"],
        version=known["version"],
        batches=LazyBatches(lambda at: _batch(bench, batches[at], labels), len(batches)),
        name=known["name"],
        starts=_moment(known["starts"]),
        ends=_moment(known["ends"]),
        labelled=known["labelled"] / rows if known["labels"] and rows else None,
        is_mature=known["mature"],
        matures_at=_moment(known["matures"]),
        # A window that a turn of before has kept says nothing of it.
        traffic=known.get("traffic"),
    )


def count_labelled(bench: Bench) -> Outputs:
    """Count the rows of a window whose outcome is known."""
    return {"value": sum(count_known(batch.labels) for batch in window_of(bench).batches)}


def profile_season(bench: Bench) -> Outputs:
    """Profile the window that one is compared with; what came with the version if there is none."""
    if bench.load("season") is None:
        known = bench.load("reference")
        # A version that was made before the monitor was named has nothing.
        return {"summary": "none"} if known is None else {"value": known}
    window = window_of(bench, "season")
    tables = bench.shop.tables
    data, predictions = (
        tables.stack([(table, 0, len(table)) for table in found])
        for found in zip(
            *((batch.data, batch.predictions) for batch in window.batches), strict=True
        )
    )
    profile = bench.caller.profile(
        bench.step, data=data, predictions=predictions, context=bench.context
    )
    return {"value": profile, "summary": f"{window.name}, {counted(len(data), 'row')}"}


class _Labels:
    """The labels of a window's rows; their tables are loaded once, when the first batch is come to."""

    def __init__(self, bench: Bench, known: Mapping[str, Any]) -> None:
        self._bench, self._column = bench, known["label_column"]
        self._artifacts = [Artifact.from_json(one) for one in known["labels"]]
        self._tables: list[Any] = []

    def of(self, data: Any, requests: Any) -> Any:
        """Find the label of each row of a batch; nothing if nobody has brought labels."""
        if not self._artifacts:
            return None
        if not self._tables:
            self._tables = [self._bench.load_artifact(one) for one in self._artifacts]
        is_request = self._column == REQUEST_ID and requests is not None
        rows = requests if is_request else data
        return _LabelsByPiece(self, rows) if isinstance(rows, Pieces) else self.of_rows(rows)

    def of_rows(self, rows: Any) -> Any:
        """Find the label of each row of a table in memory."""
        try:
            return self._bench.shop.tables.label(rows, self._column, self._tables)
        except DataError as error:
            # One batch without ids takes nothing from the others.
            told = f"a batch has no labels: {error.message}"
            if told not in self._bench.context.notes.messages:
                self._bench.context.say(told)
            return None


class _LabelsByPiece:
    """The labels of a table that may be larger than memory: found while somebody goes through them."""

    def __init__(self, labels: _Labels, rows: Pieces) -> None:
        self._labels, self._rows = labels, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Any]:
        for piece in self._rows:
            found = self._labels.of_rows(piece)
            yield from repeat(None, len(piece)) if found is None else found


def _batch(bench: Bench, known: Mapping[str, Any], labels: _Labels) -> Batch:
    tables = bench.shop.tables

    def table(name: str) -> Any:
        if known[name] is None:
            return None
        whole = bench.load_artifact(Artifact.from_json(known[name]))
        return tables.stack([(whole, known["start"], known["stop"])])

    data, requests = table("data"), table("requests")
    return Batch(
        at=dt.datetime.fromisoformat(known["at"]),
        data=data,
        predictions=table("predictions"),
        requests=requests,
        labels=labels.of(data, requests),
    )


def count_known(labels: Any) -> int:
    """Count labels; one that is not itself is NaN."""
    found = () if labels is None else labels
    return sum(label is not None and label == label for label in found)  # noqa: PLR0124


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None

"""The steps that replay what one version answered through another one."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.cycles import replaying, windows
from fourstroke.cycles.measuring_both import measuring_plugins
from fourstroke.cycles.model import table_of
from fourstroke.cycles.shape import counted
from fourstroke.cycles.withholding import rules_of
from fourstroke.plan import Inputs, Outputs, Ref, Step
from fourstroke.plugins.build import build
from fourstroke.replay.knowing import texts_in
from fourstroke.windows.cutting import CutWindow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fourstroke.config import Config
    from fourstroke.engine.session import Session
    from fourstroke.plugins.build import BuiltPlugin
    from fourstroke.records import Records
    from fourstroke.records.operation_rows import PredictionRow
    from fourstroke.records.rows import VersionRow

TRAFFIC: Final = "operations.traffic"
BACKTEST: Final = "operations.backtest"


@attrs.frozen(kw_only=True)
class Traffic:
    """What is replayed, and through which version.

    Parameters
    ----------
    candidate, against : VersionRow
        The version that is asked now, and the one that answered then.
    log : sequence of PredictionRow
        The batches that it answered, the earliest first.
    since, until : datetime, optional
        As they were asked for.
    unlogged : int
        Rows that were answered and are not in the log.
    notes : tuple of str
        What else is to be known.
    """

    candidate: VersionRow
    against: VersionRow
    log: Sequence[PredictionRow]
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    unlogged: int = 0
    notes: tuple[str, ...] = ()

    @property
    def window(self) -> CutWindow:
        """All of it, as one window."""
        return CutWindow.of("backtest", self.log)


def steps(
    config: Config, plugins: Mapping[tuple[str, str], BuiltPlugin], traffic: Traffic
) -> list[Step]:
    """Give the steps of a backtest."""
    return [
        Step(
            name=TRAFFIC,
            cycle="operations",
            stage="traffic",
            act=partial(_find, traffic=traffic),
            is_volatile=True,
        ),
        replay_step(config, plugins, traffic.candidate, traffic.against, TRAFFIC, BACKTEST),
    ]


def replay_step(
    config: Config,
    plugins: Mapping[tuple[str, str], BuiltPlugin],
    candidate: VersionRow,
    against: VersionRow,
    traffic: str,
    name: str,
) -> Step:
    """Give the step that replays what another step has found."""
    trainers = [build(table_of(row.facts["train"]), config) for row in (candidate, against)]
    if trainers[0].table == trainers[1].table:
        # Of the same settings: it is one plugin, which has one name in the step.
        del trainers[1]
    return Step(
        name=name,
        cycle="operations",
        stage="backtest",
        inputs={
            each: Ref(traffic, each) for each in ("window", "backtest", "candidate", "champion")
        },
        plugins=(*trainers, *measuring_plugins(plugins, config)),
        settings=rules_of(config),
        work=replaying.replay,
    )


def told(
    session: Session, candidate: VersionRow, against: VersionRow, window: CutWindow
) -> dict[str, Any]:
    """Give what a replay takes: both versions, and the rows."""
    return {
        "window": windows.described(session, against.model, against.version, window),
        "candidate": candidate.artifact,
        "champion": against.artifact,
        "backtest": {
            "model": against.model,
            "version": candidate.version,
            "against": against.version,
            "asked": _asked(session.config),
            "rows": [part.rows for part in window.parts],
            "withheld": _withheld(session, window),
            "since": None,
            "until": None,
            "unlogged": 0,
            "notes": (),
        },
    }


def unlogged(
    records: Records, row: VersionRow, since: dt.datetime | None, until: dt.datetime | None
) -> int:
    """Count rows that a version answered as champion and that are not in the log, by whole days."""
    first, last = (
        each.astimezone(dt.UTC).date().isoformat() if each else "" for each in (since, until)
    )
    return sum(
        each.left_out + each.dropped + each.damaged
        for each in records.log_segments(row.model)
        if each.version == row.version
        and each.role == "champion"
        and each.day >= first
        and (not last or each.day <= last)
    )


def _find(session: Session, step: Step, inputs: Inputs, *, traffic: Traffic) -> Outputs:  # noqa: ARG001
    found = told(session, traffic.candidate, traffic.against, traffic.window)
    found["backtest"] |= {
        "since": traffic.since,
        "until": traffic.until,
        "unlogged": traffic.unlogged,
        "notes": traffic.notes,
    }
    rows = sum(row.rows for row in traffic.log)
    batches = len(traffic.log)
    what = f"{counted(rows, 'row')} in {batches} {'batch' if batches == 1 else 'batches'}"
    return {**found, "summary": f"{what} that v{traffic.against.version} answered"}


def _withheld(session: Session, window: CutWindow) -> list[dict[str, list[str]]]:
    """Give for each batch which columns may be masked or hashed: by the rules of now, and of the run that logged it."""
    now = session.config.values
    runs = {part.row.run for part in window.parts}
    found = {run: _ruled(now, session.records.run(run).settings) for run in runs}
    return [found[part.row.run] for part in window.parts]


def _ruled(*settings: Mapping[str, Any]) -> dict[str, list[str]]:
    rules = [each.get("operations", {}).get("log", {}) for each in settings]
    return {
        kind: sorted({name for each in rules for name in each.get(kind, ())})
        for kind in ("mask", "hash")
    }


def _asked(config: Config) -> list[str]:
    """Name the columns that evaluators may ask for, as far as their settings name them."""
    tables = config.tables.get("evaluate", ())
    return sorted(frozenset[str]().union(*(texts_in(dict(table.settings)) for table in tables)))

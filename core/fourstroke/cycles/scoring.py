"""Score a batch with the champion, and log what it said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke.artifacts.artifact import Artifact
from fourstroke.cycles import windows
from fourstroke.cycles.model import predict, table_of
from fourstroke.cycles.shape import counted
from fourstroke.cycles.step_names import PROFILE, SELECT
from fourstroke.cycles.withholding import rules_of, withhold
from fourstroke.errors import DataError
from fourstroke.plan import Inputs, Outputs, Step
from fourstroke.windows.cutting import CutWindow

if TYPE_CHECKING:
    from fourstroke.engine.session import Session
    from fourstroke.engine.work import Bench
    from fourstroke.records.rows import VersionRow

# So many of the latest turns are looked through for a profile.
_SEARCHED_RUNS = 10


def find_champion(session: Session, step: Step, inputs: Inputs) -> Outputs:  # noqa: ARG001
    """Find the version at work; gives nothing if there is none, and then nothing is scored."""
    row = session.records.champion(session.config.model)
    if row is None:
        session.say(f"no version of {session.config.model} is deployed: nothing is scored")
        return {}
    profiles = {f"profile.{name}": known for name, known in _profiles(session, row).items()}
    value = {"model": row.model, "version": row.version, "train": row.facts["train"]}
    return {
        "value": value,
        "model": row.artifact,
        **profiles,
        "summary": f"{row.model}@v{row.version}",
    }


def _profiles(session: Session, row: VersionRow) -> dict[str, Artifact]:
    """Give what monitors compare with: kept at registration, or made since by a turn.

    A monitor that came to the project after the version was registered gets its profile in the next
    turn that chooses the same model; the version itself does not change.
    """
    found = {name: Artifact.from_json(known) for name, known in row.facts["profiles"].items()}
    wanted = {table.name for table in session.config.tables.get("monitor", ())} - set(found)
    for run in session.records.runs(_SEARCHED_RUNS, kind="run") if wanted else ():
        outputs = {step.fact.name: step.outputs for step in session.records.steps(run.run)}
        chosen = outputs.get(SELECT, {}).get("model")
        if chosen is None or chosen.digest != row.digest:
            continue
        for name in wanted - set(found):
            if (profile := outputs.get(f"{PROFILE}{name}", {}).get("value")) is not None:
                found[name] = profile
    return found


def score(session: Session, step: Step, inputs: Inputs) -> Outputs:
    """Score a batch with the champion, by the plugin that trained it.

    Raises
    ------
    DataError
        If preparation has dropped or added rows, so that predictions would not fit the batch.
    """
    known = session.load(inputs["champion"])
    rows = _rows(session, step, inputs["batch"])
    kept = _rows(session, step, inputs["data"])
    if rows != kept:
        raise DataError(
            f"preparation made {kept:,} rows of the batch's {rows:,}",
            where=step.name,
            hint="mark the [[data.prepare]] that drops rows with training_only = true",
        )
    needed = {name: inputs[name] for name in ("model", "data")}
    done = session.perform(step.name, predict, (table_of(known["train"]),), needed)
    summary = f"{done.summary} by {known['model']}@v{known['version']}"
    return {"predictions": done.outputs["value"], "summary": summary}


def log_batch(session: Session, step: Step, inputs: Inputs) -> Outputs:
    """Write the batch into the prediction log."""
    known = session.load(inputs["champion"])
    rows = _rows(session, step, inputs["data"])
    kept = {name: inputs[name] for name in ("data", "predictions")}
    if rules_of(session.config):
        kept = dict(session.perform(step.name, withhold, (), kept).outputs)
    number = session.writer.record_predictions(
        known["model"], known["version"], kept["data"], kept["predictions"], rows
    )
    row = session.records.prediction(number)
    batch = CutWindow.of(f"batch {number}", [row])
    window = windows.described(session, known["model"], known["version"], batch)
    return {"window": window, "summary": f"{counted(rows, 'row')} logged"}


def _rows(session: Session, step: Step, table: Artifact) -> int:
    done = session.perform(step.name, _count_rows, (), {"data": table})
    return int(session.load(done.outputs["value"]))


def _count_rows(bench: Bench) -> Outputs:
    return {"value": len(bench.load("data"))}

"""The operations cycle: score batches, log them, monitor, alert, decide to turn again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.artifacts.artifact import Artifact
from fourstroke.cycles.data import collecting, preparing
from fourstroke.cycles.development import table_of
from fourstroke.cycles.model import predict
from fourstroke.entities.operations import Alert, Batch, MonitoringReport, Observation, Window
from fourstroke.errors import DataError, FourstrokeError, UsageError
from fourstroke.plan import Inputs, Outputs, Ref, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.config import Config
    from fourstroke.engine.session import Session
    from fourstroke.engine.work import Bench
    from fourstroke.entities.model import Decision
    from fourstroke.plugins.build import BuiltPlugin

CHAMPION = "operations.champion"
PREDICT = "operations.predict"
LOG = "operations.log"
WINDOW = "operations.window"
ALERT = "operations.alert"
RETRAIN = "operations.retrain"

# As many columns as one line of an alert holds.
_SHOWN = 5

Plugins = Mapping[tuple[str, str], "BuiltPlugin"]


def steps(config: Config, plugins: Plugins) -> list[Step]:
    """Give the steps of the cycle for a turn: score ``[operations.batch]`` and monitor it."""
    batches = config.tables.get("batch", ())[:1]
    if not batches or not config.tables.get("train"):
        return []
    deployed = {
        f"deploy.{table.name}": Ref(f"development.deploy.{table.name}", is_optional=True)
        for table in config.tables.get("deploy", ())
    }
    return [
        *scoring_steps(config, plugins, plugins["batch", batches[0].name], deployed),
        *_monitoring(config, plugins, Ref(LOG, "window")),
    ]


def scoring_steps(
    config: Config, plugins: Plugins, source: BuiltPlugin, after: Mapping[str, Ref]
) -> list[Step]:
    """Give the steps that score one batch with the champion and log what it said.

    The batch goes through the same preparation as the training data, except for what is marked
    ``training_only``; other sources that a preparation joins are read as well.
    """
    prepared = _prepared(config, plugins, source)
    read = Ref(prepared[0].name)
    data = Ref(prepared[-1].name)
    return [
        _champion(after),
        *prepared,
        Step(
            name=PREDICT,
            cycle="operations",
            stage="predict",
            inputs={
                "champion": Ref(CHAMPION),
                "model": Ref(CHAMPION, "model"),
                "batch": read,
                "data": data,
            },
            act=score,
        ),
        Step(
            name=LOG,
            cycle="operations",
            stage="log",
            inputs={
                "champion": Ref(CHAMPION),
                "data": data,
                "predictions": Ref(PREDICT, "predictions"),
            },
            act=log_batch,
        ),
    ]


def _prepared(config: Config, plugins: Plugins, source: BuiltPlugin) -> list[Step]:
    tables = [table for table in config.tables.get("prepare", ()) if not table.training_only]
    first, *others = config.tables["collect"]
    wanted = {name for table in tables for name in table.inputs}
    joined = [
        collecting(table.name, plugins["collect", table.name], "operations")
        for table in others
        if table.name in wanted
    ]
    batch = collecting(source.table.name, source, "operations")
    names = {first.name: batch.name}
    names |= {step.name.rpartition(".")[2]: step.name for step in joined}
    dropped = {table.name for table in config.tables.get("prepare", ())} - {t.name for t in tables}
    chain = [
        attrs.evolve(table, inputs=tuple(n for n in table.inputs if n not in dropped))
        for table in tables
    ]
    return [batch, *joined, *preparing(chain, plugins, names, "operations")]


def monitoring_steps(config: Config, plugins: Plugins) -> list[Step]:
    """Give the steps that monitor all batches of the champion that no monitor has seen yet."""
    window = Step(
        name=WINDOW,
        cycle="operations",
        stage="window",
        inputs={"champion": Ref(CHAMPION)},
        act=gather_window,
        is_volatile=True,
    )
    return [_champion({}), window, *_monitoring(config, plugins, Ref(WINDOW, "window"))]


def _champion(after: Mapping[str, Ref]) -> Step:
    return Step(
        name=CHAMPION,
        cycle="operations",
        stage="champion",
        inputs=after,
        act=find_champion,
        is_volatile=True,
    )


def _monitoring(config: Config, plugins: Plugins, window: Ref) -> list[Step]:
    monitors = [
        Step(
            name=f"operations.monitor.{table.name}",
            cycle="operations",
            stage="monitor",
            inputs={
                "window": window,
                "reference": Ref(CHAMPION, f"profile.{table.name}", is_optional=True),
            },
            plugins=(plugins["monitor", table.name],),
            work=monitor,
            on_failure=failed_monitor,
        )
        for table in config.tables.get("monitor", ())
    ]
    channels = tuple(plugins["alert", table.name] for table in config.tables.get("alert", ()))
    alert = Step(
        name=ALERT,
        cycle="operations",
        stage="alert",
        inputs={"window": window} | {step.name: Ref(step.name) for step in monitors},
        plugins=channels,
        act=raise_alerts,
    )
    retrain = [
        Step(
            name=RETRAIN,
            cycle="operations",
            stage="retrain",
            inputs={"report": Ref(ALERT)},
            plugins=(plugins["retrain", table.name],),
            act=decide_retraining,
        )
        for table in config.tables.get("retrain", ())[:1]
    ]
    return [*monitors, alert, *retrain]


# Work, done in a worker


def monitor(bench: Bench) -> Outputs:
    """Compare the window with the reference."""
    window = window_of(bench)
    observations = tuple(
        bench.caller.monitor(
            bench.step, window=window, reference=bench.load("reference"), context=bench.context
        )
    )
    alerting = len([item for item in observations if item.status == "alert"])
    return {
        "value": observations,
        "summary": f"{len(observations)} observations, {alerting} alerting",
    }


def window_of(bench: Bench) -> Window:
    """Load the batches of a window."""
    known = bench.load("window")
    batches = tuple(
        Batch(
            at=dt.datetime.fromisoformat(batch["at"]),
            data=bench.load_artifact(Artifact.from_json(batch["data"])),
            predictions=bench.load_artifact(Artifact.from_json(batch["predictions"])),
        )
        for batch in known["batches"]
    )
    return Window(model=known["model"], version=known["version"], batches=batches)


def send_alert(bench: Bench) -> Outputs:
    """Hand one alert to one channel."""
    sent = bench.caller.alert(bench.step, alert=bench.load("alert"), context=bench.context)
    return {"value": sent}


def ask_retrain(bench: Bench) -> Outputs:
    """Ask whether to turn again."""
    decision = bench.caller.retrain(bench.step, report=bench.load("report"), context=bench.context)
    return {"value": decision}


# Acts, done in the main process


def find_champion(session: Session, step: Step, inputs: Inputs) -> Outputs:  # noqa: ARG001
    """Find the version at work; gives nothing if there is none, and then nothing is scored."""
    row = session.records.champion(session.config.model)
    if row is None:
        session.say(f"no version of {session.config.model} is deployed: nothing is scored")
        return {}
    profiles = {
        f"profile.{name}": Artifact.from_json(known)
        for name, known in row.facts["profiles"].items()
    }
    value = {"model": row.model, "version": row.version, "train": row.facts["train"]}
    return {
        "value": value,
        "model": row.artifact,
        **profiles,
        "summary": f"{row.model}@v{row.version}",
    }


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
    number = session.writer.record_predictions(
        known["model"], known["version"], inputs["data"], inputs["predictions"], rows
    )
    batch = {
        "id": number,
        "at": dt.datetime.now(dt.UTC).isoformat(),
        "data": inputs["data"].to_json(),
        "predictions": inputs["predictions"].to_json(),
        "rows": rows,
    }
    window = {"model": known["model"], "version": known["version"], "batches": [batch]}
    return {"window": window, "summary": f"{rows:,} rows logged"}


def gather_window(session: Session, step: Step, inputs: Inputs) -> Outputs:  # noqa: ARG001
    """Gather the batches that the champion scored since it was last monitored.

    Raises
    ------
    UsageError
        If nothing was scored at all.
    """
    known = session.load(inputs["champion"])
    rows = session.records.predictions(known["model"], known["version"])
    if not rows:
        raise UsageError(
            f"{known['model']}@v{known['version']} has not scored anything yet",
            hint="fourstroke predict FILE",
        )
    seen = session.records.monitored(known["model"], known["version"])
    fresh = [row for row in rows if row.id not in seen] or rows[-1:]
    batches = [
        {
            "id": row.id,
            "at": row.at.isoformat(),
            "data": row.data.to_json(),
            "predictions": row.predictions.to_json(),
            "rows": row.rows,
        }
        for row in fresh
    ]
    total = sum(row.rows for row in fresh)
    return {
        "window": {"model": known["model"], "version": known["version"], "batches": batches},
        "summary": f"{len(batches)} batches, {total:,} rows",
    }


def raise_alerts(session: Session, step: Step, inputs: Inputs) -> Outputs:
    """Record what the monitors saw, and tell every channel what crossed its limits."""
    window = session.load(inputs["window"])
    seen = {
        name.removeprefix("operations.monitor."): tuple(session.load(artifact))
        for name, artifact in inputs.items()
        if name != "window"
    }
    alerts = tuple(
        alert
        for name, found in seen.items()
        if (alert := alert_of(name, found, window)) is not None
    )
    report = MonitoringReport(
        model=window["model"],
        version=window["version"],
        rows=sum(batch["rows"] for batch in window["batches"]),
        observations=tuple(item for found in seen.values() for item in found),
        alerts=alerts,
    )
    ids = [batch["id"] for batch in window["batches"]]
    session.writer.record_observations(report.model, report.version, ids, report.observations)
    for alert in alerts:
        _raise(session, step, alert)
    return {"value": report, "summary": f"{len(alerts)} alerts" if alerts else "no alert"}


def alert_of(
    monitor_name: str, observations: Sequence[Observation], window: Mapping[str, Any]
) -> Alert | None:
    """Make one alert of all observations of a monitor that crossed limits, if any did."""
    crossed = tuple(item for item in observations if item.status == "alert")
    if not crossed:
        return None
    names = [item.column or item.name for item in crossed]
    others = len(names) - _SHOWN
    shown = ", ".join(names[:_SHOWN]) + (f" and {others} more" if others > 0 else "")
    return Alert(
        key=f"{window['model']}/{monitor_name}",
        severity="error" if any(item.severity == "error" for item in crossed) else "warning",
        title=f"{monitor_name}: {shown}",
        text="; ".join(item.why for item in crossed[:_SHOWN] if item.why),
        at=dt.datetime.now(dt.UTC),
        model=window["model"],
        version=window["version"],
        observations=crossed,
    )


def decide_retraining(session: Session, step: Step, inputs: Inputs) -> Outputs:
    """Ask whether the engine turns again, and record the answer."""
    tables = tuple(plugin.table for plugin in step.plugins)
    done = session.perform(step.name, ask_retrain, tables, inputs)
    decision: Decision = session.load(done.outputs["value"])
    report: MonitoringReport = session.load(inputs["report"])
    session.writer.record_decision(report.model, report.version, "retrain", decision)
    return {"value": decision, "summary": f"{decision.answer}: {decision.why}"}


def failed_monitor(step: Step, error: FourstrokeError) -> Outputs:
    """Make a monitor that raised an alert of its own: nothing bad is silent."""
    observation = Observation(name=step.name, status="alert", why=f"the monitor failed: {error}")
    return {"value": (observation,)}


def _raise(session: Session, step: Step, alert: Alert) -> None:
    session.writer.record_alert(alert)
    session.told(session.events.alert_raised(session.writer.run, alert))
    stored = session.put(alert)
    for channel in step.plugins:
        try:
            session.perform(step.name, send_alert, (channel.table,), {"alert": stored})
        except FourstrokeError as error:
            session.say(f"alert channel {channel.table.name} failed: {error}")


def _rows(session: Session, step: Step, table: Artifact) -> int:
    done = session.perform(step.name, _count_rows, (), {"data": table})
    return int(session.load(done.outputs["value"]))


def _count_rows(bench: Bench) -> Outputs:
    return {"value": len(bench.load("data"))}

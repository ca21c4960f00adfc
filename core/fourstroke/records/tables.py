"""The tables as this version of fourstroke reads and writes them; `migrations` leads here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)

from fourstroke.records.columns import Moment, NamedArtifacts, Number, OneArtifact, Plain, Words

# Names of constraints, so that a later migration can find them on every database.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


_IS_RUNNING = text("state = 'running'")
_WHERE_RUNNING: Any = {"sqlite_where": _IS_RUNNING, "postgresql_where": _IS_RUNNING}


def _id(name: str = "id") -> Column[int]:
    return Column(name, Number, primary_key=True)


def _run(*, index: bool = True) -> Column[int]:
    return Column("run_number", Number, ForeignKey("runs.number"), nullable=False, index=index)


def _run_key() -> Column[int]:
    return Column(
        "run_number", Number, ForeignKey("runs.number"), primary_key=True, autoincrement=False
    )


def _event() -> Column[int]:
    """Give the ledger event that tells this row; the event holds the row's digest."""
    return Column("event", Number, ForeignKey("events.sequence"), unique=True)


def _words(name: str) -> Column[str]:
    return Column(name, Words, nullable=False)


def _name(name: str, **options: Any) -> Column[str]:
    return Column(name, String, nullable=False, **options)


def _at(name: str = "at") -> Column[Any]:
    return Column(name, Moment, nullable=False)


# Others refer to a run by its number: it is short, and it orders runs whatever the clocks say.
runs = Table(
    "runs",
    metadata,
    _id("number"),
    Column("run", String(12), nullable=False, unique=True),
    _name("kind"),
    _words("project"),
    _words("environment"),
    _words("user_name"),
    _words("host"),
    _words("command"),
    _words("commit_hash"),
    Column("is_dirty", Boolean, nullable=False),
    Column("seed", Number, nullable=False),
    Column("settings", Plain, nullable=False),
    Column("versions", Plain, nullable=False),
    # Since 0002: the environment and command line, and the files that the run was made from.
    Column("provenance", Plain),
    Column("source", OneArtifact),
    _name("state"),
    _words("message"),
    _at("started"),
    Column("finished", Moment),
    _name("owner"),
    Column("attempt", Integer, nullable=False),
    _words("machine"),
    Column("heartbeat", Float, nullable=False),
    # Small, because few runs are running; every start looks for those that have lost their owner.
    Index("ix_runs_running", "number", **_WHERE_RUNNING),
    # Rows of runs are long: a search by these reads them here.
    Index("ix_runs_started_state_kind", "started", "state", "kind"),
)

steps = Table(
    "steps",
    metadata,
    _id(),
    _run(),
    _name("name"),
    _name("cycle"),
    _name("stage"),
    _name("state"),
    _words("plugin"),
    Column("seconds", Float, nullable=False),
    _words("summary"),
    _words("reason"),
    Column("settings", Plain, nullable=False),
    _name("key"),
    Column("result_id", Number, ForeignKey("results.id")),
    Column("messages", Plain, nullable=False),
    Column("attachments", Plain, nullable=False),
    _at("started"),
    Column("finished", Moment),
    Index("ix_steps_name_id", "name", "id"),
)

# What a step gave, once for all the runs that reuse it.
results = Table(
    "results",
    metadata,
    _id(),
    _name("name"),
    _name("key"),
    Column("parts", Plain, nullable=False),
    Column("outputs", NamedArtifacts, nullable=False),
    _words("summary"),
    # The step that made it. No foreign key: steps refer to results already.
    Column("step_id", Number, nullable=False),
    Index("ix_results_key_name_id", "key", "name", "id"),
)

metrics = Table(
    "metrics",
    metadata,
    _id(),
    _run(index=False),
    Column("step_id", Number, ForeignKey("steps.id")),
    _name("name"),
    # NULL is NaN: SQLite keeps no NaN, and a training that diverged must be seen.
    Column("value", Float),
    Column("step", Number, nullable=False),
    Index("ix_metrics_run_number_step_id", "run_number", "step_id"),
    Index("ix_metrics_name_run_number", "name", "run_number"),
)

# What people call a run by.
tags = Table(
    "tags",
    metadata,
    _run_key(),
    Column("name", String, primary_key=True),
    _words("value"),
    Index("ix_tags_name_value", "name", "value"),
)

# The settings of a run, one by one: what runs are searched by. ``number`` is NULL for text.
parameters = Table(
    "parameters",
    metadata,
    _run_key(),
    Column("name", String, primary_key=True),
    _words("value"),
    Column("number", Float),
    Index("ix_parameters_name_number", "name", "number"),
)

# The latest value of each metric of a run that is over, under its own name and below its step's.
run_metrics = Table(
    "run_metrics",
    metadata,
    _run_key(),
    Column("name", String, primary_key=True),
    Column("value", Float),
    Index("ix_run_metrics_name_value_run_number", "name", "value", "run_number"),
)

# Which published data each run published, reused or loaded.
run_datasets = Table(
    "run_datasets",
    metadata,
    _run_key(),
    Column("name", String, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Index("ix_run_datasets_name_version", "name", "version"),
)

dataset_versions = Table(
    "dataset_versions",
    metadata,
    _id(),
    _run(),
    _name("name"),
    Column("version", Integer, nullable=False),
    _name("digest"),
    Column("artifact", OneArtifact, nullable=False),
    Column("row_count", Number),
    Column("columns", Plain, nullable=False),
    _words("note"),
    _at("created"),
    # Since 0002: the figures of its columns, what people say of it, and what it was made from.
    Column("profile", OneArtifact),
    Column("card", Plain),
    Column("origins", NamedArtifacts),
    UniqueConstraint("name", "version"),
    UniqueConstraint("name", "digest"),
)

# Rows are only ever added: how far a version has come, who said so, and why.
dataset_layers = Table(
    "dataset_layers",
    metadata,
    _id(),
    _event(),
    _run(),
    _name("name"),
    Column("version", Integer, nullable=False),
    _name("layer"),
    _words("why"),
    _at(),
    Index("ix_dataset_layers_name_id", "name", "id"),
)

model_versions = Table(
    "model_versions",
    metadata,
    _id(),
    _event(),
    _run(),
    _name("model"),
    Column("version", Integer, nullable=False),
    _name("digest"),
    _words("candidate"),
    Column("artifact", OneArtifact, nullable=False),
    Column("facts", Plain, nullable=False),
    _at("created"),
    UniqueConstraint("model", "version"),
    UniqueConstraint("model", "digest"),
)

# Rows are only ever added; the champion of a model is the version that was promoted last.
promotions = Table(
    "promotions",
    metadata,
    _id(),
    _event(),
    _run(),
    _name("model"),
    Column("version", Integer, nullable=False),
    _words("why"),
    _at(),
    Index("ix_promotions_model_id", "model", "id"),
)

# What people call versions, and how far they moved them: rows are only ever added, the latest counts.
model_labels = Table(
    "model_labels",
    metadata,
    _id(),
    _event(),
    _run(),
    _name("model"),
    # NULL: of an alias that was taken away, and of what is said of the model as a whole.
    Column("version", Integer),
    _name("kind"),
    _name("name"),
    _words("value"),
    _words("why"),
    _at(),
    Index("ix_model_labels_model_id", "model", "id"),
)

verdicts = Table(
    "verdicts",
    metadata,
    _id(),
    _event(),
    _run(),
    _name("model", index=True),
    Column("version", Integer),
    _words("candidate"),
    _name("outcome"),
    Column("body", Plain, nullable=False),
    _at(),
)

decisions = Table(
    "decisions",
    metadata,
    _id(),
    _event(),
    _run(),
    _name("model"),
    Column("version", Integer, nullable=False),
    _name("kind"),
    _name("answer"),
    Column("body", Plain, nullable=False),
    _at(),
    Index("ix_decisions_model_version", "model", "version"),
)

deployments = Table(
    "deployments",
    metadata,
    _id(),
    _event(),
    _run(),
    _name("model", index=True),
    _name("target"),
    Column("version", Integer, nullable=False),
    _name("kind"),
    Column("body", Plain, nullable=False),
    _at(),
)

predictions = Table(
    "predictions",
    metadata,
    _id(),
    _run(),
    _name("model"),
    Column("version", Integer, nullable=False),
    Column("data", OneArtifact, nullable=False),
    Column("predictions", OneArtifact, nullable=False),
    Column("row_count", Number, nullable=False),
    _at(),
    Index("ix_predictions_model_version_id", "model", "version", "id"),
)

windows = Table(
    "windows",
    metadata,
    _id(),
    _run(),
    _name("model"),
    Column("version", Integer, nullable=False),
    _at(),
    Index("ix_windows_model_version", "model", "version"),
)

window_batches = Table(
    "window_batches",
    metadata,
    Column("window_id", Number, ForeignKey("windows.id"), primary_key=True),
    Column("prediction_id", Number, ForeignKey("predictions.id"), primary_key=True, index=True),
)

observations = Table(
    "observations",
    metadata,
    _id(),
    Column("window_id", Number, ForeignKey("windows.id"), nullable=False, index=True),
    _words("name"),
    _name("status"),
    _words("column_name"),
    Column("body", Plain, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    _id(),
    _event(),
    _run(),
    _name("model", index=True),
    Column("version", Integer, nullable=False),
    _words("key"),
    _name("severity"),
    Column("body", Plain, nullable=False),
    _at(),
)

# The ledger: see `fourstroke.records.ledger`.
events = Table(
    "events",
    metadata,
    Column("sequence", Number, primary_key=True, autoincrement=False),
    _at(),
    _words("who"),
    _name("what"),
    _words("subject"),
    _words("why"),
    Column("facts", Plain, nullable=False),
    Column("run", String(12), nullable=False),
    _name("previous"),
    _name("hash"),
    Index("ix_events_subject", "subject"),
)

# One row: how long the ledger is, so that a piece cut off its end is missed.
ledger_head = Table(
    "ledger_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sequence", Number, nullable=False),
    _name("hash"),
)

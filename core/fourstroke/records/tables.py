"""The tables as this version of fourstroke reads and writes them; `migrations` leads here."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from fourstroke.records.columns import Moment, NamedArtifacts, Number, OneArtifact, Plain
from fourstroke.records.operation_tables import (
    alert_words,
    alerts,
    firings,
    label_batches,
    leaderships,
    log_segments,
    observations,
    predictions,
    schedules,
    window_batches,
    window_segments,
    windows,
)
from fourstroke.records.schema import metadata
from fourstroke.records.usual_columns import (
    moment,
    name,
    of_event,
    of_run,
    own_id,
    run_key,
    words,
)

__all__ = [
    "alert_words",
    "alerts",
    "dataset_layers",
    "dataset_versions",
    "decisions",
    "deployments",
    "events",
    "firings",
    "label_batches",
    "leaderships",
    "ledger_head",
    "log_segments",
    "metadata",
    "metrics",
    "model_labels",
    "model_versions",
    "observations",
    "parameters",
    "predictions",
    "promotions",
    "results",
    "run_datasets",
    "run_metrics",
    "runs",
    "schedules",
    "steps",
    "tags",
    "verdicts",
    "window_batches",
    "window_segments",
    "windows",
]


# Others refer to a run by its number: it is short, and it orders runs whatever the clocks say.
runs = Table(
    "runs",
    metadata,
    own_id("number"),
    Column("run", String(12), nullable=False, unique=True),
    name("kind"),
    words("project"),
    words("environment"),
    words("user_name"),
    words("host"),
    words("command"),
    words("commit_hash"),
    Column("is_dirty", Boolean, nullable=False),
    Column("seed", Number, nullable=False),
    Column("settings", Plain, nullable=False),
    Column("versions", Plain, nullable=False),
    # Since 0002: the environment and command line, and the files that the run was made from.
    Column("provenance", Plain),
    Column("source", OneArtifact),
    name("state"),
    words("message"),
    moment("started"),
    Column("finished", Moment),
    name("owner"),
    Column("attempt", Integer, nullable=False),
    words("machine"),
    Column("heartbeat", Float, nullable=False),
    # Of running rows alone, which are few; every start looks for those that have lost their owner. The
    # migration says so: said here, it would have every command load the dialects of all databases.
    Index("ix_runs_running", "number"),
    # Rows of runs are long: a search by these reads them here.
    Index("ix_runs_started_state_kind", "started", "state", "kind"),
)

steps = Table(
    "steps",
    metadata,
    own_id(),
    of_run(),
    name("name"),
    name("cycle"),
    name("stage"),
    name("state"),
    words("plugin"),
    Column("seconds", Float, nullable=False),
    words("summary"),
    words("reason"),
    Column("settings", Plain, nullable=False),
    name("key"),
    Column("result_id", Number, ForeignKey("results.id")),
    Column("messages", Plain, nullable=False),
    Column("attachments", Plain, nullable=False),
    moment("started"),
    Column("finished", Moment),
    Index("ix_steps_name_id", "name", "id"),
)

# What a step gave, once for all the runs that reuse it.
results = Table(
    "results",
    metadata,
    own_id(),
    name("name"),
    name("key"),
    Column("parts", Plain, nullable=False),
    Column("outputs", NamedArtifacts, nullable=False),
    words("summary"),
    # The step that made it. No foreign key: steps refer to results already.
    Column("step_id", Number, nullable=False),
    Index("ix_results_key_name_id", "key", "name", "id"),
)

metrics = Table(
    "metrics",
    metadata,
    own_id(),
    of_run(index=False),
    Column("step_id", Number, ForeignKey("steps.id")),
    name("name"),
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
    run_key(),
    Column("name", String, primary_key=True),
    words("value"),
    Index("ix_tags_name_value", "name", "value"),
)

# The settings of a run, one by one: what runs are searched by. ``number`` is NULL for text.
parameters = Table(
    "parameters",
    metadata,
    run_key(),
    Column("name", String, primary_key=True),
    words("value"),
    Column("number", Float),
    Index("ix_parameters_name_number", "name", "number"),
)

# The latest value of each metric of a run that is over, under its own name and below its step's.
run_metrics = Table(
    "run_metrics",
    metadata,
    run_key(),
    Column("name", String, primary_key=True),
    Column("value", Float),
    Index("ix_run_metrics_name_value_run_number", "name", "value", "run_number"),
)

# Which published data each run published, reused or loaded.
run_datasets = Table(
    "run_datasets",
    metadata,
    run_key(),
    Column("name", String, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Index("ix_run_datasets_name_version", "name", "version"),
)

dataset_versions = Table(
    "dataset_versions",
    metadata,
    own_id(),
    of_run(),
    name("name"),
    Column("version", Integer, nullable=False),
    name("digest"),
    Column("artifact", OneArtifact, nullable=False),
    Column("row_count", Number),
    Column("columns", Plain, nullable=False),
    words("note"),
    moment("created"),
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
    own_id(),
    of_event(),
    of_run(),
    name("name"),
    Column("version", Integer, nullable=False),
    name("layer"),
    words("why"),
    moment(),
    Index("ix_dataset_layers_name_id", "name", "id"),
)

model_versions = Table(
    "model_versions",
    metadata,
    own_id(),
    of_event(),
    of_run(),
    name("model"),
    Column("version", Integer, nullable=False),
    name("digest"),
    words("candidate"),
    Column("artifact", OneArtifact, nullable=False),
    Column("facts", Plain, nullable=False),
    moment("created"),
    UniqueConstraint("model", "version"),
    UniqueConstraint("model", "digest"),
)

# Rows are only ever added; the champion of a model is the version that was promoted last.
promotions = Table(
    "promotions",
    metadata,
    own_id(),
    of_event(),
    of_run(),
    name("model"),
    Column("version", Integer, nullable=False),
    words("why"),
    moment(),
    Index("ix_promotions_model_id", "model", "id"),
)

# What people call versions, and how far they moved them: rows are only ever added, the latest counts.
model_labels = Table(
    "model_labels",
    metadata,
    own_id(),
    of_event(),
    of_run(),
    name("model"),
    # NULL: of an alias that was taken away, and of what is said of the model as a whole.
    Column("version", Integer),
    name("kind"),
    name("name"),
    words("value"),
    words("why"),
    moment(),
    Index("ix_model_labels_model_id", "model", "id"),
)

verdicts = Table(
    "verdicts",
    metadata,
    own_id(),
    of_event(),
    of_run(),
    name("model", index=True),
    Column("version", Integer),
    words("candidate"),
    name("outcome"),
    Column("body", Plain, nullable=False),
    moment(),
)

decisions = Table(
    "decisions",
    metadata,
    own_id(),
    of_event(),
    of_run(),
    name("model"),
    Column("version", Integer, nullable=False),
    name("kind"),
    name("answer"),
    Column("body", Plain, nullable=False),
    moment(),
    Index("ix_decisions_model_version", "model", "version"),
)

deployments = Table(
    "deployments",
    metadata,
    own_id(),
    of_event(),
    of_run(),
    name("model", index=True),
    name("target"),
    Column("version", Integer, nullable=False),
    name("kind"),
    Column("body", Plain, nullable=False),
    moment(),
)

# The ledger: see `fourstroke.records.ledger`.
events = Table(
    "events",
    metadata,
    Column("sequence", Number, primary_key=True, autoincrement=False),
    moment(),
    words("who"),
    name("what"),
    words("subject"),
    words("why"),
    Column("facts", Plain, nullable=False),
    Column("run", String(12), nullable=False),
    name("previous"),
    name("hash"),
    Index("ix_events_subject", "subject"),
)

# One row: how long the ledger is, so that a piece cut off its end is missed.
ledger_head = Table(
    "ledger_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("sequence", Number, nullable=False),
    name("hash"),
)

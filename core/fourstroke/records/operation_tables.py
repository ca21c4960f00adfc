"""The tables of models at work: predictions, labels, windows, alerts, schedules."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from fourstroke.records.columns import Moment, Number, OneArtifact, Plain
from fourstroke.records.schema import metadata
from fourstroke.records.usual_columns import moment, name, of_event, of_run, own_id, words

predictions = Table(
    "predictions",
    metadata,
    own_id(),
    of_run(),
    name("model"),
    Column("version", Integer, nullable=False),
    Column("data", OneArtifact, nullable=False),
    Column("predictions", OneArtifact, nullable=False),
    Column("row_count", Number, nullable=False),
    moment(),
    # Since 0004: who was asked; ids, moments and latencies row by row; from when to when; and the file of
    # a service's journal that the batch was made of, so that a killed service's is taken in once.
    Column("role", String, nullable=False, server_default="champion"),
    Column("requests", OneArtifact),
    Column("first_at", Moment),
    Column("last_at", Moment),
    Column("segment", String),
    # The share of requests that was logged, and when the batch was made of others: NULL if it was not.
    Column("sample", Float),
    Column("compacted", Moment),
    Index("ix_predictions_segment", "segment", unique=True),
    Index("ix_predictions_model_version_id", "model", "version", "id"),
)

# Every file of a journal that was taken in, whatever became of its batch: it is taken in once. Also how
# many rows it says were not logged, and how many records could not be read.
log_segments = Table(
    "log_segments",
    metadata,
    own_id(),
    of_run(),
    name("segment", unique=True),
    name("model"),
    Column("version", Integer, nullable=False),
    name("role"),
    # The day of UTC, as 2026-05-01.
    name("day"),
    Column("row_count", Number, nullable=False),
    Column("left_out", Number, nullable=False),
    Column("dropped", Number, nullable=False),
    Column("damaged", Number, nullable=False),
    moment(),
    # Since 0005: how the requests were answered, and from when to when; NULL where nobody told it of those
    # that failed.
    Column("traffic", Plain),
    Column("first_at", Moment),
    Column("last_at", Moment),
    Index("ix_log_segments_model_day", "model", "day"),
)

# What became known later: ids of rows with their outcomes. Rows are only ever added; the latest counts.
label_batches = Table(
    "label_batches",
    metadata,
    own_id(),
    of_run(),
    name("model"),
    Column("artifact", OneArtifact, nullable=False),
    Column("row_count", Number, nullable=False),
    # The latest looks at windows, by id, that had rows which they belong to.
    Column("windows", Plain, nullable=False),
    moment(),
    Index("ix_label_batches_model_id", "model", "id"),
)

windows = Table(
    "windows",
    metadata,
    own_id(),
    of_run(),
    name("model"),
    Column("version", Integer, nullable=False),
    moment(),
    # Since 0004: what the window is called, from when to when it goes, how many of its rows have a label,
    # and all that monitors saw in it.
    words("name", server_default=""),
    Column("starts", Moment),
    Column("ends", Moment),
    Column("row_count", Number),
    Column("labelled", Number),
    Column("report", OneArtifact),
    # Since 0005: how its requests were answered.
    Column("traffic", Plain),
    Index("ix_windows_model_version", "model", "version"),
)

window_batches = Table(
    "window_batches",
    metadata,
    Column("window_id", Number, ForeignKey("windows.id"), primary_key=True),
    Column("prediction_id", Number, ForeignKey("predictions.id"), primary_key=True, index=True),
)

# Which requests were counted in a window of all that came since the last look; a period says so itself.
window_segments = Table(
    "window_segments",
    metadata,
    Column("window_id", Number, ForeignKey("windows.id"), primary_key=True),
    Column("segment_id", Number, ForeignKey("log_segments.id"), primary_key=True, index=True),
)

observations = Table(
    "observations",
    metadata,
    own_id(),
    Column("window_id", Number, ForeignKey("windows.id"), nullable=False, index=True),
    words("name"),
    name("status"),
    words("column_name"),
    Column("body", Plain, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    own_id(),
    of_event(),
    of_run(),
    name("model", index=True),
    Column("version", Integer, nullable=False),
    words("key"),
    name("severity"),
    Column("body", Plain, nullable=False),
    moment(),
)

# What people, and the rules of alerting, say of an alert by its key: rows are only ever added.
alert_words = Table(
    "alert_words",
    metadata,
    own_id(),
    of_event(),
    of_run(),
    name("model"),
    words("key"),
    # acknowledged, muted, unmuted, resolved
    name("kind"),
    Column("until", Moment),
    words("why"),
    moment(),
    Index("ix_alert_words_model_id", "model", "id"),
)

# What is done at which times: rows are only ever added, and the latest of a name counts.
schedules = Table(
    "schedules",
    metadata,
    own_id(),
    of_event(),
    of_run(),
    name("name", index=True),
    # added, paused, resumed, removed
    name("kind"),
    Column("body", Plain, nullable=False),
    words("why"),
    moment(),
)

# Each time that a schedule came due: the constraint lets only one of several watchers take it.
firings = Table(
    "firings",
    metadata,
    own_id(),
    name("schedule"),
    moment("due"),
    # running, done, blocked, refused, failed, skipped, lost
    name("state"),
    name("owner"),
    Column("run", String(12)),
    words("message"),
    moment("began"),
    Column("ended", Moment),
    UniqueConstraint("schedule", "due"),
)

# Who leads among several watchers, until when by the clock of the database.
leaderships = Table(
    "leaderships",
    metadata,
    Column("name", String, primary_key=True),
    name("owner"),
    words("machine"),
    Column("until", Float, nullable=False),
)

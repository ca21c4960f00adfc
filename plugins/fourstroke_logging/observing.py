"""Every event of a run as one line of JSON."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from fourstroke import (
    Alert,
    DatasetFact,
    Deployment,
    ModelVersion,
    StepFact,
    Verdict,
    hookimpl,
    plugin,
)
from fourstroke_logging.lines import append


@plugin
class LogObserver:
    """Write every event of every run to a file of JSON lines."""

    # The file, relative to the project.
    path: Path = Path(".fourstroke/events.jsonl")

    @hookimpl
    def run_started(self, run: str, project: str) -> None:
        """Write that a run has begun."""
        self._write("run_started", run, project=project)

    @hookimpl
    def step_finished(self, run: str, step: StepFact) -> None:
        """Write how a step ended."""
        self._write(
            "step_finished",
            run,
            step=step.name,
            state=step.state,
            seconds=round(step.seconds, 3),
            summary=step.summary,
        )

    @hookimpl
    def dataset_published(self, run: str, dataset: DatasetFact) -> None:
        """Write that a data set has a new version."""
        self._write("dataset_published", run, name=dataset.name, version=dataset.version)

    @hookimpl
    def model_validated(self, run: str, verdict: Verdict) -> None:
        """Write a verdict."""
        self._write("model_validated", run, outcome=verdict.outcome, checks=len(verdict.checks))

    @hookimpl
    def model_registered(self, run: str, version: ModelVersion) -> None:
        """Write that a model has a new version."""
        self._write("model_registered", run, model=version.model, version=version.version)

    @hookimpl
    def model_deployed(self, run: str, deployment: Deployment) -> None:
        """Write that a version is at work."""
        self._write("model_deployed", run, target=deployment.target, version=deployment.version)

    @hookimpl
    def alert_raised(self, run: str, alert: Alert) -> None:
        """Write an alert."""
        self._write("alert_raised", run, title=alert.title, severity=alert.severity)

    @hookimpl
    def run_finished(self, run: str, state: str) -> None:
        """Write how a run ended."""
        self._write("run_finished", run, state=state)

    def _write(self, event: str, run: str, **facts: Any) -> None:
        at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
        append(self.path, {"at": at, "event": event, "run": run, **facts})

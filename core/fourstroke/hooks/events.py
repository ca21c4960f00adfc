"""What observers are told, in the order of the project file.

An observer that raises is reported, recorded with the run, and never fails it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from fourstroke.hooks import hookspec

if TYPE_CHECKING:
    from fourstroke.entities.model import Deployment, ModelVersion, Verdict
    from fourstroke.entities.operations import Alert
    from fourstroke.entities.run import DatasetFact, RunState, StepFact


class EventHooks(Protocol):
    """Events, each called in the main process, after what it tells has been recorded."""

    @hookspec
    def run_started(self, run: str, project: str) -> None:
        """Hear that a run has begun.

        Called once a run. ``run`` is its id, ``project`` the project's name. Since 0.1.
        """

    @hookspec
    def step_started(self, run: str, step: StepFact) -> None:
        """Hear that a step has begun.

        Called for steps that really run, not for cached ones. Since 0.1.
        """

    @hookspec
    def step_finished(self, run: str, step: StepFact) -> None:
        """Hear how a step ended.

        Called for each step, also for cached, skipped and failed ones; ``step.state`` tells.
        Since 0.1.
        """

    @hookspec
    def dataset_published(self, run: str, dataset: DatasetFact) -> None:
        """Hear of a data set's version in the catalog.

        Called once a new version; the same content again is no new version. Since 0.1.
        """

    @hookspec
    def model_validated(self, run: str, verdict: Verdict) -> None:
        """Hear the verdict on a candidate.

        Called once a verdict. Since 0.1.
        """

    @hookspec
    def model_registered(self, run: str, version: ModelVersion) -> None:
        """Hear of a new version in the registry.

        Called once a version. Since 0.1.
        """

    @hookspec
    def model_deployed(self, run: str, deployment: Deployment) -> None:
        """Hear that a version is at work.

        Called once a target, for roll-backs too. Since 0.1.
        """

    @hookspec
    def alert_raised(self, run: str, alert: Alert) -> None:
        """Hear an alert.

        Called once an alert, beside the channels of ``[[operations.alert]]``. Since 0.1.
        """

    @hookspec
    def run_finished(self, run: str, state: RunState) -> None:
        """Hear how a run ended.

        Called once a run. Since 0.1.
        """

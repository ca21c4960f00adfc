"""The operations cycle: profile the reference, monitor, alert, retrain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from fourstroke.hooks import hookspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.context import Context
    from fourstroke.entities.model import Decision
    from fourstroke.entities.operations import Alert, MonitoringReport, Observation, Window
    from fourstroke.hooks.data import Table

Profile = Any


class OperationsHooks(Protocol):
    """Stages of the operations cycle, in the order in which they are called."""

    @hookspec(firstresult=True)
    def profile(self, data: Table, predictions: Table, context: Context) -> Profile:
        """Keep of the held-out rows what this monitor compares windows with later.

        Called once a monitor when a candidate has been evaluated; optional. The profile is stored
        with the model version, so that monitoring needs no training data.

        Parameters
        ----------
        data : table
            The held-out rows, target included.
        predictions : table
            What the candidate predicts on them.
        context : Context
            The step's context.

        Returns
        -------
        profile
            A value that JSON holds: mappings with ``str`` keys, lists, text, numbers.

        Notes
        -----
        With ``season`` under ``[operations.window]`` it is also called for the window that one is
        compared with, whose rows have no target; not if the plugin's class says ``needs_outcomes =
        True``, which is then compared with the held-out rows always. When it raises, the run fails;
        of a season's window that is an alert, and the other monitors still run. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def monitor(
        self, window: Window, reference: Profile, context: Context
    ) -> Sequence[Observation]:
        """Compare what a model meets in production with what it was made for.

        Called once a table ``[[operations.monitor]]`` and window.

        Parameters
        ----------
        window : Window
            The batches that were scored, with their predictions.
        reference : profile or None
            What `profile` of the same monitor gave for this model version; ``None`` if it has no
            `profile`.
        context : Context
            The step's context.

        Returns
        -------
        sequence of Observation
            One a figure. Too little data is an observation with status ``unknown``, not an error.

        Notes
        -----
        A monitor whose plugin says ``watches_absence = True`` is also asked at
        each look when no rows came: of a window without batches, from the last row until now, or by time and
        by calendar at least until a whole period has passed. One whose plugin says
        ``watches_failures = True`` is asked of a window without batches in which requests came and none was
        answered: ``window.traffic`` counts them. When it raises, the other monitors still run, and the
        failure is itself an alert. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def alert(self, alert: Alert, context: Context) -> bool:
        """Tell people.

        Called once an alert and channel; channels are isolated from each other.

        Parameters
        ----------
        alert : Alert
            What happened.
        context : Context
            The step's context.

        Returns
        -------
        bool
            Whether it was delivered; ``False`` is told and recorded as a failure is.

        Notes
        -----
        When it raises, the failure is recorded and shown, and the other channels still get the
        alert. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def retrain(self, report: MonitoringReport, context: Context) -> Decision:
        """Decide whether the engine turns again.

        Called once after each window, and once in each ``fourstroke loop``, which turns the engine.

        Parameters
        ----------
        report : MonitoringReport
            Observations and alerts of the window; in a loop, of the window of the first alert that is
            open, with all alerts that are.
        context : Context
            The step's context; ``context.occasion`` tells when the engine turned last, and which source
            has changed since.

        Returns
        -------
        Decision
            ``yes`` to start at the data cycle again, and why; ``trigger`` names what sets it off.

        Notes
        -----
        Budget and cool-down of ``[operations.loop]`` hold whatever it says. When it raises, nothing is
        retrained. Since 0.1.
        """
        ...

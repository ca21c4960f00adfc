"""The development cycle: validate, approve, deploy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from fourstroke.hooks import hookspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fourstroke.context import Context
    from fourstroke.entities.facts import Check, Metric
    from fourstroke.entities.model import Candidate, Decision, Deployment, ModelVersion, Verdict
    from fourstroke.hooks.data import Table


class DevelopmentHooks(Protocol):
    """Stages of the development cycle, in the order in which they are called."""

    @hookspec(firstresult=True)
    def validate(
        self, candidate: Candidate, champion: Candidate | None, context: Context
    ) -> Sequence[Check]:
        """Hold the chosen candidate against bounds, the baseline and the champion.

        Called once a table ``[[development.validate]]``. All of them run, so that the verdict is
        whole.

        Parameters
        ----------
        candidate : Candidate
            The best of this run, with metrics, held-out rows and predictions.
        champion : Candidate or None
            The version in production on the same held-out rows; ``None`` if there is none yet.
        context : Context
            The step's context.

        Returns
        -------
        sequence of Check
            One a bound. A metric that is missing or NaN is a failed check, never a pass. Those that
            compare with the champion say ``against="champion"``: they do not stop a roll-back.

        Notes
        -----
        When it raises, that counts as a check with status ``error``, and the verdict is "fail". A plugin
        whose class says ``needs_shadow = True`` gets ``candidate.in_shadow``, and its ``context.look``
        counts looks at the rows of that shadow. A plugin that goes by slices may say so by a method
        ``slice_asked()``, which gives column and metric: what no evaluator will measure is refused before
        the training then. A check that passes with NaN as ``observed`` fails. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def compare_models(
        self, first: Candidate, second: Candidate, context: Context
    ) -> Sequence[Metric]:
        """Say by how much two models differ on the same rows.

        Called by ``fourstroke runs compare`` on the first plugin of the stage `validate` that has it;
        optional.

        Parameters
        ----------
        first, second : Candidate
            With metrics, and both with the predictions for the same held-out rows.
        context : Context
            Names target, positive class and group; its seed is that of random draws.

        Returns
        -------
        sequence of Metric
            The second's value less the first's, with its interval, for each metric that both have.

        Notes
        -----
        When it raises, the values are told without intervals. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def approve(self, candidate: Candidate, verdict: Verdict, context: Context) -> Decision:
        """Decide whether a candidate that passed may be deployed.

        Called once a run, and only after a verdict that passed.

        Parameters
        ----------
        candidate : Candidate
            The registered candidate.
        verdict : Verdict
            Its checks.
        context : Context
            The step's context.

        Returns
        -------
        Decision
            ``yes``, ``no``, or ``waiting`` for people.

        Notes
        -----
        When it raises, nothing is deployed. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def deploy(self, version: ModelVersion, context: Context) -> Deployment:
        """Put a model version to work on this target, in the place of the one before.

        Called once a table ``[[development.deploy]]`` after approval, and by ``models deploy`` and
        ``models rollback``. Deploying the same version again must change nothing.

        Parameters
        ----------
        version : ModelVersion
            ``version.folder`` holds a copy of the model's files, for reading, during the call.
        context : Context
            The step's context.

        Returns
        -------
        Deployment
            Where it is now.

        Notes
        -----
        When it raises, the version before must still be at work. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def probe_deployment(self, deployment: Deployment, data: Table, context: Context) -> Table:
        """Score rows through what was deployed, the way its users do.

        Called after `deploy`, before the version becomes the champion, and by ``models probe``;
        optional. The rows are among those that the version was measured on. What comes back has to
        be what its run said of them; otherwise all targets go back to the version before.

        Parameters
        ----------
        deployment : Deployment
            What `deploy` gave.
        data : table
            At most 50 rows, as they are after preparation.
        context : Context
            The step's context.

        Returns
        -------
        table
            The predictions, row by row, in the form of the hook `predict`: a table, or a list of
            dictionaries.

        Notes
        -----
        When it raises, the deployment counts as broken. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def verify_deployment(
        self, deployment: Deployment, files: Mapping[str, str], context: Context
    ) -> Sequence[str]:
        """Say which files of a deployment are not those that were deployed.

        Called by ``fourstroke doctor`` for what is at work; optional. Nothing is changed by it, and no
        model is loaded.

        Parameters
        ----------
        deployment : Deployment
            What `deploy` gave.
        files : mapping of str to str
            The files of the model by name, each with its digest as the records have it.
        context : Context
            The step's context; its ``digest`` gives the like of a file, and reads each anew here.

        Returns
        -------
        sequence of str
            What was changed, is missing or was added, such as ``model.skops was changed``; empty if all is
            as it was deployed.

        Notes
        -----
        When it raises, that counts as a fault. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def withdraw(self, deployment: Deployment, context: Context) -> bool:
        """Take a deployment down.

        Called by ``models retire --withdraw``, and after a failed deployment if there was no version
        before.

        Parameters
        ----------
        deployment : Deployment
            What `deploy` gave.
        context : Context
            The step's context.

        Returns
        -------
        bool
            Whether there was something to take down.

        Notes
        -----
        When it raises, the deployment counts as still there. Since 0.1.
        """
        ...

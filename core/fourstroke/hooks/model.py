"""The model cycle: train, predict, evaluate, explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from fourstroke.hooks import hookspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke.context import Context
    from fourstroke.entities.facts import Evaluation, Section
    from fourstroke.entities.model import ModelSignature
    from fourstroke.hooks.data import Table

Model = Any


class ModelHooks(Protocol):
    """Stages of the model cycle, in the order in which they are called."""

    @hookspec(firstresult=True)
    def train(self, data: Table, context: Context) -> Model:
        """Fit a model.

        Called once a candidate, that is once a table ``[[model.train]]``; candidates run side by
        side.

        Parameters
        ----------
        data : table
            The part ``train`` of the split, with the target and all other columns.
        context : Context
            ``context.task`` names target, kind and the columns that are not features;
            ``context.seed`` makes training repeatable.

        Returns
        -------
        model
            A fitted model of a type that a codec stores. It must know by itself which columns it
            needs.

        Notes
        -----
        When it raises, this candidate fails and with it the run. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def predict(self, model: Model, data: Table, context: Context) -> Table:
        """Score rows with a model that this plugin trained.

        Called on the held-out rows of a run, for the candidate and the champion, and on every batch
        in operations.

        Parameters
        ----------
        model : model
            What `train` of the same plugin gave, loaded from the store.
        data : table
            Rows with at least the columns that the model needs; the target may be missing.
        context : Context
            The step's context.

        Returns
        -------
        table
            One row a row of ``data``, in its order and with its index: the column ``prediction`` (a
            label of the target, or a number), and for classification ``probability_<label>`` a
            class.

        Notes
        -----
        A missing column or a wrong type is a `DataError` that names column and row. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def signature(self, model: Model, context: Context) -> ModelSignature:
        """Say which columns a model needs.

        Called by services before they take rows, to check and to describe what they take, and by
        validators that ask whether clients can go on; optional.

        Parameters
        ----------
        model : model
            What `train` of the same plugin gave, loaded from the store.
        context : Context
            The step's context.

        Returns
        -------
        ModelSignature
            The columns, and a few rows as an example.

        Notes
        -----
        Without it a service leaves it to `predict` to refuse rows. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def evaluate(
        self, model: Model, data: Table, predictions: Table, context: Context
    ) -> Evaluation:
        """Measure a model on held-out rows.

        Called once a table ``[[model.evaluate]]`` and candidate, and for the champion on the same
        rows.

        Parameters
        ----------
        model : model
            The fitted model.
        data : table
            The part ``test`` of the split, target included.
        predictions : table
            What `predict` gave on ``data``.
        context : Context
            The step's context.

        Returns
        -------
        Evaluation
            Metrics with intervals, the primary one first; baseline, slices and charts where it has
            them.

        Notes
        -----
        When it raises, the run fails. A plugin whose settings say which slices it measures may have a
        method ``lacks_slice(column, metric, task)``, which gives the reason why it will not measure some;
        empty if it may. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def explain(self, model: Model, data: Table, context: Context) -> Sequence[Section]:
        """Make a model transparent.

        Called once a table ``[[model.explain]]`` and candidate.

        Parameters
        ----------
        model : model
            The fitted model.
        data : table
            The part ``test`` of the split, target included.
        context : Context
            The step's context.

        Returns
        -------
        sequence of Section
            Parts for the report.

        Notes
        -----
        When it raises, the run fails. Since 0.1.
        """
        ...

    @hookspec(firstresult=True)
    def explain_rows(
        self, model: Model, rows: Table, data: Table, context: Context
    ) -> Sequence[Section]:
        """Say why a model says what it says of single rows.

        Called by ``fourstroke models explain`` of each table ``[[model.explain]]`` whose plugin has it;
        optional.

        Parameters
        ----------
        model : model
            The fitted model.
        rows : table
            The rows that somebody asks about; the target may be missing.
        data : table
            Held-out rows of the model, which stand for what is usual.
        context : Context
            The step's context.

        Returns
        -------
        sequence of Section
            What is shown, row by row.

        Notes
        -----
        When it raises, the command fails. Since 0.1.
        """
        ...

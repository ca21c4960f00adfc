"""Score rows again and again, as services do: the plugin is built once, and nothing is recorded."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from fourstroke.cycles.model import table_of
from fourstroke.cycles.withholding import withheld
from fourstroke.engine.workshop import Workshop
from fourstroke.outside import Outside, outside
from fourstroke.plugins.build import build
from fourstroke.prediction_log.privacy import JOURNALS, Privacy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fourstroke.config import Config
    from fourstroke.entities.model import ModelSignature
    from fourstroke.plugins.calls import Caller
    from fourstroke.project import Project
    from fourstroke.records.rows import VersionRow

_STEP: Final = "serve"


@attrs.frozen(kw_only=True)
class Loaded:
    """Which version is loaded; the digest is that of its files."""

    model: str
    version: int
    digest: str


@attrs.frozen(kw_only=True, eq=False)
class Predictor:
    """A loaded version of a model.

    Parameters
    ----------
    model, version, digest : str, int and str
        What is loaded; the digest of its files was checked.
    signature : ModelSignature, optional
        What it asks of a table; ``None`` if the plugin that trained it does not say.
    """

    model: str
    version: int
    digest: str
    signature: ModelSignature | None
    _fitted: Any = attrs.field(repr=False)
    _caller: Caller = attrs.field(repr=False)
    _shop: Outside = attrs.field(repr=False)
    _close: Callable[[], None] = attrs.field(repr=False)

    @classmethod
    def of(cls, project: Project, row: VersionRow) -> Self:
        """Load a version and build the plugin that trained it.

        Raises
        ------
        StoreError
            If its files are gone, or are not those that were registered.
        """
        return cls.built(
            project.config,
            row.facts["train"],
            lambda: Workshop.of(project.config).store.load(row.artifact),
            of=Loaded(model=row.model, version=row.version, digest=row.digest),
        )

    @classmethod
    def built(
        cls,
        config: Config,
        train: Mapping[str, Any],
        load: Callable[[], Any],
        *,
        of: Loaded,
        closing: Callable[[], None] | None = None,
    ) -> Self:
        """Build the plugin that trained a version, load the version, and ask for its signature.

        Parameters
        ----------
        config : Config
            The project of the model.
        train : mapping
            The table of the plugin, as the registry keeps it.
        load : callable
            Gives the fitted model.
        of : Loaded
            Which version it is.
        closing : callable, optional
            Is called when the predictor is closed, or does not come to be.
        """
        table = table_of(train)
        with contextlib.ExitStack() as stack:
            if closing is not None:
                stack.callback(closing)
            built = build(table, config)
            shop = stack.enter_context(outside(config, {(table.stage, table.name): built}, _STEP))
            fitted = load()
            caller, context = shop.shop.caller(_STEP, (table,)), shop.context(_STEP)
            signature = None
            if "signature" in built.hooks:
                signature = shop.guarded(
                    _STEP, lambda: caller.signature(_STEP, model=fitted, context=context)
                )
            return cls(
                model=of.model,
                version=of.version,
                digest=of.digest,
                signature=signature,
                fitted=fitted,
                caller=caller,
                shop=shop,
                close=stack.pop_all().close,
            )

    def __call__(self, data: Any) -> Any:
        """Score rows, as they are after preparation; gives a table as the hook ``predict`` does.

        Raises
        ------
        DataError
            If the table is not what the model was made for.
        """
        # A context of its own: what plugins say of these rows goes with them.
        context = self._shop.context(_STEP)
        return self._shop.guarded(
            _STEP,
            lambda: self._caller.predict(_STEP, model=self._fitted, data=data, context=context),
        )

    def close(self) -> None:
        """Let go of the model, and of the folder for what the plugin keeps meanwhile."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def log(project: Project, row: VersionRow, data: Any, predictions: Any) -> str:
    """Write rows that a version scored into the prediction log, as a run of its own; gives its id."""
    with project.recorded("predict", "serve") as turn:
        session = turn.session
        privacy = Privacy.of(project.config, session.home / JOURNALS)
        kept, said = (
            session.put(withheld(session.shop.tables, privacy, table))
            for table in (data, predictions)
        )
        session.writer.record_predictions(row.model, row.version, kept, said, len(data))
        session.writer.finish("succeeded")
        return session.writer.run

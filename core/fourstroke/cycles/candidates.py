"""What validators see of a model: the candidate of this run, and the champion on the same rows."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.context import Notes
from fourstroke.cycles.model import table_of
from fourstroke.cycles.shadowing import SHADOWED, in_shadow
from fourstroke.entities.facts import Evaluation
from fourstroke.entities.model import Candidate, ModelSignature

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fourstroke.config import PluginTable
    from fourstroke.context import Context
    from fourstroke.engine.work import Bench
    from fourstroke.plugins.calls import Caller


def candidate_of(bench: Bench) -> Candidate:
    """Put together what is known of the chosen candidate."""
    choice = bench.load("choice")
    model = bench.inputs["model"]
    trained = _Trained(bench, _trainer(bench, choice["candidate"]), "model")
    return Candidate(
        name=choice["candidate"],
        digest=model.digest,
        evaluation=bench.load("evaluation"),
        size_bytes=model.size_bytes,
        data=bench.load("data"),
        predictions=bench.load("predictions"),
        load=lambda: bench.load("model"),
        predict=trained.predict,
        signature=trained.signature,
        files=trained.files,
        train_again=trained.again if "train" in bench.inputs else None,
        published=_loading(bench, "dataset"),
        in_shadow=(lambda: in_shadow(bench)) if SHADOWED in bench.inputs else None,
    )


def champion_of(bench: Bench) -> Candidate | None:
    """Put together what is known of the champion; nothing if there is none yet."""
    known = bench.load("champion")
    if known["version"] is None:
        return None
    model = bench.inputs["champion_model"]
    trained = _Trained(bench, table_of(known["train"]), "champion_model")
    return Candidate(
        name="champion",
        digest=model.digest,
        version=known["version"],
        evaluation=bench.load("champion_evaluation") or Evaluation(metrics=()),
        size_bytes=model.size_bytes,
        data=bench.load("data"),
        predictions=bench.load("champion_predictions"),
        load=lambda: bench.load("champion_model"),
        predict=trained.predict,
        signature=trained.signature,
        files=trained.files,
    )


def _trainer(bench: Bench, name: str) -> PluginTable:
    return next(table for table in bench.shop.config.tables["train"] if table.name == name)


def _loading(bench: Bench, name: str) -> Callable[[], Any] | None:
    return (lambda: bench.load(name)) if name in bench.inputs else None


@attrs.frozen(eq=False, slots=False)
class _Trained:
    """A model of the store with the plugin that trained it; each is loaded when it is needed."""

    bench: Bench
    table: PluginTable
    # The input of the step that the model is.
    model: str

    def predict(self, data: Any) -> Any:
        """Score other rows."""
        return self._caller().predict(
            self._name, model=self._fitted, data=data, context=self.bench.context
        )

    def signature(self) -> ModelSignature | None:
        """Ask the plugin which columns the model needs; nothing if it does not say."""
        caller = self._caller()
        if not caller.serves(self._name, "signature"):
            return None
        return caller.signature(self._name, model=self._fitted, context=self.bench.context)

    def files(self) -> Path:
        """Put a copy of the model's files into a folder of the step."""
        folder = self.bench.context.scratch / f"files of {self.model}"
        return self.bench.shop.store.materialize(self.bench.inputs[self.model], folder)

    def again(self) -> Candidate:
        """Fit once more, with the same plugin, rows, settings and seed, and score the same rows."""
        bench, context = self.bench, self._anew()
        caller, data = self._caller(), self.bench.load("data")
        fitted = caller.train(self._name, data=bench.load("train"), context=context)
        made = bench.shop.store.identify(fitted)
        return Candidate(
            name=self.table.name,
            digest=made.digest,
            evaluation=Evaluation(metrics=()),
            size_bytes=made.size_bytes,
            data=data,
            predictions=caller.predict(self._name, model=fitted, data=data, context=context),
        )

    def _anew(self) -> Context:
        """Give the context of the training: its name, nothing remembered, and notes of its own.

        What the training says and logs stands in the record of the step that trained first.
        """
        scratch = self.bench.context.scratch / "again"
        scratch.mkdir(exist_ok=True)
        step = f"model.train.{self.table.name}"
        return attrs.evolve(
            self.bench.context, step=step, scratch=scratch, notes=Notes(), memory=None
        )

    @property
    def _name(self) -> str:
        return f"{self.bench.step}.{self.model}"

    def _caller(self) -> Caller:
        return self.bench.shop.caller(self._name, (self.table,))

    @functools.cached_property
    def _fitted(self) -> Any:
        return self.bench.load(self.model)

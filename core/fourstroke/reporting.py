"""Put together what a report of one run shows, from its steps' outputs, and have it rendered."""

from __future__ import annotations

import functools
import shutil
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.artifacts import files
from fourstroke.card import read_card
from fourstroke.cycles import development, judging, model, operations, shadowing
from fourstroke.cycles.auditing import AUDIT
from fourstroke.cycles.data import PUBLISH, SPLIT
from fourstroke.cycles.step_names import SELECT
from fourstroke.entities.facts import Check, Evaluation
from fourstroke.entities.lineage import Lineage
from fourstroke.entities.model import Candidate
from fourstroke.entities.run import KeptFact, RunReport, RunState
from fourstroke.errors import FourstrokeError, described
from fourstroke.lineage import traced
from fourstroke.plugins.build import build
from fourstroke.plugins.services import RenderCaller

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.artifacts.store import ArtifactStore
    from fourstroke.config import PluginTable
    from fourstroke.engine.schedule import Schedule
    from fourstroke.engine.session import Session
    from fourstroke.entities.card import ModelCard
    from fourstroke.records.rows import RunRow


@attrs.define(kw_only=True, eq=False)
class Reporter:
    """Reads the outputs of a schedule's steps; a part that the run did not reach is empty."""

    session: Session
    schedule: Schedule

    def report(self, run: RunRow, state: RunState, seconds: float) -> RunReport:
        """Put the facts of one run together."""
        config = self.session.config
        choice = self._value(SELECT) or {}
        verdict = self._verdict(choice)
        return RunReport(
            run=run.run,
            project=config.name,
            state=state,
            started=run.started,
            seconds=seconds,
            task=config.task,
            seed=config.seed,
            user=run.user,
            command=run.command,
            commit=run.commit,
            environment=config.environment,
            versions=run.versions,
            steps=tuple(self.schedule.facts.values()),
            dataset=self._value(PUBLISH),
            checks=(*self._checks("data.check."), *self._checks(AUDIT)),
            candidates=self._candidates(),
            chosen=choice.get("candidate", ""),
            champion=self._champion(),
            explanations=tuple(
                section
                for name in self._named("model.explain.")
                for section in self._value(name) or ()
            ),
            card=self._card() if choice else None,
            verdict=verdict,
            decision=self._value(development.APPROVE),
            version=self._value(development.REGISTER),
            deployments=tuple(
                found
                for name in self._named("development.deploy.")
                if (found := self._value(name)) is not None
            ),
            monitoring=self._value(operations.ALERT),
            lineage=self._lineage(run.run),
            kept=self._kept(run.run),
            messages=(*self.session.messages, *(str(error) for error in self.schedule.errors)),
        )

    def _lineage(self, run: str) -> Lineage:
        """Give what the run's version comes from; without one, what its data does."""
        version, data = self._value(development.REGISTER), self._value(PUBLISH)
        if version is not None:
            about = f"model:{version.model}@v{version.version}"
        elif data is not None:
            about = f"data:{data.name}@v{data.version}"
        else:
            return Lineage()
        try:
            return traced(self.session.records, about, down=False)
        except FourstrokeError as error:  # the report comes out without it
            self.session.say(f"run {run} has no picture of what it comes from: {error}")
            return Lineage()

    def _card(self) -> ModelCard | None:
        config = self.session.config
        try:
            return read_card(config.root, config.card)
        except FourstrokeError as error:  # the report comes out without it
            self.session.say(str(error))
            return None

    def _candidates(self) -> tuple[Candidate, ...]:
        made = []
        for table in self.session.config.tables.get("train", ()):
            artifact = self._outputs(f"model.train.{table.name}").get("value")
            if artifact is None:
                continue
            parts = [
                found
                for name in self._named(f"model.evaluate.{table.name}.")
                if (found := self._value(name)) is not None
            ]
            made.append(
                Candidate(
                    name=table.name,
                    digest=artifact.digest,
                    evaluation=model.with_first(model.merged(parts), self.session.config.select),
                    size_bytes=artifact.size_bytes,
                )
            )
        return tuple(made)

    def _champion(self) -> Candidate | None:
        known = self._value(development.CHAMPION)
        artifact = self._outputs(development.CHAMPION).get("model")
        if known is None or artifact is None:
            return None
        evaluation: Evaluation | None = self._value(development.COMPARE, "evaluation")
        return Candidate(
            name="champion",
            digest=artifact.digest,
            version=known["version"],
            evaluation=evaluation or Evaluation(metrics=()),
            size_bytes=artifact.size_bytes,
        )

    def _verdict(self, choice: Mapping[str, Any]) -> Any:
        """Judge again by the recorded checks: a run that was blocked has no stored verdict."""
        names = self._named(judging.VALIDATE)
        if not choice or not names or not all(self._outputs(name) for name in names):
            return None
        known = self._value(development.CHAMPION) or {"version": None}
        checks = [
            (name.removeprefix(judging.VALIDATE), check)
            for name in names
            for check in self._value(name) or ()
        ]
        verdict = judging.judged(self.session.config, checks, choice["candidate"], known["version"])
        return attrs.evolve(
            verdict,
            model_digest=self._outputs(SELECT)["model"].digest,
            rows_digest=self._outputs(SPLIT)["test"].digest,
            look=self._value(development.CHAMPION, "look") or 0,
            **shadowing.looked_at(
                self.session.shop.plugins,
                self._value(shadowing.STEP),
                lambda name: self._value(f"{judging.VALIDATE}{name}"),
            ),
        )

    def _kept(self, run: str) -> tuple[KeptFact, ...]:
        store = self.session.shop.store
        return tuple(
            KeptFact(
                step=row.fact.name,
                name=item.name,
                kind=item.kind,
                file=file.name,
                digest=file.digest,
                size_bytes=file.size_bytes,
                read=functools.partial(_content, store, file.digest),
            )
            for row in self.session.records.steps(run)
            for item in row.attachments
            for file in item.artifact.files
        )

    def _checks(self, prefix: str) -> tuple[Check, ...]:
        return tuple(item for name in self._named(prefix) for item in self._value(name) or ())

    def _named(self, prefix: str) -> list[str]:
        return [name for name in self.schedule.outputs if name.startswith(prefix)]

    def _outputs(self, step: str) -> Mapping[str, Artifact]:
        return self.schedule.outputs.get(step, {})

    def _value(self, step: str, output: str = "value") -> Any:
        return self.session.load(self._outputs(step).get(output))


def _content(store: ArtifactStore, digest: str) -> bytes:
    return store.fetch(digest).read_bytes()


def render(session: Session, report: RunReport) -> tuple[Path, ...]:
    """Render a report in every format that the project asks for.

    A renderer that fails is told and leaves the others, and the run's state, as they are.

    Returns
    -------
    tuple of Path
        The files, in ``.fourstroke/reports/<run>/``.
    """
    folder = session.home / "reports" / report.run
    made = []
    for table in session.config.tables.get("render", ()):
        try:
            made.append(_rendered(session, report, table, folder))
        except FourstrokeError as error:
            session.say(f"report {table.name}: {error}")
        except Exception as error:  # noqa: BLE001 - the plugin border: told, and the run goes on
            session.say(f"report {table.name}: {described(error)}")
    return tuple(made)


def _rendered(session: Session, report: RunReport, table: PluginTable, folder: Path) -> Path:
    with files.set_apart(session.shop.scratch, "report") as scratch:
        context = session.context(f"report.{table.name}", scratch)
        plugin = build(table, session.config).instance
        made = RenderCaller(plugin).render(report, context)
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / made.name
        shutil.move(made, target)
        return target

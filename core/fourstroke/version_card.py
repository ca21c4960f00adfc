"""The model card of a registered version: from its records, in the words of the project's own card."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from fourstroke.artifacts.artifact import Artifact
from fourstroke.card import read_card
from fourstroke.config import PluginTable
from fourstroke.engine.foresight import Foresight
from fourstroke.engine.workshop import Workshop
from fourstroke.entities.model import Candidate
from fourstroke.entities.run import RunReport
from fourstroke.plugins.build import build
from fourstroke.plugins.services import RenderCaller

if TYPE_CHECKING:
    from fourstroke.config import Config
    from fourstroke.records import Records
    from fourstroke.records.rows import VersionRow


def card_text(config: Config, records: Records, row: VersionRow) -> str:
    """Write the card of a version, by the report format ``card``.

    The figures are those that the version was registered with; the verdict is the latest one, and the
    people's words are those of today, since both may come later.

    Raises
    ------
    StoreError
        If what was kept with the version is damaged.
    """
    shop = Workshop.of(config)
    table = PluginTable(stage="render", name="card", use="card", where="the model card")
    context = Foresight(config=config, records=records, shop=shop).context("report.card")
    with tempfile.TemporaryDirectory() as scratch:
        plugin = build(table, config).instance
        own = attrs.evolve(context, scratch=Path(scratch))
        made = RenderCaller(plugin).render(_report(config, records, shop, row), own)
        return made.read_text(encoding="utf-8")


def _report(config: Config, records: Records, shop: Workshop, row: VersionRow) -> RunReport:
    run = records.run(row.run)
    kept = {
        name: shop.store.load(Artifact.from_json(row.facts[name]))
        for name in ("evaluation", "verdict", "dataset")
    }
    since = records.verdicts(row.model, row.version)
    candidate = Candidate(
        name=row.candidate,
        digest=row.digest,
        evaluation=kept["evaluation"],
        version=row.version,
        size_bytes=row.artifact.size_bytes,
    )
    return RunReport(
        run=run.run,
        project=run.project,
        state=run.state,
        started=run.started,
        seconds=0.0,
        task=config.task,
        seed=run.seed,
        user=run.user,
        command=run.command,
        commit=run.commit,
        environment=run.environment,
        versions=run.versions,
        dataset=kept["dataset"],
        candidates=(candidate,),
        chosen=row.candidate,
        card=read_card(config.root, config.card),
        verdict=since[-1].verdict if since else kept["verdict"],
        version=row.told(),
        deployments=tuple(
            each.deployment
            for each in records.deployments(row.model, active_only=True)
            if each.deployment.version == row.version
        ),
    )

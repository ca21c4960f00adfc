"""The figures of the version in production, where the project's own records can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from fourstroke.artifacts.artifact import Artifact
from fourstroke.ci.results import Quality
from fourstroke.engine.workshop import Workshop
from fourstroke.errors import FourstrokeError, described
from fourstroke.project import Project

if TYPE_CHECKING:
    from pathlib import Path

    from fourstroke.config import Config
    from fourstroke.entities.facts import Evaluation
    from fourstroke.entities.run import RunReport


def quality_of(config: Config, report: RunReport, home: Path) -> Quality | None:
    """Put the chosen candidate's figures beside the champion's; nothing if none was trained.

    The champion's are those of its own run: on other rows, and of a model of all rows. The difference
    says where to look, and judges nothing.
    """
    chosen = next((each for each in report.candidates if each.name == report.chosen), None)
    if chosen is None:
        return None
    found = Quality(candidate=chosen.name, metrics=chosen.evaluation.metrics)
    if not config.records_url and not (config.home / "records.sqlite").is_file():
        return attrs.evolve(found, note="no records are within reach here")
    try:
        return _beside(found, config, home)
    except FourstrokeError as error:
        return attrs.evolve(found, note=f"the champion cannot be read: {error.line}")
    except Exception as error:  # noqa: BLE001 - a storage plugin; the comparison is a courtesy
        return attrs.evolve(found, note=f"the champion cannot be read: {described(error)}")


def _beside(found: Quality, config: Config, home: Path) -> Quality:
    with Project(config=config) as project:
        row = project.records.champion(config.model)
    if row is None:
        return attrs.evolve(found, note="there is no champion yet")
    # Its figures are in the project's store; scratch files are not written into the project.
    shop = Workshop.of(attrs.evolve(config, workplace=home, tables={}))
    known: Evaluation = shop.store.load(Artifact.from_json(row.facts["evaluation"]))
    return attrs.evolve(found, champion=row.version, champion_metrics=known.metrics)

"""The project as continuous integration runs it: on a sample, apart, and with nobody told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.config import PluginTable

if TYPE_CHECKING:
    from pathlib import Path

    from fourstroke.config import Config

# What reaches beyond the run: targets, people, channels, observers; and what needs a champion.
LEFT_OUT: Final = ("approve", "deploy", "batch", "monitor", "alert", "retrain", "observe")


def rehearsed(config: Config, home: Path, rows: int | None) -> Config:
    """Overlay a project so that its run touches nothing of the project and reaches nobody.

    Store, records, logs and reports go to a folder of their own, by the bundled storage. What
    approves, deploys, alerts, observes and operates is left out. Sources are read as they are; a
    pin is not followed, since the version that it names is in the project's own store.

    Parameters
    ----------
    config : Config
        The project file in force.
    home : Path
        The folder for store, records, logs and reports.
    rows : int, optional
        How many rows of the first source go on; ``None`` for all.
    """
    tables = {stage: () if stage in LEFT_OUT else each for stage, each in config.tables.items()}
    if rows is not None:
        tables["prepare"] = (_sample(config, rows), *tables.get("prepare", ()))
    return attrs.evolve(
        config,
        tables=tables,
        storage=PluginTable(
            stage="storage", name="storage", settings={"path": str(home / "store")}
        ),
        records_url=None,
        pin="",
        workplace=home,
    )


def _sample(config: Config, rows: int) -> PluginTable:
    """Give a preparation that stands in the place of the first source, whoever takes from it.

    A later step finds what it takes by name: this one has the name of the source.
    """
    source = config.tables["collect"][0].name
    return PluginTable(
        stage="prepare",
        name=source,
        use="sample",
        settings={"rows": rows, "for_task": True},
        where="the sample of fourstroke ci",
        inputs=(source,),
        training_only=True,
    )

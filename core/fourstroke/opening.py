"""Open the records that a project file names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke.plugins.build import records_url
from fourstroke.records import Records

if TYPE_CHECKING:
    from fourstroke.config import Config


def open_records(config: Config) -> Records:
    """Open the records of a project: those of ``[backends]``, or its own file.

    Raises
    ------
    ConfigError
        If a variable is not set that the address names.
    """
    own = f"sqlite:///{(config.home / 'records.sqlite').as_posix()}"
    return Records.open(records_url(config) or own, folder=config.home)

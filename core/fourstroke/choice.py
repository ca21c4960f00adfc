"""What a user wants to use for what: a plugin for a stage or service, or a database for the records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.errors import UsageError, nearest
from fourstroke.stages import STAGES, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

RECORDS: Final = "records"
# What the project file calls two services whose entry points are called otherwise.
_ALIASES: Final = {"runner": "executor", "report": "render"}
KINDS: Final = tuple(sorted([RECORDS, *(stage.name for stage in STAGES), *_ALIASES]))


@attrs.frozen(kw_only=True)
class Choice:
    """What is to be used for what.

    Parameters
    ----------
    kind : str
        A stage or service, or ``records``.
    step : str
        The name of the table that is meant; empty for the one of the plugin's name.
    use : str
        The plugin, or the URL of the records.
    settings : tuple of str
        Keys of the table, ``bucket=models``.
    environment : str
        Whose table is changed; empty for the file's own.
    """

    kind: str
    step: str
    use: str
    settings: tuple[str, ...] = ()
    environment: str = ""

    @classmethod
    def of(cls, kind: str, use: str, settings: Sequence[str], environment: str) -> Choice:
        """Read ``train:boosting``, and a stage by the key of its table too.

        Raises
        ------
        UsageError
            If there is no such stage or service; names the nearest.
        """
        word, _, step = kind.partition(":")
        paths = {".".join(stage.path): stage.name for stage in STAGES}
        found = {**paths, **_ALIASES, f"backends.{RECORDS}": RECORDS}.get(word, word)
        if found not in KINDS:
            hint = nearest(word, KINDS)
            raise UsageError(f"there is no stage or service {word!r}", hint=hint)
        if found == RECORDS and (step or settings):
            raise UsageError("records are one URL, without name and settings", where=RECORDS)
        choice = cls(
            kind=found, step=step, use=use, settings=tuple(settings), environment=environment
        )
        if found != RECORDS and choice.stage.is_single and step:
            hint = f"fourstroke use {word}"
            raise UsageError(f"there is one {word} only, without a name", where=kind, hint=hint)
        return choice

    @property
    def stage(self) -> Stage:
        """The stage or service."""
        return next(stage for stage in STAGES if stage.name == self.kind)

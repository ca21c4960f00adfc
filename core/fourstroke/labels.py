"""What people call versions of a model, as it stands now: the latest word counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

import attrs

if TYPE_CHECKING:
    from fourstroke.records.labels import LabelRow

# The alias of the version in production: derived from promotions, and moved by nothing else.
CHAMPION: Final = "champion"


@attrs.frozen(kw_only=True)
class Labels:
    """What people call one version.

    Parameters
    ----------
    aliases : tuple of str
        The names that stand for it, ``champion`` first.
    tags : mapping of str to str
        What it was tagged with.
    description : str
        What it is, in words.
    stage : str
        How far people moved it; empty if nobody did.
    is_retired : bool
        Whether it is out of use for good.
    """

    aliases: tuple[str, ...] = ()
    tags: Mapping[str, str] = attrs.field(factory=dict)
    description: str = ""
    stage: str = ""
    is_retired: bool = False

    @classmethod
    def of(cls, version: int, known: Iterable[LabelRow], *, is_champion: bool) -> Labels:
        """Gather the latest words on a version from all labels of its model, the oldest first."""
        rows = tuple(known)
        given = [name for name, number in aliases_of(rows).items() if number == version]
        own = [row for row in rows if row.version == version]
        tags = {row.name: row.value for row in own if row.kind == "tag"}
        latest = {row.kind: row.value for row in own}
        return cls(
            aliases=(*((CHAMPION,) if is_champion else ()), *given),
            tags={name: value for name, value in sorted(tags.items()) if value},
            description=latest.get("description", ""),
            stage=latest.get("stage", ""),
            is_retired="retired" in latest,
        )


def aliases_of(known: Iterable[LabelRow]) -> dict[str, int]:
    """Give each alias with the version that it stands for."""
    latest = {row.name: row.version for row in known if row.kind == "alias"}
    return {name: number for name, number in sorted(latest.items()) if number is not None}

"""The page of the catalog: every data set with its card, columns, versions, and the line that loads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fourstroke_report.page import template_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fourstroke import CatalogEntry


def catalog_html(entries: Sequence[CatalogEntry]) -> str:
    """Render the catalog; the same facts give the same bytes."""
    ordered = sorted(entries, key=lambda entry: (entry.name, entry.folder))
    return template_of("catalog.html").render(
        entries=ordered,
        projects=sorted({entry.project for entry in ordered}),
        unowned=[entry.name for entry in ordered if not entry.card.owner],
        stale=[entry.name for entry in ordered if entry.is_stale],
        profiles={
            (entry.folder, entry.name): {column.name: column for column in entry.profile.columns}
            if entry.profile
            else {}
            for entry in ordered
        },
    )

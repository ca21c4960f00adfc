"""What is installed: read from metadata; nothing is imported until somebody uses it.

The rules of names: a bundled name cannot be taken over; of two third parties with one name neither
wins; ``distribution/name`` always says which one is meant.
"""

from __future__ import annotations

import functools
import importlib.metadata
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.errors import PluginError, nearest
from fourstroke.plugins.offers import BUNDLED, DEFAULT, STAGES, Offer, as_said, offers_of
from fourstroke.plugins.requirement import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["BUNDLED", "DEFAULT", "STAGES", "Offer", "find", "installed"]

# What a project calls a batch is read by the same plugins as any other source.
_GROUP_OF_STAGE: Final = {"batch": "collect"}


@functools.cache
def installed() -> tuple[Offer, ...]:
    """List everything that is offered to fourstroke, sorted by stage, name and distribution.

    Reads metadata and imports nothing. Kept for the life of the process: what is installed while
    it runs is seen by the next one, or after ``installed.cache_clear()``.
    """
    offers = []
    seen: set[str] = set()
    for distribution in importlib.metadata.distributions():
        # An editable one may stand on the path twice: where it is installed, and beside its source.
        found = [one for one in offers_of(distribution) if canonical(one.distribution) not in seen]
        seen |= {canonical(offer.distribution) for offer in found}
        offers += found
    offers.sort(key=lambda offer: (offer.stage, offer.name, not offer.is_bundled, offer.who))
    return tuple(_with_clash(offer, offers) for offer in offers)


def find(stage: str, use: str | None) -> Offer:
    """Find what ``use`` means for a stage.

    Parameters
    ----------
    stage : str
        As in a plugin table: ``prepare``, ``batch``, ``storage``.
    use : str or None
        ``name`` or ``distribution/name``; ``None`` for the default, which only fourstroke itself
        gives.

    Raises
    ------
    PluginError
        If nothing has this name, several have it, or the one that has it does not fit this
        fourstroke.
    """
    group = _GROUP_OF_STAGE.get(stage, stage)
    offers = [offer for offer in installed() if offer.stage == group]
    if use is None:
        return _default(stage, offers)
    owner, _, name = use.rpartition("/")
    found = [offer for offer in offers if offer.name == name]
    if owner:
        found = [offer for offer in found if canonical(offer.distribution) == canonical(owner)]
    elif any(offer.is_bundled for offer in found):
        found = [offer for offer in found if offer.is_bundled]
    if not found:
        raise _unknown(stage, use, offers)
    if len(found) > 1:
        raise _ambiguous(stage, use, found)
    return found[0]


def _with_clash(offer: Offer, offers: Iterable[Offer]) -> Offer:
    """Say of an offer that its short name does not mean it, or not it alone."""
    if offer.problem or offer.is_bundled:
        return offer
    same = [o for o in offers if (o.stage, o.name) == (offer.stage, offer.name) and o is not offer]
    if not same:
        return offer
    rivals = " and ".join(dict.fromkeys(other.who for other in same))
    bundled = any(other.is_bundled for other in same)
    problem = f"its name is {'bundled' if bundled else f'also offered by {rivals}'}"
    return attrs.evolve(offer, problem=f'{problem}: write use = "{offer.full_name}"')


def _default(stage: str, offers: Sequence[Offer]) -> Offer:
    found = [offer for offer in offers if offer.is_bundled and offer.name == DEFAULT]
    if not found:
        names = nearest("", _names(offers)) or "none is installed"
        raise PluginError(f"{as_said(stage)} has no default", hint=f'add use = "..."; {names}')
    return found[0]


def _unknown(stage: str, use: str, offers: Sequence[Offer]) -> PluginError:
    owner, _, name = use.rpartition("/")
    if owner and (known := {o.distribution for o in offers}):
        same = [o for o in offers if canonical(o.distribution) == canonical(owner)]
        hint = nearest(name, _names(same)) if same else nearest(owner, known)
        return PluginError(f"no {as_said(stage)} plugin {use!r} is installed", hint=hint)
    elsewhere = [offer.kind for offer in installed() if offer.name == name != DEFAULT]
    hint = nearest(name, _names(offers)) or "none is installed for this stage"
    if elsewhere and not hint.startswith("did you mean"):
        hint = f"{name!r} serves {' and '.join(dict.fromkeys(elsewhere))}; {hint}"
    return PluginError(f"no {as_said(stage)} plugin {use!r} is installed", hint=hint)


def _ambiguous(stage: str, use: str, found: Sequence[Offer]) -> PluginError:
    who = " and ".join(f"{offer.who} ({offer.value})" for offer in found)
    names = list(dict.fromkeys(offer.full_name for offer in found))
    if len(names) == 1:
        return PluginError(f"{found[0].who} offers {as_said(stage)} {use!r} more than once: {who}")
    return PluginError(
        f"several distributions offer {as_said(stage)} {use!r}: {who}",
        hint=" or ".join(f'use = "{name}"' for name in names),
    )


def _names(offers: Iterable[Offer]) -> set[str]:
    return {offer.name for offer in offers} - {DEFAULT}

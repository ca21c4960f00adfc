"""What is installed: read from metadata; nothing is imported until somebody uses it.

The rules of names: a bundled name cannot be taken over; of two third parties with one name neither
wins; ``distribution/name`` always says which one is meant.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import re
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.errors import PluginError, nearest
from fourstroke.plugins.requirement import canonical, unmet
from fourstroke.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

BUNDLED: Final = "fourstroke"
DEFAULT: Final = "default"

# The stages and services that have a group of entry points of their own.
STAGES: Final = (
    *("collect", "prepare", "check", "split"),
    *("train", "evaluate", "explain"),
    *("validate", "approve", "deploy"),
    *("monitor", "alert", "retrain"),
    *("storage", "executor", "codec", "render", "observe"),
)
_OTHER_GROUPS: Final = ("commands", "template")
_PREFIX: Final = "fourstroke."
# What a project calls a batch is read by the same plugins as any other source.
_GROUP_OF_STAGE: Final = {"batch": "collect"}
_VALUE = re.compile(r"(?P<module>[\w.]+)\s*:\s*(?P<path>[\w.]+)\s*(\[.*\])?")


@attrs.frozen(kw_only=True)
class Offer:
    """One name that an installed distribution offers for a stage.

    Parameters
    ----------
    stage, name : str
        The stage or service, and what stands after ``use``.
    distribution, version : str
        Who offers it.
    value : str
        ``module:Class``.
    is_bundled : bool
        Whether it comes with fourstroke itself.
    problem : str
        What metadata tells against it; empty if nothing.
    is_usable : bool
        Whether it can be used all the same, under its full name ``distribution/name``.
    """

    stage: str
    name: str
    distribution: str
    version: str
    value: str
    is_bundled: bool
    problem: str = ""
    is_usable: bool = True

    @property
    def who(self) -> str:
        """The distribution with its version."""
        return f"{self.distribution} {self.version}"

    @property
    def full_name(self) -> str:
        """The name that nobody else has."""
        return f"{self.distribution}/{self.name}"

    def load(self) -> Any:
        """Import what is offered.

        Raises
        ------
        PluginError
            If it does not fit this fourstroke (then nothing is imported), or its import fails in
            whatever way.
        """
        where = f"plugin {self.name} ({self.who})"
        if not self.is_usable:
            raise PluginError(self.problem, where=where, hint=f"upgrade {self.distribution}")
        module, _, path = self.value.partition(":")
        try:
            found: Any = importlib.import_module(module)
        except (Exception, SystemExit) as error:
            message = f"it did not load: {type(error).__name__}: {error}"
            raise PluginError(message, where=where, hint=_advice(error, module)) from error
        for part in path.split("."):
            if not hasattr(found, part):
                hint = nearest(part, (name for name in vars(found) if not name.startswith("_")))
                raise PluginError(f"{module} has no {part!r}", where=where, hint=hint)
            found = getattr(found, part)
        return found


@functools.cache
def installed() -> tuple[Offer, ...]:
    """List everything that is offered to fourstroke, sorted by stage, name and distribution.

    Reads metadata and imports nothing. Kept for the life of the process: what is installed while
    it runs is seen by the next one, or after ``installed.cache_clear()``.
    """
    offers = [offer for found in importlib.metadata.distributions() for offer in _offers(found)]
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


def _offers(distribution: importlib.metadata.Distribution) -> Iterator[Offer]:
    try:
        text = distribution.read_text("entry_points.txt") or ""
        if _PREFIX not in text or _is_shadowed(distribution):
            return
        points = [p for p in distribution.entry_points if p.group.startswith(_PREFIX)]
        misfit = _misfit(distribution)
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the others have to be found
        yield _broken(distribution, error)
        return
    # One name twice in one group is more than metadata allows; which one is meant nobody knows.
    unique = dict.fromkeys((point.group, point.name, point.value) for point in points)
    for group, name, value in unique:
        yield _offer(distribution, group.removeprefix(_PREFIX), name, value, misfit)


def _offer(
    distribution: importlib.metadata.Distribution, stage: str, name: str, value: str, misfit: str
) -> Offer:
    found = _VALUE.fullmatch(value)
    problem = misfit
    if found is None:
        problem = problem or f"its entry point {value!r} is not of the form module:Class"
    elif stage not in STAGES and stage not in _OTHER_GROUPS:
        problem = problem or f"there is no stage {stage!r}: {nearest(stage, STAGES)}"
    return Offer(
        stage=stage,
        name=name,
        distribution=distribution.name,
        version=distribution.version,
        value=f"{found['module']}:{found['path']}" if found else value,
        is_bundled=canonical(distribution.name) == BUNDLED,
        problem=problem,
        is_usable=not problem,
    )


def _broken(distribution: importlib.metadata.Distribution, error: Exception) -> Offer:
    name = str(getattr(distribution, "_path", "unknown")).rpartition("/")[2]
    return Offer(
        stage="unknown",
        name=name,
        distribution=name,
        version="",
        value="",
        is_bundled=False,
        problem=f"its metadata cannot be read: {type(error).__name__}: {error}",
        is_usable=False,
    )


def _is_shadowed(distribution: importlib.metadata.Distribution) -> bool:
    """Whether Python would import another version, that comes first on the path."""
    first = importlib.metadata.distribution(distribution.name)
    return first.read_text("entry_points.txt") != distribution.read_text("entry_points.txt")


def _misfit(distribution: importlib.metadata.Distribution) -> str:
    if canonical(distribution.name) == BUNDLED:
        return ""
    requirement = unmet(distribution.requires or (), BUNDLED, __version__)
    return f"it needs {requirement}, and this is fourstroke {__version__}" if requirement else ""


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
        raise PluginError(f"{stage} has no default", hint=f'add use = "..."; {names}')
    return found[0]


def _unknown(stage: str, use: str, offers: Sequence[Offer]) -> PluginError:
    owner, _, name = use.rpartition("/")
    if owner and (known := {o.distribution for o in offers}):
        same = [o for o in offers if canonical(o.distribution) == canonical(owner)]
        hint = nearest(name, _names(same)) if same else nearest(owner, known)
        return PluginError(f"no {stage} plugin {use!r} is installed", hint=hint)
    elsewhere = [offer.stage for offer in installed() if offer.name == name != DEFAULT]
    hint = nearest(name, _names(offers)) or "none is installed for this stage"
    if elsewhere and not hint.startswith("did you mean"):
        hint = f"{name!r} serves {' and '.join(dict.fromkeys(elsewhere))}; {hint}"
    return PluginError(f"no {stage} plugin {use!r} is installed", hint=hint)


def _ambiguous(stage: str, use: str, found: Sequence[Offer]) -> PluginError:
    who = " and ".join(f"{offer.who} ({offer.value})" for offer in found)
    names = list(dict.fromkeys(offer.full_name for offer in found))
    if len(names) == 1:
        return PluginError(f"{found[0].who} offers {stage} {use!r} more than once: {who}")
    return PluginError(
        f"several distributions offer {stage} {use!r}: {who}",
        hint=" or ".join(f'use = "{name}"' for name in names),
    )


def _names(offers: Iterable[Offer]) -> set[str]:
    return {offer.name for offer in offers} - {DEFAULT}


def _advice(error: BaseException, module: str) -> str:
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return ""
    missing = error.name.partition(".")[0]
    return "" if missing == module.partition(".")[0] else f"install what brings {missing}"

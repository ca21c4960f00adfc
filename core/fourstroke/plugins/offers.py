"""What one installed distribution offers: read from its metadata, imported when it is used."""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from fourstroke.errors import PluginError, described, nearest
from fourstroke.plugins.requirement import canonical, unmet
from fourstroke.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

BUNDLED: Final = "fourstroke"
DEFAULT: Final = "default"

# The stages and services that have a group of entry points of their own.
STAGES: Final = (
    *("collect", "prepare", "check", "split", "audit"),
    *("train", "evaluate", "explain"),
    *("validate", "approve", "deploy"),
    *("monitor", "alert", "retrain"),
    *("storage", "executor", "codec", "render", "observe"),
)
_OTHER_GROUPS: Final = ("commands", "template")
_PREFIX: Final = "fourstroke."
_VALUE = re.compile(r"(?P<module>[\w.]+)\s*:\s*(?P<path>[\w.]+)\s*(\[.*\])?")


# Project files say it so; the group of entry points keeps its name.
_SAID: Final = {"executor": "runner"}


def as_said(stage: str) -> str:
    """Give the word of project files for a stage or service."""
    return _SAID.get(stage, stage)


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
    def kind(self) -> str:
        """The stage or service as project files call it."""
        return as_said(self.stage)

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
            message = f"it did not load: {described(error)}"
            told = PluginError(message, where=where, hint=_advice(error, module))
            told.frames = _own_frames(error, module)
            raise told from error
        for part in path.split("."):
            if not hasattr(found, part):
                hint = nearest(part, (name for name in vars(found) if not name.startswith("_")))
                raise PluginError(f"{module} has no {part!r}", where=where, hint=hint)
            found = getattr(found, part)
        return found


def _own_frames(error: BaseException, module: str) -> tuple[str, ...]:
    """Give what of a failed import is the plugin's own: its package may be half imported."""
    package = module.partition(".")[0]
    with contextlib.suppress(Exception):  # its finder, its __init__: whatever is wrong
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin:
            from fourstroke.plugins.own_frames import OwnCode, own_frames  # noqa: PLC0415 - for failures

            path = Path(spec.origin)
            place = path.parent if spec.submodule_search_locations else path
            return own_frames(error, OwnCode(place, (place,)))
    return ()


def offers_of(distribution: importlib.metadata.Distribution) -> Iterator[Offer]:
    """List what a distribution offers; one that cannot be read is one offer with a problem."""
    try:
        text = distribution.read_text("entry_points.txt") or ""
        if _PREFIX not in text:
            return
        # Once: each look at a name or version parses the whole file.
        metadata = distribution.metadata
        name, version = metadata["Name"], metadata["Version"]
        if _is_shadowed(name, text):
            return
        points = [p for p in distribution.entry_points if p.group.startswith(_PREFIX)]
        is_bundled = canonical(name) == BUNDLED
        misfit = "" if is_bundled else _misfit(distribution)
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the others have to be found
        yield _broken(distribution, error)
        return
    # One name twice in one group is more than metadata allows; which one is meant nobody knows.
    unique = dict.fromkeys((point.group, point.name, point.value) for point in points)
    for group, point, value in unique:
        stage = group.removeprefix(_PREFIX)
        found = _VALUE.fullmatch(value)
        problem = misfit or _fault(stage, value)
        yield Offer(
            stage=stage,
            name=point,
            distribution=name,
            version=version,
            value=f"{found['module']}:{found['path']}" if found else value,
            is_bundled=is_bundled,
            problem=problem,
            is_usable=not problem,
        )


def _fault(stage: str, value: str) -> str:
    if not _VALUE.fullmatch(value):
        return f"its entry point {value!r} is not of the form module:Class"
    if stage not in STAGES and stage not in _OTHER_GROUPS:
        return f"there is no stage {stage!r}: {nearest(stage, STAGES)}"
    return ""


def _broken(distribution: importlib.metadata.Distribution, error: Exception) -> Offer:
    name = str(getattr(distribution, "_path", "unknown")).rpartition("/")[2]
    return Offer(
        stage="unknown",
        name=name,
        distribution=name,
        version="",
        value="",
        is_bundled=False,
        problem=f"its metadata cannot be read: {described(error)}",
        is_usable=False,
    )


def _is_shadowed(name: str, entry_points: str) -> bool:
    """Whether Python would import another version, that comes first on the path."""
    first = importlib.metadata.distribution(name)
    return first.read_text("entry_points.txt") != entry_points


def _misfit(distribution: importlib.metadata.Distribution) -> str:
    requirement = unmet(distribution.requires or (), BUNDLED, __version__)
    return f"it needs {requirement}, and this is fourstroke {__version__}" if requirement else ""


def _advice(error: BaseException, module: str) -> str:
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return ""
    missing = error.name.partition(".")[0]
    return "" if missing == module.partition(".")[0] else f"install what brings {missing}"

"""The plugin that an author means: in a file of a project, installed, or in a distribution's folder."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import attrs

from fourstroke.authoring.kinds import known_stage, stage_of
from fourstroke.errors import UsageError, nearest
from fourstroke.plugins.discovery import DEFAULT, STAGES, Offer, find, installed
from fourstroke.plugins.implementations import implementations
from fourstroke.plugins.inhouse import is_inhouse, load_module, load_object

if TYPE_CHECKING:
    from fourstroke.config import Config


@attrs.frozen(kw_only=True)
class Target:
    """One plugin, found and imported.

    Parameters
    ----------
    found : object
        The class or function.
    stage : str
        The stage that it serves.
    use : str
        How a project file names it.
    file : Path
        The file that holds it, relative to the project; for what is installed an empty path.
    """

    found: Any
    stage: str
    use: str
    file: Path = Path()

    @property
    def called(self) -> str:
        """The name of the class or function."""
        return str(self.found.__name__)

    @classmethod
    def of(cls, root: Path, use: str, *, stage: str, config: Config | None) -> Self:
        """Find a plugin by what a user calls it: a file of the project, or the name of an installed one.

        Parameters
        ----------
        root : Path
            The project's folder.
        use : str
            ``steps/no_pii.py:no_pii``, ``check/table``, or ``table`` if one stage alone has it.
        stage, config
            As for `in_file`.

        Raises
        ------
        UsageError
            If there is none of this name.
        PluginError
            If it does not load.
        """
        if is_inhouse(use):
            return cls.in_file(root, use, stage=stage, config=config)
        offer = _offer(use, stage)
        return cls(found=offer.load(), stage=offer.stage, use=offer.name)

    @classmethod
    def in_file(cls, root: Path, use: str, *, stage: str, config: Config | None) -> Self:
        """Find a plugin in a file of a project.

        Parameters
        ----------
        root : Path
            The project's folder.
        use : str
            ``steps/no_pii.py:no_pii``, or the file alone if it holds one plugin.
        stage : str
            The stage, if it is known; else empty.
        config : Config, optional
            The project, whose use of it tells the stage.

        Raises
        ------
        UsageError
            If the file holds none, or several, or the stage cannot be told.
        PluginError
            If it does not load.
        """
        file, _, name = use.rpartition(":") if ".py:" in use else (use, "", "")
        if not name:
            name = _only(load_module(root, file), file)
        use = f"{file}:{name}"
        found = load_object(root, use)
        told = known_stage(stage) if stage else stage_of(found, use=use, config=config)
        return cls(found=found, stage=told, use=use, file=Path(file))


def _offer(use: str, stage: str) -> Offer:
    """Find what is installed under ``name``, ``stage/name`` or ``distribution/name``."""
    first, _, name = use.rpartition("/")
    if first in STAGES:
        return find(first, name)
    stages = {each.stage for each in installed() if each.name == name} & {*STAGES}
    if stage:
        return find(known_stage(stage), use)
    if len(stages) == 1:
        return find(stages.pop(), use)
    if stages:
        names = " or ".join(sorted(f"{each}/{name}" for each in stages))
        raise UsageError("several stages have a plugin of this name", where=use, hint=names)
    known = {each.name for each in installed() if each.stage in STAGES} - {DEFAULT}
    raise UsageError(f"there is no plugin {use!r}", hint=nearest(name, known))


def _only(module: Any, file: str) -> str:
    """Name the one plugin of a file: a class with hooks, else its one public function."""
    own: dict[str, object] = {
        name: each
        for name, each in vars(module).items()
        if not name.startswith("_") and getattr(each, "__module__", "") == module.__name__
    }
    classes = [
        name for name, each in own.items() if isinstance(each, type) and implementations(each)
    ]
    found = classes or [name for name, each in own.items() if inspect.isfunction(each)]
    if len(found) == 1:
        return found[0]
    what = f"it holds several: {', '.join(found)}" if found else "it holds no plugin"
    raise UsageError(what, where=file, hint=f"name one: {file}:{found[0] if found else 'NAME'}")

"""Hold plugins to their contracts without a test runner: what is installed, a file, or a whole distribution."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fourstroke.errors import FourstrokeError, PluginError, UsageError
from fourstroke.plugins.offers import STAGES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fourstroke.authoring.target import Target
    from fourstroke.testing import Contract

_PREFIX = "fourstroke."


def contract_of(stage: str) -> type[Contract]:
    """Give the contract of a stage or service."""
    module = importlib.import_module(f"fourstroke.testing.contracts.{stage}")
    found: type[Contract] = getattr(module, f"{stage.capitalize()}Contract")
    return found


def held(target: Target, more: Mapping[str, Any]) -> type[Contract]:
    """Make a contract for one plugin, without a test.

    Parameters
    ----------
    target : Target
        The plugin.
    more : mapping
        Attributes of the contract: ``settings``, ``task``, ``sample``.
    """
    name = f"{target.stage} {target.called}"
    return type(name, (contract_of(target.stage),), {"plugin": target.found, **more})


def of_tests(file: Path, *, called: str = "") -> list[type[Contract]]:
    """List the contracts that a test file holds plugins to.

    Parameters
    ----------
    file : Path
        A test file; its own folder comes first where it imports from, as under pytest.
    called : str
        The class or function that is meant; empty for all.

    Raises
    ------
    PluginError
        If the file does not import.
    """
    from fourstroke.testing.contract import Contract  # noqa: PLC0415 - it needs pandas

    module = _imported(file)
    contracts = [
        each
        for each in vars(module).values()
        if isinstance(each, type)
        and issubclass(each, Contract)
        and each.__module__ == module.__name__
    ]
    return [each for each in contracts if not called or _name_of(each) == called]


def of_distribution(folder: Path) -> list[type[Contract]]:
    """List the contracts of all plugins that the distribution in a folder offers.

    Those that its tests hold, and one without a test for each plugin that they leave out.

    Raises
    ------
    UsageError
        If the folder holds no distribution, or one that offers nothing.
    PluginError
        If something of it does not import.
    """
    offered = _offered(folder)
    for source in (folder / "src", folder):
        if source.is_dir() and str(source) not in sys.path:
            sys.path.insert(0, str(source))
    found = [
        contract
        for file in sorted((folder / "tests").glob("test_*.py"))
        for contract in of_tests(file)
    ]
    tested = {(each.stage, _name_of(each)) for each in found}
    for stage, value in offered:
        plugin = _loaded(value)
        if (stage, plugin.__name__) not in tested:
            name = f"{stage} {plugin.__name__}"
            found.append(type(name, (contract_of(stage),), {"plugin": plugin}))
    return found


def _offered(folder: Path) -> list[tuple[str, str]]:
    file = folder / "pyproject.toml"
    try:
        project = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {})
    except FileNotFoundError:
        hint = "name a file of a project, a distribution's folder, or what is installed"
        raise UsageError("there is no pyproject.toml", where=str(folder), hint=hint) from None
    except (OSError, ValueError) as error:
        raise UsageError(f"it cannot be read: {error}", where=str(file)) from error
    points = project.get("entry-points", {})
    offered = [
        (group.removeprefix(_PREFIX), value)
        for group, entries in points.items()
        if group.startswith(_PREFIX) and group.removeprefix(_PREFIX) in STAGES
        for value in dict.fromkeys(entries.values())
    ]
    if not offered:
        hint = '[project.entry-points."fourstroke.STAGE"]'
        raise UsageError("it offers no plugin for a stage", where=str(file), hint=hint)
    return offered


def _loaded(value: str) -> Any:
    module, _, name = value.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (Exception, SystemExit) as error:
        text = f"it did not load: {type(error).__name__}: {error}"
        raise PluginError(text, where=value) from error


def _imported(file: Path) -> Any:
    name = f"_fourstroke_contracts_{file.stem}_{abs(hash(file))}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise PluginError("it is no Python file", where=str(file))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with _first_on_path(file.parent):
            spec.loader.exec_module(module)
    except FourstrokeError:
        raise
    except (Exception, SystemExit) as error:
        text = f"it did not load: {type(error).__name__}: {error}"
        raise PluginError(text, where=str(file)) from error
    return module


@contextlib.contextmanager
def _first_on_path(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


def _name_of(contract: type[Contract]) -> str:
    plugin = contract.declared()
    return plugin.__name__ if isinstance(plugin, type) else type(plugin).__name__

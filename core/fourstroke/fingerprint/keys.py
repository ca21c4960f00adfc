"""Cache keys: all that a step's result depends on, part by part, and what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.artifacts.digest import canonical_json, digest_json
from fourstroke.fingerprint.editable import sources_of
from fourstroke.fingerprint.modules import import_closure
from fourstroke.plugins.build import require_file
from fourstroke.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.config import Config
    from fourstroke.plan import Step
    from fourstroke.plugins.build import BuiltPlugin

# Part of every key: raise it when the meaning of a key or of a stored result changes.
KEY_FORMAT = "1"


@attrs.frozen
class Key:
    """The key of one step: its digest, and the parts that it was made of.

    Parts are kept so that a plan can name the one that changed. Secrets stand in them as
    ``${NAME}``, files as paths relative to the project, so that a key is the same on every machine.
    """

    digest: str
    parts: Mapping[str, str]


def key_of(
    step: Step,
    inputs: Mapping[str, Artifact],
    config: Config,
    digest_file: Callable[[Path], str],
    *,
    source: str = "",
) -> Key:
    """Compute the key of a step from what it takes.

    Parameters
    ----------
    step : Step
        The step.
    inputs : mapping of str to Artifact
        Its inputs, as far as they are there.
    config : Config
        The project file in force.
    digest_file : callable
        Gives the digest of a project file's content.
    source : str
        The state of the source, for a step that reads one.
    """
    parts = {"format": KEY_FORMAT, "stage": step.stage, "seed": str(config.seed)}
    parts |= {
        f"task.{name}": _text(value) for name, value in attrs.asdict(config.task).items() if value
    }
    parts |= {f"input.{name}": artifact.digest for name, artifact in inputs.items()}
    if source:
        parts["source"] = source
    if not step.plugins:
        parts["plugin"] = f"fourstroke {__version__}"
    for index, plugin in enumerate(step.plugins):
        prefix = "" if index == 0 else f"{plugin.table.stage}.{plugin.table.name}."
        parts |= _plugin_parts(plugin, config.root, digest_file, prefix)
    return Key(digest_json(parts), parts)


def what_changed(now: Mapping[str, str], before: Mapping[str, str] | None) -> str:
    """Say in a few words why a key is not the one that it was.

    The nearest cause comes first: code and settings before inputs, since a person changes those.

    Examples
    --------
    >>> what_changed({"settings.limit": "3.0"}, {"settings.limit": "4.0"})
    'limit: 4.0 -> 3.0'
    >>> what_changed({"input.data": "blake3:aa"}, None)
    'never ran before'
    """
    if before is None:
        return "never ran before"
    changed = [name for name in {**before, **now} if now.get(name) != before.get(name)]
    if not changed:
        return "its result is gone"
    changed.sort(key=_nearness)
    return _in_words(changed[0], before.get(changed[0]), now.get(changed[0]))


def _plugin_parts(
    plugin: BuiltPlugin, root: Path, digest_file: Callable[[Path], str], prefix: str
) -> dict[str, str]:
    identity = plugin.identity
    if identity.kind == "file":
        parts = {f"{prefix}plugin": f"{identity.file}:{identity.value.rpartition(':')[2]}"}
        for path in import_closure(root, root / identity.file):
            parts[f"{prefix}code.{path.as_posix()}"] = digest_file(root / path)
    else:
        version = f"{identity.distribution} {identity.version}"
        parts = {f"{prefix}plugin": f"{version} {identity.value}"}
        sources = sources_of(identity.distribution, identity.value, digest_file)
        parts |= {f"{prefix}code.{name}": digest for name, digest in sources.items()}
    parts |= {
        f"{prefix}settings.{name}": _text(value) for name, value in plugin.table.settings.items()
    }
    for file in plugin.table.depends:
        require_file(root / file, file, f"{plugin.table.where}.depends")
        parts[f"{prefix}depends.{file}"] = digest_file(root / file)
    return parts


def _text(value: Any) -> str:
    return canonical_json(value).decode()


def _nearness(name: str) -> tuple[int, str]:
    order = ("code.", "settings.", "plugin", "depends.", "seed", "task.", "source", "format")
    rank = next((rank for rank, part in enumerate(order) if part in name), len(order))
    return rank, name


def _in_words(name: str, before: str | None, now: str | None) -> str:
    kind, _, rest = name.partition(".")
    words = {
        "code": f"code of {rest} changed",
        "input": f"its input {rest} changed",
        "source": "the source changed",
        "depends": f"{rest} changed",
        "format": "fourstroke keeps results in another form now",
    }
    if kind in words and before is not None and now is not None:
        return words[kind]
    if kind == "code":
        return f"{rest} is {'new' if before is None else 'no longer imported'}"
    short = name.removeprefix("settings.")
    return f"{short}: {before or 'not set'} -> {now or 'not set'}"

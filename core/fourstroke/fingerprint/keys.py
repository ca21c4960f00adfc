"""Cache keys: all that a step's result depends on, part by part, and what changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from fourstroke.artifacts.digest import canonical_json, digest_json
from fourstroke.fingerprint.editable import sources_of
from fourstroke.fingerprint.modules import import_closure
from fourstroke.fingerprint.named_files import files_named
from fourstroke.fingerprint.reads import facts_read, files_of
from fourstroke.plugins.build import require_file
from fourstroke.plugins.offers import BUNDLED
from fourstroke.plugins.requirement import canonical
from fourstroke.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from fourstroke.artifacts.artifact import Artifact
    from fourstroke.config import Config
    from fourstroke.plan import Step
    from fourstroke.plugins.build import BuiltPlugin

# Part of every key: raise it when the meaning of a key or of a stored result changes.
KEY_FORMAT = "2"

_HOME = ".fourstroke"


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
    # 0 and false are values: the positive class may be either.
    parts |= {
        f"task.{name}": _text(value)
        for name, value in attrs.asdict(config.task).items()
        if value not in (None, "", ())
    }
    parts |= {f"core.{name}": _text(value) for name, value in step.settings.items()}
    parts |= {f"input.{name}": artifact.digest for name, artifact in inputs.items()}
    if len(inputs) > 1:
        # The first input is what a preparation works on, and the first among equal candidates wins.
        parts["order"] = _text(list(inputs))
    if source:
        parts["source"] = source
    if not step.plugins:
        parts["plugin"] = f"fourstroke {__version__}"
    for index, plugin in enumerate(step.plugins):
        prefix = "" if index == 0 else f"{plugin.table.stage}.{plugin.table.name}."
        parts |= plugin_parts(plugin, config, digest_file, prefix)
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


def plugin_parts(
    plugin: BuiltPlugin, config: Config, digest_file: Callable[[Path], str], prefix: str = ""
) -> dict[str, str]:
    """Give what names a plugin: its version or source, its settings, and the files that it reads."""
    identity, root = plugin.identity, config.root
    if identity.kind == "file":
        parts = {f"{prefix}plugin": f"{identity.file}:{identity.value.rpartition(':')[2]}"}
        closure = import_closure(root, root / identity.file)
        for path in closure:
            parts[f"{prefix}code.{path.as_posix()}"] = digest_file(root / path)
        parts |= _context_parts([root / path for path in closure], config, prefix)
    else:
        version = f"{identity.distribution} {identity.version}"
        parts = {f"{prefix}plugin": f"{version} {identity.value}"}
        sources = sources_of(identity.distribution, identity.value, digest_file)
        parts |= {f"{prefix}code.{name}": digest for name, digest in sources.items()}
        if canonical(identity.distribution) != BUNDLED:
            files = files_of(identity.value.partition(":")[0])
            parts |= _context_parts(files, config, prefix)
    parts |= {
        f"{prefix}settings.{name}": _text(value) for name, value in plugin.table.settings.items()
    }
    named = files_named(plugin.instance, plugin.table.stage, root / _HOME)
    parts |= {f"{prefix}file.{name}": digest_file(path) for name, path in named.items()}
    for file in plugin.table.depends:
        require_file(root / file, file, f"{plugin.table.where}.depends")
        parts[f"{prefix}depends.{file}"] = digest_file(root / file)
    return parts


def _context_parts(files: Iterable[Path], config: Config, prefix: str) -> dict[str, str]:
    facts = {
        "environment": config.environment,
        "project": config.name,
        "settings": digest_json(config.values),
    }
    return {f"{prefix}context.{name}": facts[name] for name in sorted(facts_read(files))}


def _text(value: Any) -> str:
    return canonical_json(value).decode()


def _nearness(name: str) -> tuple[int, str]:
    order = (
        "code.",
        "settings.",
        "core.",
        "order",
        "plugin",
        "depends.",
        "file.",
        "seed",
        "task.",
        "source",
        "format",
    )
    rank = next((rank for rank, part in enumerate(order) if part in name), len(order))
    return rank, name


def _in_words(name: str, before: str | None, now: str | None) -> str:
    kind, _, rest = name.partition(".")
    words = {
        "code": f"code of {rest} changed",
        "input": f"its input {rest} changed",
        "source": "the source changed",
        "depends": f"{rest} changed",
        "file": f"the file of its setting {rest} changed",
        "context": f"the {rest} in force changed",
        "order": "its inputs come in another order",
        "format": "fourstroke keeps results in another form now",
    }
    if name.endswith("context.settings"):
        return "the project file changed, and its code reads context.settings"
    if kind in words and before is not None and now is not None:
        return words[kind]
    if kind == "file":
        return f"the file of its setting {rest} is {'there now' if before is None else 'gone'}"
    if kind == "code":
        return f"{rest} is {'new' if before is None else 'no longer imported'}"
    short = name.removeprefix("settings.").removeprefix("core.")
    return f"{short}: {before or 'not set'} -> {now or 'not set'}"

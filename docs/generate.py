"""Write docs/reference/ from the code: hooks, plugins, project file, commands, Python.

Run ``python docs/generate.py`` after a change. ``--check`` writes nothing and names the pages that
are not what the code says; a test runs it.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from pathlib import Path
from typing import Any

import attrs
import click

import fourstroke
from fourstroke import errors
from fourstroke.cli.main import cli
from fourstroke.config import json_schema
from fourstroke.hooks import data, development, events, model, operations, services
from fourstroke.plugins.discovery import installed

REFERENCE = Path(__file__).parent / "reference"

SPECIFICATIONS = (
    ("The data cycle", data.DataHooks),
    ("The model cycle", model.ModelHooks),
    ("The development cycle", development.DevelopmentHooks),
    ("The operations cycle", operations.OperationsHooks),
    ("Storage", services.StorageHooks),
    ("Codecs", services.CodecHooks),
    ("Executors", services.ExecutorHooks),
    ("Report formats", services.RenderHooks),
    ("Events", events.EventHooks),
)


def pages() -> dict[str, str]:
    """Give every page of the reference by its file name."""
    return {
        "hooks.md": _hooks(),
        "plugins.md": _plugins(),
        "project-file.md": _project_file(),
        "command-line.md": _command_line(),
        "python.md": _python(),
        "exit-codes.md": _exit_codes(),
    }


def _hooks() -> str:
    lines = ["# Hooks", "", "What a plugin can do, in the order in which it is called.", ""]
    for title, specification in SPECIFICATIONS:
        lines += [f"## {title}", ""]
        for name, hook in vars(specification).items():
            if name.startswith("_") or not callable(hook):
                continue
            lines += [f"### {name}", "", "```python", f"def {name}{_signature(hook)}", "```", ""]
            lines += [_prose(hook), ""]
    return "\n".join(lines)


def _plugins() -> str:
    lines = ["# Bundled plugins", "", "What `use` may say without installing anything else.", ""]
    seen: set[tuple[str, str]] = set()
    for offer in sorted(installed(), key=lambda item: (item.stage, item.name)):
        if not offer.is_bundled or offer.name == "default" or offer.stage in {"codec", "template"}:
            continue
        if (offer.stage, offer.value) in seen:
            continue
        seen.add((offer.stage, offer.value))
        module, _, name = offer.value.partition(":")
        plugin = getattr(importlib.import_module(module), name)
        lines += [f"## {offer.stage}: {offer.name}", "", _prose(plugin), ""]
        settings = [field for field in attrs.fields(plugin) if not field.name.startswith("_")]
        if settings:
            lines += ["| setting | type | default |", "| --- | --- | --- |"]
            lines += [
                f"| `{field.name}` | `{_type(field)}` | {_default(field)} |" for field in settings
            ]
            lines += [""]
    return "\n".join(lines)


def _project_file() -> str:
    lines = [
        "# The project file",
        "",
        "`fourstroke.toml`, key by key. `fourstroke config schema` prints its JSON Schema.",
        "",
        "| key | type | meaning |",
        "| --- | --- | --- |",
    ]
    schema = json_schema()
    lines += _schema_rows(schema, "", schema)
    return "\n".join([*lines, ""])


def _schema_rows(
    schema: dict[str, Any], path: str, whole: dict[str, Any], depth: int = 0
) -> list[str]:
    rows = []
    for name, part in schema.get("properties", {}).items():
        key = f"{path}.{name}" if path else name
        resolved = _resolved(part, whole)
        kind = resolved.get("type") or (
            "table or array of tables" if "oneOf" in resolved or "anyOf" in resolved else "any"
        )
        text = " ".join(str(resolved.get("description", "")).split())
        rows.append(f"| `{key}` | {kind} | {text} |".replace("[", "\\["))
        if depth < 2:  # noqa: PLR2004 - tables of a stage are described once, under "plugin tables"
            rows += _schema_rows(resolved, key, whole, depth + 1)
    return rows


def _resolved(part: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    reference = part.get("$ref")
    if not reference:
        return part
    found: Any = whole
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return {**found, **{key: value for key, value in part.items() if key != "$ref"}}


def _command_line() -> str:
    lines = ["# Command line", ""]
    context = _context(cli, "fourstroke", None)
    lines += _command_pages(cli, context)
    return "\n".join(lines)


def _command_pages(command: click.Command, context: click.Context) -> list[str]:
    lines = [
        f"## {context.command_path}",
        "",
        "```text",
        command.get_help(context).rstrip(),
        "```",
        "",
    ]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is None or child.hidden:
                continue
            lines += _command_pages(child, _context(child, name, context))
    return lines


def _context(command: click.Command, name: str, parent: click.Context | None) -> click.Context:
    width = {"terminal_width": 96, "max_content_width": 96}
    settings = {**command.context_settings, **width}
    return click.Context(command, info_name=name, parent=parent, **settings)


def _python() -> str:
    lines = ["# Python", "", "Everything that `from fourstroke import ...` gives.", ""]
    for name in fourstroke.__all__:
        if name.startswith("_"):
            continue
        value = getattr(fourstroke, name)
        lines += [f"## {name}", "", _prose(value), ""]
        for method, function in _methods(value):
            lines += [f"### {name}.{method}{_signature(function)}", "", _prose(function), ""]
    return "\n".join(lines)


def _methods(value: Any) -> list[tuple[str, Any]]:
    if not inspect.isclass(value) or issubclass(value, BaseException | Warning):
        return []
    return [
        (name, getattr(part, "__func__", part))
        for name, part in vars(value).items()
        if not name.startswith("_") and (inspect.isfunction(part) or isinstance(part, classmethod))
    ]


def _exit_codes() -> str:
    lines = ["# Exit codes", "", "| code | class | meaning |", "| --- | --- | --- |"]
    lines += ["| 0 | | done |"]
    for name, value in vars(errors).items():
        if inspect.isclass(value) and issubclass(value, errors.FourstrokeError):
            first = (value.__doc__ or "").splitlines()[0]
            lines.append(f"| {value.exit_code} | `{name}` | {first} |")
    lines += [
        "| 70 | | a fault of fourstroke itself |",
        "| 130, 143 | | interrupted, terminated |",
        "",
    ]
    return "\n".join(lines)


def _signature(function: Any) -> str:
    return str(inspect.signature(inspect.unwrap(function))).replace("'", "")


def _prose(value: Any) -> str:
    text = inspect.cleandoc(value.__doc__ or "")
    for heading in ("Parameters", "Returns", "Raises", "Notes", "Examples", "Yields"):
        text = text.replace(f"{heading}\n{'-' * len(heading)}", f"**{heading}**\n")
    return "\n".join(_bullet(line) for line in text.splitlines())


def _bullet(line: str) -> str:
    name, colon, kind = line.partition(" : ")
    if colon and not line.startswith(" ") and len(name) < 60:  # noqa: PLR2004 - a name
        return f"- `{name}`: *{kind}*  "
    return line


def _type(field: Any) -> str:
    kind = (
        field.type
        if isinstance(field.type, str)
        else getattr(field.type, "__name__", str(field.type))
    )
    return str(kind).replace("|", "\\|")


def _default(field: Any) -> str:
    if field.default is attrs.NOTHING:
        return "required"
    value = field.default.factory() if isinstance(field.default, attrs.Factory) else field.default
    return f"`{value.as_posix() if isinstance(value, Path) else value!r}`"


def main(arguments: list[str]) -> int:
    """Write all pages, or with ``--check`` name those that are stale and give 1."""
    REFERENCE.mkdir(exist_ok=True)
    texts = {REFERENCE / name: text.rstrip() + "\n" for name, text in pages().items()}
    if "--check" in arguments:
        stale = [
            path.name
            for path, text in texts.items()
            if not path.exists() or path.read_text(encoding="utf-8") != text
        ]
        sys.stdout.write("".join(f"{name}\n" for name in stale))
        return int(bool(stale))
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

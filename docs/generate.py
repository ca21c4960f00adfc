"""Write docs/reference/ from the code: hooks, plugins, contracts, project file, commands, Python.

Run ``python docs/generate.py`` after a change. ``--check`` writes nothing and names the pages that
are not what the code says; a test runs it.
"""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path

import click
import contracts_page
import plugins_page
import project_page
import python_page
from prose import prose, signature

from fourstroke import errors
from fourstroke.cli.main import cli
from fourstroke.hooks import data, development, events, model, operations, services, tables
from fourstroke_report.schema import monitoring_schema, schema

REFERENCE = Path(__file__).parent / "reference"

SPECIFICATIONS = (
    ("The data cycle", data.DataHooks),
    ("The model cycle", model.ModelHooks),
    ("The development cycle", development.DevelopmentHooks),
    ("The operations cycle", operations.OperationsHooks),
    ("Storage", services.StorageHooks),
    ("Codecs", services.CodecHooks),
    ("Codecs of tables", tables.TableHooks),
    ("Executors", services.ExecutorHooks),
    ("Report formats", services.RenderHooks),
    ("Events", events.EventHooks),
)


def pages() -> dict[str, str]:
    """Give every page of the reference by its file name."""
    return {
        "hooks.md": _hooks(),
        "plugins.md": plugins_page.page(),
        "project-file.md": project_page.page(),
        "command-line.md": _command_line(),
        "python.md": python_page.page(),
        "exit-codes.md": _exit_codes(),
        "contracts.md": contracts_page.page(),
        "report.schema.json": json.dumps(schema(), indent=1),
        "monitoring.schema.json": json.dumps(monitoring_schema(), indent=1),
    }


def _hooks() -> str:
    lines = ["# Hooks", "", "What a plugin can do, in the order in which it is called.", ""]
    for title, specification in SPECIFICATIONS:
        lines += [f"## {title}", ""]
        for name, hook in vars(specification).items():
            if name.startswith("_") or not callable(hook):
                continue
            lines += [f"### {name}", "", "```python", f"def {name}{signature(hook)}", "```", ""]
            lines += [prose(hook), ""]
    return "\n".join(lines)


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

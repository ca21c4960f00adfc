"""Pages beside the report of a run: rendered by the project's own renderer, or by the bundled one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fourstroke.artifacts import files
from fourstroke.config import PluginTable
from fourstroke.outside import outside
from fourstroke.plugins.build import BuiltPlugin, build
from fourstroke.plugins.services import RenderCaller

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fourstroke.project import Project


def write_page(project: Project, hook: str, path: Path, given: Mapping[str, Any]) -> Path:
    """Render a page and put it in its place, whole or not at all.

    Parameters
    ----------
    project : Project
        Whose renderers are asked; the first that has the hook renders.
    hook : str
        ``render_profile`` or another one of renderers.
    path : Path
        Where the page goes.
    given : mapping
        The hook's arguments, but for the context.
    """
    content = page(project, hook, given)
    with files.becoming(path) as partial:
        partial.write_text(content, encoding="utf-8", newline="")
    return path


def page(project: Project, hook: str, given: Mapping[str, Any]) -> str:
    """Render a page; gives its text."""
    renderer = _renderer(project, hook)
    with outside(project.config, {}, "page") as shop:
        step = f"render.{renderer.table.name}"
        caller, context = RenderCaller(renderer.instance), shop.context(step)
        made: Path = shop.guarded(step, lambda: caller.page(hook, context, given))
        return made.read_text(encoding="utf-8")


def _renderer(project: Project, hook: str) -> BuiltPlugin:
    for table in project.config.tables.get("render", ()):
        built = build(table, project.config)
        if hook in built.hooks:
            return built
    table = PluginTable(stage="render", name="html", use="html", where=hook)
    return build(table, project.config)

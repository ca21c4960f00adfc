"""The first files of a plugin: a file of the project, or a distribution; a plugin that works, and its test."""

from __future__ import annotations

import importlib.resources
import re
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.authoring.distribution import Source, distribution_files
from fourstroke.authoring.kinds import is_function_enough

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from fourstroke.authoring.naming import Name

STEPS: Final = "steps"
_SOURCES: Final = "fourstroke.authoring.sources"


@attrs.frozen
class Beginning:
    """A plugin to begin with.

    Parameters
    ----------
    files : mapping of str to str
        Relative path and text of each file.
    use : str
        What stands after ``use`` in a project file.
    """

    files: dict[str, str]
    use: str


def local(stage: str, name: Name) -> Beginning:
    """Begin a plugin in a file of the project: a function where one is enough, else a class."""
    is_function = is_function_enough(stage)
    folder = _folder("functions" if is_function else "")
    called = name.entry if is_function else _class_name(stage, name)
    text = _renamed(_text(folder, f"{stage}.py"), called)
    test = _renamed(_text(folder, f"test_{stage}.py"), called, module=name.entry, title=name.camel)
    return Beginning(
        files={f"{STEPS}/{name.entry}.py": text, f"{STEPS}/test_{name.entry}.py": test},
        use=f"{STEPS}/{name.entry}.py:{called}",
    )


def distribution(stage: str, name: Name) -> Beginning:
    """Begin a plugin that others install."""
    called = _class_name(stage, name)
    folder = _folder("")
    source = Source(
        module=stage,
        called=called,
        text=_renamed(_text(folder, f"{stage}.py"), called),
        test=_renamed(_text(folder, f"test_{stage}.py"), called, module=name.package, title=called),
        # A codec's package gives the values, too, that it is for.
        others=("Words",) if stage == "codec" else (),
    )
    files = distribution_files(stage, name, source)
    return Beginning(files=files, use=name.entry)


def _class_name(stage: str, name: Name) -> str:
    # A codec's module also has the class of the values that it keeps.
    return f"{name.camel}Codec" if stage == "codec" else name.camel


def _folder(below: str) -> Traversable:
    return importlib.resources.files(f"{_SOURCES}.{below}" if below else _SOURCES)


def _text(folder: Traversable, file: str) -> str:
    return (folder / file).read_text(encoding="utf-8")


def _renamed(text: str, called: str, *, module: str = "", title: str = "") -> str:
    """Put an author's names in the place of the template's."""
    if module:
        text = re.sub(rf"{_SOURCES.replace('.', '[.]')}[.\w]*", module, text)
    text = text.replace("TestTemplate", f"Test{title}")
    return re.sub(r"\b[Tt]emplate\b", called, text)

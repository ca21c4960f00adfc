"""Turn a plugin in a file of a project into a distribution, its code unchanged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fourstroke.authoring.distribution import Source, distribution_files
from fourstroke.errors import UsageError
from fourstroke.fingerprint.modules import import_closure

if TYPE_CHECKING:
    from pathlib import Path

    from fourstroke.authoring.naming import Name

_TEST = '''\
"""Hold {called} to the contract of its stage."""

from __future__ import annotations

from {package} import {called}

from fourstroke.testing import {contract}


class Test{camel}({contract}):
    plugin = {called}
'''


def package(root: Path, file: Path, *, called: str, stage: str, name: Name) -> dict[str, str]:
    """Give the files of a distribution that offers what a file of a project holds.

    Parameters
    ----------
    root : Path
        The project's folder.
    file : Path
        The file, relative to it.
    called : str
        The class or function.
    stage : str
        The stage that it serves.
    name : Name
        What it is called from now on.

    Returns
    -------
    dict of str to str
        Relative path and text. A test that stands beside the file goes with it.

    Raises
    ------
    UsageError
        If the file imports other modules of the project: they would stay behind.
    """
    others = [each for each in import_closure(root, file) if each not in {file, *_packages(file)}]
    if others:
        named = ", ".join(each.as_posix() for each in others)
        raise UsageError(
            f"it imports {named} of the project, which would stay behind",
            where=file.as_posix(),
            hint="move what it needs into the file",
        )
    beside = root / file.with_name(f"test_{file.name}")
    source = Source(
        module=file.stem,
        called=called,
        text=(root / file).read_text(encoding="utf-8"),
        test=_moved(beside, file, name) if beside.is_file() else _test(called, stage, name),
    )
    return distribution_files(stage, name, source)


def _packages(file: Path) -> set[Path]:
    return {folder / "__init__.py" for folder in file.parents}


def _moved(test: Path, file: Path, name: Name) -> str:
    """Let a test import the plugin from where it is now."""
    dotted = ".".join(file.with_suffix("").parts)
    modules = rf"(?:{re.escape(dotted)}|{re.escape(file.stem)})"
    moved = f"{name.package}.{file.stem}"
    text = re.sub(
        rf"^(\s*from ){modules}( import )",
        rf"\g<1>{moved}\g<2>",
        test.read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    return re.sub(
        rf"^(\s*import ){modules}$", rf"\g<1>{moved} as {file.stem}", text, flags=re.MULTILINE
    )


def _test(called: str, stage: str, name: Name) -> str:
    return _TEST.format(
        called=called,
        package=name.package,
        camel=name.camel,
        contract=f"{stage.capitalize()}Contract",
    )

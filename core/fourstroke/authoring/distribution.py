"""The files of a distribution that offers one plugin."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

import attrs

from fourstroke.stages import STAGES
from fourstroke.version import __version__

if TYPE_CHECKING:
    from fourstroke.authoring.naming import Name

_PYPROJECT: Final = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{distribution}"
version = "0.1.0"
description = "{description}"
readme = "README.md"
license = "MIT"
license-files = ["LICENSE"]
requires-python = ">=3.11"
keywords = ["fourstroke-plugin", "mlops", "{stage}"]
classifiers = [
    "Development Status :: 3 - Alpha",
    "Programming Language :: Python :: 3.11",
    "Programming Language :: Python :: 3.12",
    "Programming Language :: Python :: 3.13",
    "Topic :: Scientific/Engineering :: Artificial Intelligence",
    "Typing :: Typed",
]
# fourstroke checks its own requirement before it imports the plugin; state no upper bound.
dependencies = ["fourstroke>={version}"{more}]

[project.optional-dependencies]
test = ["pytest>=8.4"]

# The name is what a project says after `use`.
[project.entry-points."fourstroke.{stage}"]
{entry} = "{package}:{called}"

[tool.hatch.build.targets.wheel]
packages = ["src/{package}"]

[tool.pytest.ini_options]
testpaths = ["tests"]
"""

_README: Final = """\
# {distribution}
{description}

```console
$ pip install {distribution}
$ fourstroke plugins show {distribution}/{entry}
```

{how}

## Develop
```console
$ pip install -e '.[test]'
$ pytest
$ fourstroke plugins check .
```
"""

_CHANGELOG: Final = """\
# Changelog
## 0.1.0
### Added
- The first version.
"""

_LICENSE: Final = """\
MIT License

Copyright (c) {year} the authors of {distribution}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES
OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""

_CI: Final = """\
name: test
on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        python: ["3.11", "3.12", "3.13"]
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: ${{ matrix.python }}
      - run: pip install -e '.[test]'
      - run: pytest
      - run: fourstroke plugins check .
"""

_INIT: Final = '''\
"""{description}"""

from __future__ import annotations

from {package}.{module} import {names}

__all__ = [{quoted}]
'''


@attrs.frozen(kw_only=True)
class Source:
    """A plugin's own code.

    Parameters
    ----------
    module : str
        The name of its file, without a suffix.
    called : str
        The class or function.
    text, test : str
        The code, and that of its test.
    others : tuple of str
        What the package gives besides.
    """

    module: str
    called: str
    text: str
    test: str
    others: tuple[str, ...] = ()


def distribution_files(stage: str, name: Name, source: Source) -> dict[str, str]:
    """Give every file of a distribution, by its relative path."""
    description = f"{source.called}: a plugin of fourstroke for the stage {stage}"
    entry = f"{name.package}.{source.module}.Words" if stage == "codec" else name.entry
    values = {
        "distribution": name.distribution,
        "package": name.package,
        "entry": f'"{entry}"' if "." in entry else entry,
        "stage": stage,
        "called": source.called,
        "module": source.module,
        "description": description,
        "version": __version__,
        "year": str(dt.datetime.now(dt.UTC).year),
        "more": ', "pandas>=2.2"' if "import pandas" in source.text else "",
        "how": how_to_use(stage, entry),
        "names": ", ".join(sorted((source.called, *source.others))),
        "quoted": ", ".join(f'"{each}"' for each in sorted((source.called, *source.others))),
    }
    package = f"src/{name.package}"
    return {
        "pyproject.toml": _PYPROJECT.format(**values),
        "README.md": _README.format(**values),
        "CHANGELOG.md": _CHANGELOG,
        "LICENSE": _LICENSE.format(**values),
        ".gitignore": "__pycache__/\n*.egg-info/\ndist/\n.venv/\n",
        ".github/workflows/test.yml": _CI,
        f"{package}/__init__.py": _INIT.format(**values),
        f"{package}/py.typed": "",
        f"{package}/{source.module}.py": source.text,
        "tests/test_contract.py": source.test,
    }


def how_to_use(stage: str, use: str) -> str:
    """Say, as text with a piece of TOML, how a project names a plugin."""
    if stage == "codec":
        return "It is used for every value of its type, without a word in the project file."
    return f"In `fourstroke.toml`:\n\n```toml\n{toml_of(stage, use)}```"


def toml_of(stage: str, use: str) -> str:
    """Give the table of a project file that uses a plugin."""
    place = next(each for each in STAGES if each.name == stage)
    key = ".".join(place.path)
    heading = f"[{key}]" if place.is_single else f"[[{key}]]"
    return f'{heading}\nuse = "{use}"\n'

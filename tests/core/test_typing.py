"""A type checker has nothing to say of fourstroke, and tells authors what is wrong with a plugin.

Both are in one file, and so one after the other: what mypy has found out about fourstroke and what
it imports, which takes it most of a minute, is in its cache when it looks at a plugin.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAD = """\
from __future__ import annotations

from pathlib import Path

from fourstroke import Alert, Candidate, Check, Context, Decision, hookimpl, plugin
from fourstroke.testing import AlertContract, StorageContract, ValidateContract

"""

RIGHT = '''
@plugin
class Right:
    """Names two of three arguments."""

    least: float = 0.5

    @hookimpl
    def validate(self, candidate: Candidate, context: Context) -> list[Check]:
        return []


class TestRight(ValidateContract):
    plugin = Right


class TestObject(ValidateContract):
    plugin = Right(least=0.1)


def function(candidate: Candidate, least: float = 0.5) -> list[Check]:
    return []


class TestFunction(ValidateContract):
    plugin = function


@plugin
class Store:
    """Leaves out what it does not need."""

    @hookimpl
    def write(self, key: str, path: Path) -> bool:
        return True

    @hookimpl
    def read(self, key: str) -> Path:
        return Path()

    @hookimpl
    def exists(self, key: str) -> bool:
        return False

    @hookimpl
    def keys(self, prefix: str) -> list[str]:
        return []

    @hookimpl
    def delete(self, key: str) -> bool:
        return False


class TestStore(StorageContract):
    plugin = Store
'''

WRONG = {
    "parameter": (
        "    def validate(self, candidate: str) -> list[Check]:\n        return []\n",
        "ValidateContract",
    ),
    "result": (
        "    def validate(self, candidate: Candidate) -> bool:\n        return True\n",
        "ValidateContract",
    ),
    "element of the result": (
        "    def validate(self, candidate: Candidate) -> list[str]:\n        return []\n",
        "ValidateContract",
    ),
    "missing hook": (
        "    def alert(self, alert: Alert) -> bool:\n        return True\n",
        "ValidateContract",
    ),
    "of another stage": (
        "    def alert(self, alert: Candidate) -> bool:\n        return True\n",
        "AlertContract",
    ),
}


def checked(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mypy", *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
        timeout=240,
    )


def test_mypy_has_nothing_to_say():
    done = checked()

    assert done.returncode == 0, done.stdout + done.stderr


def test_right_plugins_pass_and_wrong_ones_are_named(tmp_path):
    wrong = ""
    for number, (method, contract) in enumerate(WRONG.values()):
        wrong += (
            f"\n\n@plugin\nclass Wrong{number}:\n    @hookimpl\n{method}\n\n"
            f"class TestWrong{number}({contract}):\n    plugin = Wrong{number}\n"
        )

    (tmp_path / "test_plugin.py").write_text(HEAD + RIGHT + wrong)

    done = checked("--strict", str(tmp_path / "test_plugin.py"))

    told = done.stdout + done.stderr
    for number, name in enumerate(WRONG):
        assert f'"type[Wrong{number}]"' in told, f"{name} was not told: {told}"
    assert f"Found {len(WRONG)} errors" in told, told


def test_types_cover_every_hook_of_stages_and_services():
    import fourstroke.typing as types
    from fourstroke.plugins.offers import STAGES
    from fourstroke.plugins.specification import needed

    covered = {
        name
        for kind in vars(types).values()
        if isinstance(kind, type) and kind.__module__ == types.__name__
        for name in vars(kind)
        if not name.startswith("_")
    }

    missing = {hook for stage in STAGES for hook in needed(stage)} - covered
    assert not missing

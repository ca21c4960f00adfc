"""What a codec has to hold: equal values, equal bytes, in every process; and no code from a file."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from fourstroke.plugins.services import CodecCaller
from fourstroke.testing.claims import expect
from fourstroke.testing.contract import Contract

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fourstroke.typing import Encodes

_ELSEWHERE = """\
import importlib.util, pickle, sys
from pathlib import Path
sys.path[:] = pickle.loads(sys.stdin.buffer.read())
name, file, called = sys.argv[1:]
sys.path.insert(0, str(Path(file).parent))
spec = importlib.util.spec_from_file_location(name, file)
module = sys.modules[name] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
from fourstroke.testing.contracts import codec
contract = getattr(module, called)()
contract.setup_method()
try:
    print(codec.digests_of(contract))
finally:
    contract.teardown_method()
"""


class CodecContract(Contract):
    """What every codec has to hold, for each of `values`.

    The class has to stand in a module by its name, since other processes import it.
    """

    stage = "codec"
    plugin: ClassVar[Encodes | Callable[..., Encodes]]

    def values(self) -> Mapping[str, Any]:
        """Give values of the codec's type by name; new ones, equal to those before, at each call."""
        raise NotImplementedError

    def is_same(self, found: Any, expected: Any) -> bool:
        """Say whether two values are equal; override it where ``==`` does not tell."""
        return bool(found == expected)

    def codec(self) -> CodecCaller:
        """Give the codec as the core calls it."""
        return CodecCaller(self.make())

    def encoded(self, value: Any) -> Path:
        """Write a value into an empty folder."""
        folder = Path(tempfile.mkdtemp(prefix="encoded-", dir=self.folder))
        self.codec().encode(value, folder)
        return folder

    def exercise(self) -> None:
        """Write and read each value."""
        for value in self.values().values():
            self.codec().decode(self.encoded(value))

    def test_value_comes_back(self) -> None:
        """What is read equals what was written."""
        for name, value in self.values().items():
            found = self.codec().decode(self.encoded(value))
            expect(self.is_same(found, self.values()[name]), f"{name} came back as another value")

    def test_equal_values_give_equal_bytes(self) -> None:
        """The digest of its files is the identity of a value."""
        for name, value in self.values().items():
            first, second = (
                contents(self.encoded(value)),
                contents(self.encoded(self.values()[name])),
            )
            expect(first == second, f"{name} gave other bytes the second time")

    def test_value_that_came_back_gives_equal_bytes(self) -> None:
        """Reading and writing again changes no byte."""
        for name, value in self.values().items():
            first = self.encoded(value)
            again = self.encoded(self.codec().decode(first))
            expect(contents(again) == contents(first), f"{name}, read and written, has other bytes")

    def test_other_processes_give_equal_bytes(self) -> None:
        """Two new processes, with other seeds for hashing, give the same bytes as this one."""
        expected = digests_of(self)
        for seed in ("1", "2"):
            found = self._elsewhere(seed)
            expect(found == expected, "another process gave other bytes for the same values")

    def test_value_is_left_alone(self) -> None:
        """Writing changes nothing of the value."""
        for name, value in self.values().items():
            self.encoded(value)
            expect(self.is_same(value, self.values()[name]), f"{name} was changed by writing it")

    def test_files_are_left_alone(self) -> None:
        """Reading changes nothing of the files."""
        for name, value in self.values().items():
            folder = self.encoded(value)
            before = contents(folder)
            self.codec().decode(folder)
            expect(contents(folder) == before, f"reading {name} changed its files")

    def test_something_is_written_and_inside(self) -> None:
        """A value becomes one file at least, and nothing is written beside the folder."""
        for name, value in self.values().items():
            before = {path.name for path in self.folder.iterdir()}
            folder = self.encoded(value)
            beside = {path.name for path in self.folder.iterdir()} - before - {folder.name}
            expect(contents(folder), f"{name} became no file")
            expect(not beside, f"beside the folder it wrote {sorted(beside)[:1]}")

    def test_damaged_files_do_not_come_back_as_another_value(self) -> None:
        """Files that are cut short or empty are an error, or still the same value."""
        for name, value in self.values().items():
            for cut in (0.0, 0.5):
                folder = self.encoded(value)
                for path in contents(folder):
                    whole = (folder / path).read_bytes()
                    (folder / path).chmod(0o644)
                    (folder / path).write_bytes(whole[: int(len(whole) * cut)])
                self._expect_refused(folder, name)

    def test_no_code_of_a_file_is_run(self) -> None:
        """A pickle in the place of each file is refused or ignored, and never loaded."""
        for value in self.values().values():
            folder = self.encoded(value)
            trap = self.folder / "trap"
            for path in contents(folder):
                (folder / path).chmod(0o644)
                (folder / path).write_bytes(pickle.dumps(Trap(str(trap))))
            # Whatever it raises: what counts is that nothing ran.
            with contextlib.suppress(Exception):
                self.codec().decode(folder)
            expect(not trap.exists(), "it ran code that came with a file")

    def _expect_refused(self, folder: Path, name: str) -> None:
        try:
            found = self.codec().decode(folder)
        except Exception:  # noqa: BLE001 - the core checks digests first, and tells; this is the second line
            return
        expect(
            self.is_same(found, self.values()[name]), f"damaged files of {name} gave another value"
        )

    def _elsewhere(self, seed: str) -> str:
        kind = type(self)
        file = str(sys.modules[kind.__module__].__file__)
        done = subprocess.run(  # noqa: S603 - this same Python
            [sys.executable, "-c", _ELSEWHERE, kind.__module__, file, kind.__qualname__],
            input=pickle.dumps(sys.path),
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"another process failed: {done.stderr.decode()[-300:]}")
        return done.stdout.decode().strip()


class Trap:
    """A value whose pickle makes a file when it is loaded."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        """Make the file."""
        return (Path.touch, (Path(self.path),))


def contents(folder: Path) -> dict[str, bytes]:
    """Read all files of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def digests_of(contract: CodecContract) -> str:
    """Digest what all values of a contract become."""
    content = hashlib.sha256()
    for name, value in contract.values().items():
        for path, data in contents(contract.encoded(value)).items():
            content.update(f"{name}/{path}".encode() + data)
    return content.hexdigest()

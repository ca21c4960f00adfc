"""Try a backend once, before anything depends on it, and leave nothing behind."""

from __future__ import annotations

import secrets
import tempfile
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fourstroke.artifacts.objects import PREFIX
from fourstroke.context import Context
from fourstroke.errors import FourstrokeError, StoreError
from fourstroke.plugins.services import ExecutorCaller, StorageCaller

if TYPE_CHECKING:
    from fourstroke.config import Config

_PATIENCE_SECONDS: Final = 60.0


def probe_storage(plugin: object) -> str:
    """Write, read and delete one key of a storage backend.

    Returns
    -------
    str
        What was done.

    Raises
    ------
    FourstrokeError
        If any of it fails, or gives back something else than was written.
    """
    storage = StorageCaller(plugin)
    content = secrets.token_bytes(64)
    key = f"probe/{secrets.token_hex(16)}"
    with tempfile.TemporaryDirectory(prefix="fourstroke-probe-") as folder:
        sent = Path(folder) / "sent"
        sent.write_bytes(content)
        with _told("write"):
            storage.write(key, sent)
        try:
            with _told("read"):
                _compare(storage.read(key, Path(folder) / "received"), content)
        finally:
            with _told("delete"):
                storage.delete(key)
        with _told("delete"):
            if storage.exists(key):
                raise StoreError("a key is there after it was deleted")
    return "wrote, read and deleted a key"


def probe_executor(plugin: object, config: Config) -> str:
    """Run a trivial task on an executor."""
    with tempfile.TemporaryDirectory(prefix="fourstroke-probe-") as folder:
        context = Context(
            run="probe",
            step="run",
            project=config.name,
            environment=config.environment,
            root=config.root,
            scratch=Path(folder),
            task=config.task,
            seed=config.seed,
            settings=config.values,
        )
        with _told("executor"):
            executor = ExecutorCaller(plugin).executor(context)
            try:
                found = executor.submit(pow, 2, 5).result(timeout=_PATIENCE_SECONDS)
            except FutureTimeoutError as error:
                raise StoreError(f"no answer within {_PATIENCE_SECONDS:.0f} s") from error
            finally:
                executor.shutdown(wait=False, cancel_futures=True)
            if found != pow(2, 5):
                raise StoreError(f"2 to the 5th is {found!r} there")
    return "ran a task"


def probe_records(url: str, folder: Path) -> str:
    """Open the database of the records, and ask which one it is; nothing is created in it.

    Parameters
    ----------
    url : str
        With its secrets.
    folder : Path
        The project's ``.fourstroke``.
    """
    # SQLAlchemy takes longer to import than all else here.
    from fourstroke.records.reachable import version_of  # noqa: PLC0415

    with _told("open"):
        return f"answered: {version_of(url, folder)}"


def content_of(plugin: object) -> tuple[int, int | None]:
    """Count what a storage backend keeps of a store.

    Returns
    -------
    count : int
        How many objects.
    size_bytes : int or None
        How large they are together; ``None`` where that could only be told by fetching them.
    """
    storage = StorageCaller(plugin)
    keys = list(storage.keys(PREFIX))
    if "link" not in getattr(plugin, "capabilities", ()):
        return len(keys), None
    with tempfile.TemporaryDirectory(prefix="fourstroke-probe-") as folder:
        sizes = [storage.read(key, Path(folder) / "object").stat().st_size for key in keys]
    return len(keys), sum(sizes)


class _told:  # noqa: N801 - used as a function in `with`
    """Turn whatever a backend raises into one line that says what was tried."""

    def __init__(self, tried: str) -> None:
        self.tried = tried

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is None or not isinstance(error, Exception):
            return
        text = (
            error.message
            if isinstance(error, FourstrokeError)
            else f"{type(error).__name__}: {error}"
        )
        hint = error.hint if isinstance(error, FourstrokeError) else ""
        raise StoreError(f"the probe failed at {self.tried}: {text}", hint=hint) from error


def _compare(path: Path, content: bytes) -> None:
    if path.read_bytes() != content:
        raise StoreError("what came back is not what was written")

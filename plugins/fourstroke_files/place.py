"""A place that fsspec knows: list, ask and fetch its files, and try again when it falters."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, TypeVar

from fourstroke import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from fourstroke import Context
    from fourstroke_files.remote import Remote

T = TypeVar("T")
_FIRST_WAIT: Final = 0.5
_LONGEST_WAIT: Final = 30.0
_MEGABYTE: Final = 1_000_000
_BLOCK: Final = 1 << 20
# What places call the state of a file, the surest first.
_MARKS: Final = (
    "checksum", "ETag", "etag", "md5Hash", "content_md5", "md5", "versionId", "generation",
    "LastModified", "last_modified", "mtime", "updated", "CRC", "date_time", "created",
)  # fmt: skip


class Place:
    """One address, with its files."""

    def __init__(self, source: Remote, context: Context) -> None:
        self._source = source
        self._context = context
        # An address may hold a password; what is told of it does not.
        scheme, mark, rest = source.url.partition("://")
        self._shown = f"{scheme}{mark}{rest.rpartition('@')[2].partition('?')[0]}"
        try:
            import fsspec  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra, without types
        except ImportError as error:
            raise ConfigError(
                "fsspec is not installed", where="url", hint="pip install 'fourstroke[fsspec]'"
            ) from error
        try:
            self._system, self._path = fsspec.core.url_to_fs(
                source.url, **dict(source.storage_options)
            )
        except (ImportError, ValueError) as error:
            raise ConfigError(f"fsspec cannot open it: {error}", where="url") from error
        except Exception as error:
            raise DataError(f"it cannot be opened: {error}", where=self._shown) from error
        # fsspec keeps places and what they listed for the life of the process; state is of now.
        self._system.invalidate_cache()

    def files(self) -> list[str]:
        """List the files that the address means, sorted.

        Raises
        ------
        DataError
            If there is none.
        """
        if any(sign in self._path for sign in "*?["):
            found = sorted(self._tried(lambda: self._system.glob(self._path), self._shown))
            files = [str(name) for name in found if self._facts(str(name))["type"] != "directory"]
            if not files:
                raise DataError("no file matches", where=self._shown)
            return files
        if self._facts(self._path)["type"] == "directory":
            raise DataError(
                "this is a folder", where=self._shown, hint=f"name its files: {self._shown}/*.csv"
            )
        return [self._path]

    def state(self, name: str) -> str:
        """Tell the state of a file, as the place names it; by its content if it says nothing."""
        facts = self._facts(name)
        marks = {key: str(facts[key]) for key in _MARKS if facts.get(key) is not None}
        if not marks:
            return f"sha256:{hashlib.sha256(self.fetched(name).read_bytes()).hexdigest()}"
        return json.dumps({"size": facts.get("size"), **marks}, sort_keys=True)

    def fetched(self, name: str) -> Path:
        """Fetch a file into the step's own folder.

        Raises
        ------
        DataError
            If it cannot be fetched, or is too large.
        """
        suffixes = "".join(PurePosixPath(name).suffixes[-2:])
        path = self._context.scratch / f"fetched{suffixes}"
        size = self._facts(name).get("size")
        if size is not None and size > self._source.most_megabytes * _MEGABYTE:
            raise self._too_large(name, int(size))
        self._tried(lambda: self._copy(name, path), name)
        return path

    def _copy(self, name: str, path: Path) -> None:
        size = 0
        with self._system.open(name, "rb") as source, path.open("wb") as target:
            while block := source.read(_BLOCK):
                size += len(block)
                if size > self._source.most_megabytes * _MEGABYTE:
                    raise self._too_large(name, size)
                target.write(block)

    def _too_large(self, name: str, size: int) -> DataError:
        return DataError(
            f"it has {size / _MEGABYTE:,.0f} MB at least",
            where=name,
            hint=f"raise most_megabytes, which is {self._source.most_megabytes:g}",
        )

    def _facts(self, name: str) -> dict[str, Any]:
        return dict(self._tried(lambda: self._system.info(name), name))

    def _tried(self, call: Callable[[], T], name: str) -> T:
        """Call the place, and again if it falters; not if it says no."""
        for number in range(self._source.tries):
            try:
                return call()
            except DataError:
                raise
            except FileNotFoundError as error:
                raise DataError("there is no such file", where=name) from error
            except PermissionError as error:
                raise DataError(
                    f"the place says no: {error}",
                    where=name,
                    hint="give what it needs: storage_options",
                ) from error
            except Exception as error:
                if number + 1 == self._source.tries:
                    raise DataError(
                        f"it cannot be reached: {type(error).__name__}: {error}", where=name
                    ) from error
                time.sleep(min(_FIRST_WAIT * 2**number, _LONGEST_WAIT))
        raise AssertionError("unreachable")

"""Fetch a file over HTTP: sized, checked, tried again, and told without secrets."""

from __future__ import annotations

import contextlib
import hashlib
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from fourstroke import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fourstroke import Context
    from fourstroke_files.web import Http

_AGAIN: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_LONGEST_WAIT: Final = 30.0
_FIRST_WAIT: Final = 0.5
_BLOCK: Final = 1 << 20
_MEGABYTE: Final = 1_000_000


class Fetcher:
    """Fetches one address."""

    def __init__(self, source: Http, context: Context) -> None:
        self._source = source
        self._context = context
        parts = urllib.parse.urlsplit(source.url)
        # Neither a password nor a token in the query belongs into a message.
        self._name = urllib.parse.urlunsplit(
            (parts.scheme, parts.hostname or "", parts.path, "", "")
        )
        if parts.port:
            self._name = self._name.replace(
                parts.hostname or "", f"{parts.hostname}:{parts.port}", 1
            )

    def state(self) -> str:
        """Ask for the state of the file."""
        with contextlib.suppress(DataError), self._answer("HEAD", tries=1) as answer:
            tag = answer.headers.get("ETag")
            changed = answer.headers.get("Last-Modified")
            if tag or changed:
                return f"{tag or ''} {changed or ''} {answer.headers.get('Content-Length', '')}".strip()
        path, _ = self.file()
        return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"

    def file(self) -> tuple[Path, str]:
        """Fetch the file into the step's own folder; gives it, and how messages call it.

        Raises
        ------
        DataError
            If it cannot be fetched, is too large, is a page for people, or has another digest.
        """
        suffixes = "".join(
            PurePosixPath(urllib.parse.urlsplit(self._source.url).path).suffixes[-2:]
        )
        path = self._context.scratch / f"fetched{suffixes or '.csv'}"
        waits = self._waits()
        while True:
            try:
                with self._answer("GET", tries=self._source.tries) as answer:
                    self._refuse_pages(answer)
                    digest = self._written(answer, path)
                break
            except ConnectionError as error:
                wait = next(waits, None)
                if wait is None:
                    raise DataError(f"it broke off: {error}", where=self._name) from error
                time.sleep(wait)
        if self._source.digest and digest != self._source.digest:
            raise DataError(
                f"its content has another digest: {digest}",
                where=self._name,
                hint="look at what it is now",
            )
        return path, self._name

    def _written(self, answer: Any, path: Path) -> str:
        most = self._source.most_megabytes * _MEGABYTE
        told = answer.headers.get("Content-Length")
        if told and told.isdecimal() and int(told) > most:
            raise self._too_large(int(told))
        size, found = 0, hashlib.sha256()
        with path.open("wb") as file:
            while block := answer.read(_BLOCK):
                size += len(block)
                if size > most:
                    raise self._too_large(size)
                found.update(block)
                file.write(block)
        if told and told.isdecimal() and size != int(told):
            raise ConnectionError(f"{size:,} of {int(told):,} bytes came")
        return f"sha256:{found.hexdigest()}"

    def _too_large(self, size: int) -> DataError:
        return DataError(
            f"it has {size / _MEGABYTE:,.0f} MB at least",
            where=self._name,
            hint=f"raise most_megabytes, which is {self._source.most_megabytes:g}",
        )

    def _refuse_pages(self, answer: Any) -> None:
        if answer.headers.get_content_type() in {"text/html", "application/xhtml+xml"}:
            raise DataError(
                "it is a web page, and not a table",
                where=self._name,
                hint="a login or an error? open it in a browser",
            )

    @contextlib.contextmanager
    def _answer(self, method: str, *, tries: int) -> Iterator[Any]:
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked
            self._source.url, headers=dict(self._source.headers), method=method
        )
        request.add_header("User-Agent", "fourstroke")
        waits = self._waits(tries)
        while True:
            try:
                answer = _OPENER.open(request, timeout=self._source.seconds)
                break
            except urllib.error.HTTPError as error:
                error.close()
                wait = next(waits, None) if error.code in _AGAIN else None
                if wait is None:
                    raise self._refused(error) from None
                time.sleep(min(_asked(error) or wait, _LONGEST_WAIT))
            except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
                wait = next(waits, None)
                if wait is None:
                    reason = getattr(error, "reason", error)
                    raise DataError(f"it cannot be reached: {reason}", where=self._name) from None
                time.sleep(wait)
        with answer:
            yield answer

    def _refused(self, error: urllib.error.HTTPError) -> DataError | ConfigError:
        if error.code in {401, 403}:
            return DataError(
                f"the server says no: {error.code} {error.reason}",
                where=self._name,
                hint='headers = { Authorization = "Bearer ${TOKEN}" }',
            )
        return DataError(f"the server answers {error.code} {error.reason}", where=self._name)

    def _waits(self, tries: int | None = None) -> Iterator[float]:
        for number in range((tries or self._source.tries) - 1):
            yield min(_FIRST_WAIT * 2**number, _LONGEST_WAIT)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows to addresses of the web only; to another host without what was meant for this one."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        if not newurl.lower().startswith(("http://", "https://")):
            raise urllib.error.HTTPError(newurl, code, "it leads out of the web", headers, fp)
        made = super().redirect_request(req, fp, code, msg, headers, newurl)
        if made is not None and made.host != req.host:
            made.headers = {
                key: value for key, value in made.headers.items() if key == "User-agent"
            }
        return made


_OPENER: Final = urllib.request.build_opener(_Redirects)


def _asked(error: urllib.error.HTTPError) -> float | None:
    """Read how long the server asks to wait."""
    asked = error.headers.get("Retry-After", "")
    return float(asked) if asked.isdecimal() else None

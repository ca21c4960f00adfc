"""Collect a table from an address of the web."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from fourstroke import ConfigError, Context, hookimpl, plugin
from fourstroke_files.settings import Reading


@plugin
class Http(Reading):
    """Read a file from an HTTP or HTTPS address into a table.

    It is read again when its ETag, its date of change or, without them, its content differs. Faults of
    the net and answers of 429 and 5xx are tried again, later each time.
    """

    # The address.
    url: str = attrs.field(validator=attrs.validators.min_len(1), repr=False)
    # Headers, such as { Authorization = "Bearer ${TOKEN}" }.
    headers: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    # The digest that the content must have: "sha256:...".
    digest: str = ""
    # The largest answer, in megabytes.
    most_megabytes: float = attrs.field(default=1_000.0, validator=attrs.validators.gt(0))
    # How long an answer may keep silent.
    seconds: float = attrs.field(default=30.0, validator=attrs.validators.gt(0))
    # How often it is tried.
    tries: int = attrs.field(default=4, validator=attrs.validators.ge(1))
    capabilities = frozenset({"state", "columns"})

    def __attrs_post_init__(self) -> None:
        if not self.url.lower().startswith(("http://", "https://")):
            raise ConfigError("it is no address of the web", where="url", hint="https://...")
        if self.digest and not self.digest.startswith("sha256:"):
            raise ConfigError("expected sha256:...", where="digest")

    @hookimpl
    def source_state(self, context: Context) -> str:
        """Name the state that the server tells, or the content's digest if it tells none."""
        from fourstroke_files.fetching import Fetcher  # noqa: PLC0415 - not needed to list it

        return Fetcher(self, context).state()

    @hookimpl
    def collect(self, context: Context) -> Any:
        """Fetch the file, and read it."""
        from fourstroke_files.fetching import Fetcher  # noqa: PLC0415 - as above
        from fourstroke_files.reading import Options, read  # noqa: PLC0415 - imports pandas

        path, name = Fetcher(self, context).file()
        options = Options(
            format=self.format, encoding=self.encoding, delimiter=self.delimiter, say=context.say
        )
        return read(path, name, options)

"""Collect a table from files of another place: a bucket, a server, an archive."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

import attrs

from fourstroke import ConfigError, Context, hookimpl, plugin
from fourstroke_files.settings import Reading

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(::|://)")


@plugin
class Remote(Reading):
    """Read files of any place that fsspec knows: pip install 'fourstroke[fsspec]', and what it asks for.

    Such as ``s3://bucket/sales/*.csv``, ``gs://``, ``abfs://``, ``sftp://`` or ``zip://a.csv::data.zip``.
    A file is fetched and read again only if what the place says of it changed: its checksum, ETag,
    version, time or size. Several files are read as by ``files``.
    """

    # The address of a file, or a pattern; `**` stands for any folders.
    url: str = attrs.field(validator=attrs.validators.min_len(1), repr=False)
    # What the place needs to know, such as { key = "${KEY}", secret = "${SECRET}" }.
    storage_options: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    # Columns that folders tell: of `sales/year=2024/a.csv` it may be ["year"].
    partitions: tuple[str, ...] = ()
    # The largest file, in megabytes.
    most_megabytes: float = attrs.field(default=1_000.0, validator=attrs.validators.gt(0))
    # How often it is tried, later each time.
    tries: int = attrs.field(default=4, validator=attrs.validators.ge(1))

    capabilities = frozenset({"state", "columns"})

    def __attrs_post_init__(self) -> None:
        if not _SCHEME.match(self.url):
            raise ConfigError("it names no place", where="url", hint="s3://bucket/file.csv")

    @hookimpl
    def source_state(self, context: Context) -> str:
        """Name what the place says of all files."""
        from fourstroke_files.place import Place  # noqa: PLC0415 - not needed to list it

        place = Place(self, context)
        return "\n".join(f"{name} {place.state(name)}" for name in place.files())

    @hookimpl
    def collect(self, context: Context) -> Any:
        """Fetch what changed, and read all into one data frame."""
        from fourstroke_files.combining import combine  # noqa: PLC0415 - as above
        from fourstroke_files.partitions import with_folders  # noqa: PLC0415 - as above
        from fourstroke_files.place import Place  # noqa: PLC0415 - as above
        from fourstroke_files.reading import read  # noqa: PLC0415 - as above

        place, options = Place(self, context), self.options(context)
        names = place.files()

        def table(name: str) -> Any:
            return read(place.fetched(name), name, options)

        tables = [
            context.remember(f"{name} {place.state(name)}", functools.partial(table, name))
            for name in names
        ]
        if self.partitions:
            tables = with_folders(tables, names, self.partitions)
        return combine(tables, names)

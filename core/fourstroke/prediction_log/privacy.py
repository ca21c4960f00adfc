"""What the log does not keep of rows: columns that are masked or hashed, requests that are left out."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from fourstroke.artifacts import files
from fourstroke.config import resolve_secrets
from fourstroke.entities.cells import Cells
from fourstroke.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fourstroke.config import Config

# The folder of a project's journals, in `.fourstroke`; its own key is kept there.
JOURNALS: Final = "journal"
_KEY: Final = "operations.log.hash_key"
_SALT: Final = "salt"
_SALT_BYTES: Final = 32
# 96 bits: among a thousand million cells two hashes agree with a chance of 6 in 10**12.
_HASH_BYTES: Final = 12
_WHOLE: Final = 2.0**64


@attrs.frozen(kw_only=True)
class Privacy:
    """How a project's rows are logged.

    Parameters
    ----------
    mask, hash : frozenset of str
        Columns whose cells are left out, or replaced by keyed hashes.
    key : bytes
        Of the hashes.
    """

    mask: frozenset[str] = frozenset()
    hash: frozenset[str] = frozenset()
    key: bytes = attrs.field(default=b"", repr=False)

    @classmethod
    def of(cls, config: Config, folder: Path) -> Self:
        """Read the rules of a project; a key of its own is made in ``folder`` when it is first needed.

        Raises
        ------
        ConfigError
            If the variable of the key is not set.
        """
        rules = config.log
        key = b""
        if rules.hash:
            given = str(resolve_secrets(rules.hash_key, where=_KEY))
            key = given.encode() if given else _own_key(folder)
        return cls(mask=frozenset(rules.mask), hash=frozenset(rules.hash), key=key)

    def touches(self, columns: Mapping[str, Any]) -> bool:
        """Say whether any of these columns is not logged as it is."""
        return bool((self.mask or self.hash) and (self.mask | self.hash) & columns.keys())

    def applied(self, columns: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give the columns as they may be logged: masked ones hold nothing, hashed ones text."""
        if not self.touches(columns):
            return columns
        return {name: self._column(name, cells) for name, cells in columns.items()}

    def _column(self, name: str, cells: Any) -> Any:
        if name in self.mask:
            return Cells("|O", [None] * len(cells))
        if name in self.hash:
            return Cells("|O", [self.hashed(cell) for cell in cells.tolist()])
        return cells

    def hashed(self, cell: Any) -> str | None:
        """Hash a cell: HMAC with SHA-256, 96 bits of it; what is missing stays missing.

        Whole numbers have one hash whether they come as 39 or 39.0.
        """
        if cell is None or cell != cell:  # noqa: PLR0124 - NaN and NaT are not equal to themselves
            return None
        if isinstance(cell, float) and cell.is_integer():
            cell = int(cell)
        text = f"{cell:d}" if isinstance(cell, int) else str(cell)
        return hmac.digest(self.key, text.encode("utf-8", "surrogatepass"), "sha256")[
            :_HASH_BYTES
        ].hex()


def is_sampled(request_id: str, share: float) -> bool:
    """Say whether a request is logged: always the same of one id, and the more the larger the share.

    Examples
    --------
    >>> is_sampled("a", 1.0), is_sampled("a", 0.0)
    (True, False)
    """
    if share >= 1.0:
        return True
    digest = hashlib.blake2b(request_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") / _WHOLE < share


def _own_key(folder: Path) -> bytes:
    """Read the project's own key; make it, whole or not at all, if there is none."""
    place = folder / _SALT
    with files.explained(place):
        folder.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            made = folder / files.new_name(_SALT)
            handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(_SALT_BYTES))
                file.flush()
                os.fsync(handle)
            try:
                os.link(made, place)  # of two at once the first one counts
            except FileExistsError:
                pass
            except OSError:  # a file system without links
                made.replace(place)
            finally:
                made.unlink(missing_ok=True)
        key = place.read_bytes()
    if len(key) != _SALT_BYTES:
        raise StoreError(
            "the key of hashed columns is damaged",
            where=str(place),
            hint="bring it back from a backup, or remove it: hashes will differ from then on",
        )
    return key

"""Anchors: the end of the ledger, kept elsewhere, so that a ledger that was cut off or written anew shows.

The chain of the ledger shows that a part of it was changed; it cannot show that its end is missing, or
that somebody wrote all of it again. An anchor that lies where that somebody cannot write can. It may be
signed by Ed25519 (RFC 8032), so that nobody else can make one that says what they would like.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from fourstroke.artifacts import files
from fourstroke.artifacts.digest import canonical_json
from fourstroke.errors import DataError
from fourstroke.signing import is_signed, sign
from fourstroke.written import refuse_to_overwrite

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORM: Final = "fourstroke.anchor/1"
_LARGEST: Final = 100_000


@attrs.frozen(kw_only=True)
class Anchor:
    """What the ledger's end was at some time.

    Parameters
    ----------
    project : str
        Whose ledger it is.
    sequence : int
        The number of the last event; 0 for a ledger without any.
    hash : str
        Of that event, and so of all before it.
    at : str
        When the anchor was made, in ISO 8601 with its offset.
    signature : str
        Ed25519, in base64, over all of the above; empty if it is not signed.
    """

    project: str
    sequence: int = attrs.field(validator=attrs.validators.ge(0))
    hash: str
    at: str
    signature: str = ""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file that `write` made.

        Raises
        ------
        DataError
            If it is no anchor.
        """
        try:
            with path.open(encoding="utf-8") as file:
                plain = json.loads(file.read(_LARGEST))
            if plain.pop("form") != FORM:
                raise DataError("it is an anchor of another form", where=str(path))
            return cls(**plain)
        except OSError as error:
            raise DataError(f"it cannot be read: {error.strerror}", where=str(path)) from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DataError("it is no anchor of a ledger", where=str(path)) from error

    def text(self) -> str:
        """Write it as the text of a file."""
        return json.dumps({"form": FORM, **attrs.asdict(self)}, indent=1) + "\n"

    def write(self, path: Path) -> None:
        """Write it into a new file.

        Raises
        ------
        UsageError
            If the file is there already, or its folder is not.
        """
        refuse_to_overwrite(path)
        with files.explained(path), files.becoming(path) as partial:
            partial.write_text(self.text(), encoding="utf-8")

    def signed(self, key: Path) -> Self:
        """Sign it with a private key in PEM.

        Raises
        ------
        ConfigError
            If cryptography is not installed.
        UsageError
            If it is no private key of Ed25519.
        """
        return attrs.evolve(self, signature=sign(key, self._said()))

    def is_signed_by(self, key: Path) -> bool:
        """Say whether the holder of the private key to this public one has signed it.

        Raises
        ------
        ConfigError
            If cryptography is not installed.
        UsageError
            If it is no public key of Ed25519.
        """
        return is_signed(key, self.signature, self._said())

    def _said(self) -> bytes:
        plain: Mapping[str, Any] = attrs.asdict(attrs.evolve(self, signature=""))
        return canonical_json({"form": FORM, **plain})

"""Anchors: the end of the ledger, kept elsewhere, so that a ledger that was cut off or written anew shows.

The chain of the ledger shows that a part of it was changed; it cannot show that its end is missing, or
that somebody wrote all of it again. An anchor that lies where that somebody cannot write can. It may be
signed by Ed25519 (RFC 8032), so that nobody else can make one that says what they would like.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, Final, Self

import attrs

from fourstroke.artifacts.digest import canonical_json
from fourstroke.errors import ConfigError, DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORM: Final = "fourstroke.anchor/1"
_LARGEST: Final = 100_000
_HINT: Final = "pip install 'fourstroke[sign]'"


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

    def signed(self, key: Path) -> Self:
        """Sign it with a private key in PEM.

        Raises
        ------
        ConfigError
            If cryptography is not installed.
        UsageError
            If it is no private key of Ed25519.
        """
        private = _loaded(key, "private")
        return attrs.evolve(self, signature=base64.b64encode(private.sign(self._said())).decode())

    def is_signed_by(self, key: Path) -> bool:
        """Say whether the holder of the private key to this public one has signed it.

        Raises
        ------
        ConfigError
            If cryptography is not installed.
        UsageError
            If it is no public key of Ed25519.
        """
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - an extra

        try:
            _loaded(key, "public").verify(base64.b64decode(self.signature), self._said())
        except (InvalidSignature, ValueError):
            return False
        return True

    def _said(self) -> bytes:
        plain: Mapping[str, Any] = attrs.asdict(attrs.evolve(self, signature=""))
        return canonical_json({"form": FORM, **plain})


def _loaded(path: Path, kind: str) -> Any:
    try:
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - an extra
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ConfigError("cryptography is not installed", where=str(path), hint=_HINT) from error
    wanted = f"expected a {kind} key of Ed25519 in PEM"
    hint = f"openssl genpkey -algorithm ed25519 -out {path.name}"
    if kind == "public":
        hint = f"openssl pkey -in private.pem -pubout -out {path.name}"
    try:
        content = path.read_bytes()
        found: Any = (
            serialization.load_pem_private_key(content, password=None)
            if kind == "private"
            else serialization.load_pem_public_key(content)
        )
    except OSError as error:
        raise UsageError(f"it cannot be read: {error.strerror}", where=str(path)) from error
    except (ValueError, TypeError) as error:
        raise UsageError(wanted, where=str(path), hint=hint) from error
    if not isinstance(found, ed25519.Ed25519PrivateKey | ed25519.Ed25519PublicKey):
        raise UsageError(wanted, where=str(path), hint=hint)
    return found

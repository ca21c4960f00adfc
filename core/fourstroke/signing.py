"""Signatures by Ed25519 (RFC 8032), so that nobody else can say something in your name."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from fourstroke.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

_HINT: Final = "pip install 'fourstroke[sign]'"


def sign(key: Path, content: bytes) -> str:
    """Sign bytes with a private key in PEM; gives the signature in base64.

    Raises
    ------
    ConfigError
        If cryptography is not installed.
    UsageError
        If it is no private key of Ed25519.
    """
    return base64.b64encode(_loaded(key, "private").sign(content)).decode()


def is_signed(key: Path, signature: str, content: bytes) -> bool:
    """Say whether the holder of the private key to this public one has signed these bytes.

    Raises
    ------
    ConfigError
        If cryptography is not installed.
    UsageError
        If it is no public key of Ed25519.
    """
    public = _loaded(key, "public")
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - an extra

    try:
        public.verify(base64.b64decode(signature), content)
    except (InvalidSignature, ValueError):
        return False
    return True


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

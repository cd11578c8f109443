"""The key of the service."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping

from qsharp_bridge.emulator.errors import Unauthorized

__all__ = ["check_key", "new_key"]


def new_key() -> str:
    """Return a fresh random key."""
    return secrets.token_urlsafe(32)


def check_key(headers: Mapping[str, str], key: str) -> None:
    """Check that a request carries the key, as an api key or as a bearer token.

    Compared in constant time.

    Raises:
        Unauthorized: no key, or a wrong one.
    """
    given = headers.get("x-ms-quantum-api-key")
    if given is None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = token.strip() if scheme.lower() == "bearer" else ""
    if not hmac.compare_digest(given.encode(), key.encode()):
        raise Unauthorized

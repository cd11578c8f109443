"""The key of the service."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from pathlib import Path

from qsharp_bridge.emulator.errors import Unauthorized
from qsharp_bridge.errors import BridgeError


def read_key(path: Path) -> str:
    """Return the key in a file, without the line break at its end.

    Raises:
        OSError: the file cannot be read.
        BridgeError: the file does not hold one key.
    """
    try:
        key = path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise BridgeError("the file is not text", path=str(path)) from None
    if not key or len(key.split()) > 1:
        raise BridgeError(
            "the file does not hold one key", path=str(path), advice="write the key, without spaces, on one line"
        )
    return key


def check_key(headers: Mapping[str, str], key: str) -> None:
    """Check in constant time that a request carries the key, as an api key or as a bearer token.

    Raises:
        Unauthorized: the request carries no key, or a wrong one.
    """
    given = headers.get("x-ms-quantum-api-key")
    if given is None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = token.strip() if scheme.lower() == "bearer" else ""
    if not hmac.compare_digest(given.encode(), key.encode()):
        raise Unauthorized

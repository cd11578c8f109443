"""Open connections, so that one can be reset: the only fault that a web framework has no word for."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

__all__ = ["Connections"]


class Connections:
    """The transports of the open connections, by the client's address and port."""

    def __init__(self) -> None:
        self._transports: dict[Any, asyncio.Transport] = {}

    def protocol(self) -> type[asyncio.Protocol]:
        """The protocol class for uvicorn: its own, with each connection noted here."""
        transports = self._transports

        class Noted(AutoHTTPProtocol):  # type: ignore[misc, valid-type]
            def connection_made(self, transport: asyncio.Transport) -> None:
                self._peer = transport.get_extra_info("peername")
                transports[tuple(self._peer[:2])] = transport
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                transports.pop(tuple(self._peer[:2]), None)
                super().connection_lost(exc)

        return Noted

    def reset(self, client: tuple[str, int] | None) -> None:
        """Reset the connection of a client."""
        transport = self._transports.get(tuple(client)) if client else None
        if transport is not None:
            transport.abort()

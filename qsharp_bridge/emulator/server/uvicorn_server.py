"""uvicorn, stopped without waiting for its next tick."""

from __future__ import annotations

import asyncio
import socket
from typing import Final

import uvicorn

_GRACE: Final = 0.1  # seconds for connections to send what they have, as in uvicorn

__all__ = ["Server"]


class Server(uvicorn.Server):
    """A server that another thread can stop at once: uvicorn itself looks only every tenth of a second."""

    _loop: asyncio.AbstractEventLoop | None = None
    _stopping: asyncio.Event

    async def main_loop(self) -> None:
        """Tick until told to stop."""
        self._stopping = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        tick = 0
        while not await self.on_tick(tick):
            tick = (tick + 1) % 864_000
            try:
                await asyncio.wait_for(self._stopping.wait(), 0.1)
            except TimeoutError:
                continue

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close all connections, and wait for them; uvicorn waits its tenth of a second also when they are gone."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        end = asyncio.get_running_loop().time() + _GRACE
        while self.server_state.connections and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.002)

    def stop(self) -> None:
        """Stop, from any thread; open connections are dropped."""
        self.should_exit = self.force_exit = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopping.set)

"""uvicorn, stopped without waiting for its next tick."""

from __future__ import annotations

import asyncio

import uvicorn

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

    def stop(self) -> None:
        """Stop, from any thread; open connections are dropped."""
        self.should_exit = self.force_exit = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stopping.set)

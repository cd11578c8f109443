"""The HTTP server: uvicorn on a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from functools import partial
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from qsharp_bridge.emulator.limits import Limits

from .connections import Connection, Connections


class HttpServer:
    """Server of an ASGI application on a bound socket, which it closes at the end. Any thread may stop it.

    uvicorn's own stop waits up to 0.1 seconds for its next tick, and then 0.1 seconds more, in every test that starts a
    service. Here its serving task is cancelled.
    """

    def __init__(self, app: ASGIApp, listener: socket.socket, tls: tuple[Path, Path] | None, limits: Limits) -> None:
        self._listener = listener
        self.connections = Connections(limits)
        self._config = uvicorn.Config(
            app,
            http=partial(Connection, self.connections),  # type: ignore[arg-type]  # called as a class is
            ws="none",
            log_config=None,  # leaves the logging of the host program unchanged
            lifespan="off",
            ssl_certfile=tls[0] if tls else None,
            ssl_keyfile=str(tls[1]) if tls else None,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=limits.idle_seconds,  # type: ignore[arg-type]  # passed to loop.call_later
        )
        self._ready = threading.Event()
        self._failure: Exception | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event
        self._thread = threading.Thread(target=self._run, name="emulator-http", daemon=True)

    def start(self) -> None:
        """Start the server, and return when it answers requests.

        Raises:
            RuntimeError: the server did not start.
        """
        self._thread.start()
        self._ready.wait()
        if self._loop is None:
            self._thread.join()
            raise RuntimeError(f"the service did not start: {self._failure}") from self._failure

    def stop(self) -> None:
        """Stop the server, and close the open connections."""
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:
            if self._loop is not None:
                raise
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._stopping = asyncio.Event()
        server = uvicorn.Server(self._config)
        serving = asyncio.create_task(server.serve(sockets=[self._listener]))
        while not server.started:
            if serving.done():
                await serving  # raises the error of uvicorn
                return
            await asyncio.sleep(0)
        watching = asyncio.create_task(self.connections.watch())
        self._loop = asyncio.get_running_loop()
        self._ready.set()
        await self._stopping.wait()
        for listener in server.servers:
            listener.close()
        await self.connections.close()
        watching.cancel()
        serving.cancel()

"""The limits of the service on sizes, times and numbers."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits that hold for every client, with or without the key. Sizes are in bytes, times in seconds.

    Attributes:
        header_bytes: bytes of the request line and all headers of a request.
        json_bytes: bytes of the body of a request that is not for the storage.
        blob_bytes: bytes of the body of a request to the storage, and of a blob put together from blocks.
        json_levels: levels of nesting of a JSON body. orjson writes 254 levels; a stored body gains a few.
        connections: open connections. One more closes the one that has been idle for longest.
        header_seconds: seconds from the first byte of a request (or the opening of the connection) to the last header.
        body_seconds: seconds for a body, with a second more for each ``bytes_per_second`` of it.
        bytes_per_second: the slowest rate, in bytes a second, at which clients may send bodies and read answers.
        idle_seconds: seconds between two requests on one connection.
        log_bytes: bytes of the paths in the log of requests.

    >>> Limits(connections=100).header_seconds
    10.0
    """

    header_bytes: int = 64 * 1024
    json_bytes: int = 16 * _MIB
    blob_bytes: int = 256 * _MIB
    json_levels: int = 100
    connections: int = 512
    header_seconds: float = 10.0
    body_seconds: float = 30.0
    bytes_per_second: int = 16 * 1024
    idle_seconds: float = 60.0
    log_bytes: int = 4 * _MIB

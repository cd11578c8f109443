"""Decompression with a limit, for data from strangers: a few bytes may inflate to a thousand times as many."""

from __future__ import annotations

import zlib


def inflate(packed: bytes, limit: int) -> bytes:
    """Return the decompressed bytes of a zlib stream.

    Args:
        packed: one whole zlib stream.
        limit: the largest number of bytes to return.

    Raises:
        ValueError: the stream is not whole, something follows it, or it inflates to more than the limit.

    >>> inflate(zlib.compress(b"abc"), 3)
    b'abc'
    """
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(packed, limit + 1)  # 0 would be no limit
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if len(data) > limit:
        raise ValueError(f"it inflates to more than {limit:,} bytes")
    if not inflater.eof or inflater.unused_data:
        raise ValueError("it is cut off, or something follows it")
    return data

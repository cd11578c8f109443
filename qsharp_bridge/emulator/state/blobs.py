"""Operations on blobs in the store: whole blobs, and blobs put together from blocks."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping

from qsharp_bridge.emulator.errors import BadBlobRequest, BlobMissing, StorageProblem

from .models import Blob, BlobPlace, Job
from .store import WHERE_PLACE, Store

MOST_BLOCKS = 50_000
"""Blocks of a blob at most, as in Azure."""


def new_blob(
    place: BlobPlace,
    size: int,
    now: int,
    *,
    content_type: str = "application/octet-stream",
    headers: Mapping[str, str] | None = None,
    old: Blob | None = None,
) -> Blob:
    """Return the properties of a blob that is written now, perhaps over an old one."""
    return Blob(
        *place,
        size=size,
        etag=f"0x{secrets.token_hex(8).upper()}",
        modified=now,
        created=old.created if old else now,
        content_type=content_type,
        headers=dict(headers or {}),
    )


def existing_blob(store: Store, place: BlobPlace) -> Blob:
    """Return the blob at a place.

    Raises:
        BlobMissing: there is no such blob.
    """
    blob = store.blob(*place)
    if blob is None:
        raise BlobMissing(*place[1:])
    return blob


def make_room(store: Store, size: int) -> None:
    """Make room for ``size`` bytes more.

    Raises:
        StorageProblem: 413: the memory of the service is full.
    """
    if not store.make_room(size):
        message = "The memory of the service is full; start it with a data folder to keep more."
        raise StorageProblem("RequestBodyTooLarge", message, status=413)


def stage_block(store: Store, place: BlobPlace, block: str, data: bytes) -> None:
    """Store a block until a block list names it."""
    with store.transaction():
        count = store.execute(f"SELECT count(*) FROM blocks {WHERE_PLACE}", place)[0][0]
        if count >= 2 * MOST_BLOCKS:
            raise BadBlobRequest("BlockCountExceedsLimit", "Too many uncommitted blocks.")
        store.execute(
            "INSERT OR REPLACE INTO blocks (account, container, name, block, data) VALUES (?, ?, ?, ?, ?)",
            (*place, block, data),
        )


def commit_blocks(store: Store, blob: Blob, blocks: list[str], max_bytes: int) -> None:
    """Store the blob that consists of the blocks of the list, in its order, and delete all its staged blocks.

    Args:
        max_bytes: the bytes of the blob at most. A list may name one block many times.

    Raises:
        BadBlobRequest: a block does not exist.
        StorageProblem: 413: the blob would be too large, or there is no room for it.
    """
    if len(blocks) > MOST_BLOCKS:
        raise BadBlobRequest("BlockListTooLong", f"The block list may not contain more than {MOST_BLOCKS:,} blocks.")
    sizes: dict[str, int] = dict(store.execute(f"SELECT block, length(data) FROM blocks {WHERE_PLACE}", blob.place))
    if any(block not in sizes for block in blocks):
        raise BadBlobRequest("InvalidBlockList", "The specified block list is invalid.")
    blob.size = sum(sizes[block] for block in blocks)
    if blob.size > max_bytes:
        raise StorageProblem("RequestBodyTooLarge", f"The blob would have more than {max_bytes} bytes.", status=413)
    make_room(store, blob.size)
    staged = dict(store.execute(f"SELECT block, data FROM blocks {WHERE_PLACE}", blob.place))
    if not sizes.keys() <= staged.keys():  # make_room deleted the container of a job that has ended
        raise BadBlobRequest("InvalidBlockList", "The specified block list is invalid.")
    store.put_blob(blob, b"".join(staged[block] for block in blocks))
    store.execute(f"DELETE FROM blocks {WHERE_PLACE}", blob.place)


def listing_of(store: Store, job: Job) -> Blob | None:
    """Return the text of a program that was sent as bitcode; None before the job ran, and for other formats."""
    return store.blob("pages", job.own_container, "program.ll")


def write_listing(store: Store, job: Job, text: str, now: int) -> None:
    """Store the text of a job's program where clients cannot read it."""
    write_output(store, ("pages", job.own_container, "program.ll"), text.encode(), now)


def write_output(
    store: Store, place: BlobPlace, data: bytes, now: int, content_type: str = "application/octet-stream"
) -> None:
    """Store an output of a job."""
    headers = {"content-md5": md5_of(data)}
    store.put_blob(new_blob(place, len(data), now, content_type=content_type, headers=headers), data)


def md5_of(data: bytes) -> str:
    """Return the value of the header Content-MD5 for a blob."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()

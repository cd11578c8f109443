"""The storage side: containers and block blobs, as the Azure blob client wants them."""

from __future__ import annotations

import re
from typing import Final

from starlette.responses import Response

from .clock import SECOND
from .context import Call
from .models import Blob
from .problems import BadBlobRequest, BlobMissing, ContainerMissing, StorageProblem

__all__ = ["put_blob", "read_blob"]

_RANGE: Final = re.compile(r"bytes=(\d{1,15})-(\d{1,15})?")


def locate(call: Call, needs: str) -> tuple[str, str, str, dict[str, str]]:
    """The account, container and blob that the path names, and the headers its signature sets."""
    container, _, name = call.path.lstrip("/").partition("/")
    if name == container or name.startswith(f"{container}/"):
        name = name.removeprefix(container).removeprefix("/")
    access = call.service.signer.check(
        call.query, container, name, account=None, needs=needs, now=call.engine.clock.now()
    )
    if not call.engine.store.has_container(access.account, container):
        raise ContainerMissing(container)
    return access.account, container, name, access.overrides


def put_blob(call: Call) -> Response:
    """PUT a block blob, whole."""
    account, container, name, _ = locate(call, "cw")
    engine = call.engine
    with engine.store.transaction():
        old = engine.store.blob(account, container, name)
        if old is not None and call.headers.get("if-none-match") == "*":
            raise StorageProblem("BlobAlreadyExists", "The specified blob already exists.", status=409)
        now = engine.clock.now()
        blob = Blob(
            account=account,
            container=container,
            name=name,
            size=len(call.body),
            etag=f"0x{now:X}",
            modified=now,
            created=old.created if old else now,
            content_type=call.headers.get("x-ms-blob-content-type") or "application/octet-stream",
            headers={},
        )
        engine.store.put_blob(blob, call.body)
    return Response(b"", 201, headers=_properties(blob))


def read_blob(call: Call) -> Response:
    """GET or HEAD a blob, whole or a range of it."""
    account, container, name, overrides = locate(call, "r")
    store = call.engine.store
    blob = store.blob(account, container, name)
    if blob is None:
        raise BlobMissing(container, name)
    headers = {**_properties(blob), "content-type": blob.content_type, **overrides}
    if call.method == "HEAD":
        return Response(b"", 200, headers={**headers, "content-length": str(blob.size)})
    wanted = call.headers.get("x-ms-range") or call.headers.get("range")
    if wanted is None:
        return Response(store.blob_bytes(blob), 200, headers=headers)
    match = _RANGE.fullmatch(wanted)
    if match is None:
        raise BadBlobRequest("InvalidHeaderValue", f"{wanted!r} is no range.")
    start = int(match[1])
    end = min(int(match[2]) if match[2] else blob.size - 1, blob.size - 1)
    if start > end:
        raise StorageProblem("InvalidRange", "The range is outside of the blob.", status=416)
    headers["content-range"] = f"bytes {start}-{end}/{blob.size}"
    return Response(store.blob_bytes(blob, start, end - start + 1), 206, headers=headers)


def _properties(blob: Blob) -> dict[str, str]:
    from email.utils import formatdate

    return {
        "etag": f'"{blob.etag}"',
        "last-modified": formatdate(blob.modified / SECOND, usegmt=True),
        "accept-ranges": "bytes",
        "x-ms-blob-type": "BlockBlob",
        "x-ms-creation-time": formatdate(blob.created / SECOND, usegmt=True),
        "x-ms-lease-status": "unlocked",
        "x-ms-lease-state": "available",
        "x-ms-server-encrypted": "true",
        "x-ms-version": "2021-12-02",
    }

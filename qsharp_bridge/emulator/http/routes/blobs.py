"""The storage: containers and block blobs, as the Azure blob client uses them.

``serializers.parse_path`` describes the paths. Errors are XML with an x-ms-error-code header, as the client needs it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException, ElementTree
from starlette.responses import Response

from qsharp_bridge.emulator.errors import BadBlobRequest, ContainerMissing, StorageProblem
from qsharp_bridge.emulator.http.conditional_headers import check_read, check_write
from qsharp_bridge.emulator.http.request import Call
from qsharp_bridge.emulator.http.responses import xml_reply
from qsharp_bridge.emulator.http.serializers import parse_path
from qsharp_bridge.emulator.state.blobs import (
    MOST_BLOCKS,
    commit_blocks,
    existing_blob,
    make_room,
    md5_of,
    new_blob,
    stage_block,
)
from qsharp_bridge.emulator.state.clock import SECOND
from qsharp_bridge.emulator.state.models import Blob, BlobPlace
from qsharp_bridge.emulator.state.sas import CONTAINER, VERSION, is_blob_name
from qsharp_bridge.emulator.state.store import WHERE_PLACE

_RANGE: Final = re.compile(r"bytes=(\d{1,15})-(\d{1,15})?")
_HEADERS: Final = {
    "x-ms-blob-content-encoding": "content-encoding",
    "x-ms-blob-content-language": "content-language",
    "x-ms-blob-content-disposition": "content-disposition",
    "x-ms-blob-cache-control": "cache-control",
}
_PAGE: Final = 5000
_INERT: Final = {"x-content-type-options": "nosniff", "content-security-policy": "sandbox"}
"""Headers of every blob, so that it runs no script in the origin of the job management page."""


@dataclass(frozen=True, slots=True)
class _Place:
    """The resource of a request with a valid signature: a blob, or a container if the name of the blob is "".

    Attributes:
        overrides: the headers of the answer that the signature sets.
    """

    blob: BlobPlace
    overrides: dict[str, str]


def admit(call: Call) -> None:
    """Admit a request whose signature allows its operation on its container or blob."""
    comp, restype = call.query.get("comp"), call.query.get("restype")
    handler = _HANDLERS.get((call.method, restype, comp))
    if handler is None:
        if any(key[1:] == (restype, comp) for key in _HANDLERS):
            raise StorageProblem(
                "UnsupportedHttpVerb", "The resource doesn't support the specified HTTP verb.", status=405
            )
        raise BadBlobRequest("InvalidQueryParameterValue", "The query parameters comp and restype name no operation.")
    _, operation, needs = handler
    place = _locate(call, needs, container_only=restype == "container")
    call.scope["state"]["storage"] = operation, place


def storage(call: Call) -> Response:
    """Answer an admitted request."""
    operation, place = call.scope["state"]["storage"]
    reply: Response = operation(call, place)
    return reply


def _locate(call: Call, needs: str, *, container_only: bool) -> _Place:
    account, container, name = parse_path(call.path)
    if not CONTAINER.fullmatch(container):
        raise BadBlobRequest("InvalidResourceName", "The specified resource name contains invalid characters.")
    if container_only == bool(name):
        raise BadBlobRequest("InvalidUri", "The requested URI does not represent any resource on the server.")
    if name and not is_blob_name(name):
        raise BadBlobRequest("InvalidResourceName", "The specified resource name cannot be the name of a blob.")
    access = call.service.signer.check(
        call.query, container, name or None, account=account, needs=needs, now=call.engine.clock.now()
    )
    creates = container_only and call.method == "PUT"
    if not creates and not call.engine.store.has_container(access.account, container):
        raise ContainerMissing(container)
    return _Place((access.account, container, name), access.overrides)


# -- blobs -------------------------------------------------------------------------------------------------


def _put_blob(call: Call, place: _Place) -> Response:
    if call.headers.get("x-ms-blob-type", "BlockBlob") != "BlockBlob":
        raise BadBlobRequest("InvalidHeaderValue", "x-ms-blob-type: only block blobs are kept here.")
    digest = md5_of(call.body)
    if call.headers.get("content-md5", digest) != digest:
        raise BadBlobRequest("Md5Mismatch", "The MD5 value specified did not match the body.")
    store = call.engine.store
    make_room(store, len(call.body))
    with store.transaction():
        blob = _written_blob(call, place, len(call.body))
        blob.headers["content-md5"] = digest
        store.put_blob(blob, call.body)
    return Response(b"", 201, headers=_properties(blob))


def _written_blob(call: Call, place: _Place, size: int) -> Blob:
    """Check the conditional headers against the blob that exists, and return the properties of the one to write."""
    old = call.engine.store.blob(*place.blob)
    check_write(call.headers, old)
    headers = {kept: call.headers[sent] for sent, kept in _HEADERS.items() if call.headers.get(sent)}
    headers |= _metadata(call)
    kind = call.headers.get("x-ms-blob-content-type") or "application/octet-stream"
    return new_blob(place.blob, size, call.engine.clock.now(), content_type=kind, headers=headers, old=old)


def _metadata(call: Call) -> dict[str, str]:
    return {name: value for name, value in call.headers.items() if name.startswith("x-ms-meta-")}


def _read_blob(call: Call, place: _Place) -> Response:
    store = call.engine.store
    with store.lock:
        blob = existing_blob(store, place.blob)
        if not check_read(call.headers, blob):
            return Response(b"", 304, headers=_properties(blob))
        headers = {**_properties(blob), "content-type": blob.content_type, **blob.headers, **place.overrides}
        headers |= _INERT
        if call.method == "HEAD":
            return Response(b"", 200, headers={**headers, "content-length": str(blob.size)})
        wanted = call.headers.get("x-ms-range") or call.headers.get("range")
        if wanted is None:
            return Response(store.blob_bytes(blob), 200, headers=headers)
        match = _RANGE.fullmatch(wanted)
        if match is None:
            raise BadBlobRequest("InvalidHeaderValue", "The value of the header x-ms-range is not a range.")
        start = int(match[1])
        end = min(int(match[2]) if match[2] else blob.size - 1, blob.size - 1)
        if start > end:
            raise StorageProblem("InvalidRange", "The range specified is invalid for the blob.", status=416)
        headers["x-ms-blob-content-md5"] = headers.pop("content-md5", "")
        headers["content-range"] = f"bytes {start}-{end}/{blob.size}"
        return Response(store.blob_bytes(blob, start, end - start + 1), 206, headers=headers)


def _delete_blob(call: Call, place: _Place) -> Response:
    store = call.engine.store
    with store.transaction():
        check_write({k: v for k, v in call.headers.items() if k != "if-none-match"}, existing_blob(store, place.blob))
        store.execute(f"DELETE FROM blobs {WHERE_PLACE}", place.blob)
    return Response(b"", 202)


def _set_metadata(call: Call, place: _Place) -> Response:
    store = call.engine.store
    with store.transaction():
        blob = existing_blob(store, place.blob)
        check_write(call.headers, blob)
        kept = {name: value for name, value in blob.headers.items() if not name.startswith("x-ms-meta-")}
        now, headers = call.engine.clock.now(), kept | _metadata(call)
        changed = new_blob(blob.place, blob.size, now, content_type=blob.content_type, headers=headers, old=blob)
        store.put_blob(changed, store.blob_bytes(blob))
    return Response(b"", 200, headers=_properties(changed))


def _put_block(call: Call, place: _Place) -> Response:
    block = call.query.get("blockid", "")
    try:
        if not block or len(base64.b64decode(block, validate=True)) > 64:
            raise ValueError
    except (ValueError, binascii.Error):
        raise BadBlobRequest("InvalidQueryParameterValue", "blockid must be at most 64 bytes in base64.") from None
    make_room(call.engine.store, len(call.body))
    stage_block(call.engine.store, place.blob, block, call.body)
    return Response(b"", 201)


def _put_block_list(call: Call, place: _Place) -> Response:
    # Counted first: all other requests wait while XML is parsed. An id has up to two "=", and each attribute has one.
    if max(call.body.count(b"<"), call.body.count(b"=")) > 2 * MOST_BLOCKS + 10 or len(call.body) > 2**23:
        raise BadBlobRequest("BlockListTooLong", f"The block list may not contain more than {MOST_BLOCKS:,} blocks.")
    try:
        root = ElementTree.fromstring(call.body, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError):
        raise BadBlobRequest("InvalidXmlDocument", "The specified XML is not syntactically valid.") from None
    if root.tag != "BlockList" or any(child.tag not in ("Latest", "Uncommitted") for child in root):
        raise BadBlobRequest("InvalidXmlNodeValue", "The body must be a BlockList of Latest blocks.")
    blocks = [(child.text or "").strip() for child in root]
    store = call.engine.store
    with store.transaction():
        blob = _written_blob(call, place, 0)
        commit_blocks(store, blob, blocks, call.service.limits.blob_bytes)
    return Response(b"", 201, headers=_properties(blob))


# -- containers --------------------------------------------------------------------------------------------


def _read_container(call: Call, place: _Place) -> Response:
    return Response(b"", 200, headers={"x-ms-version": VERSION, "etag": '"0x0"'})


def _put_container(call: Call, place: _Place) -> Response:
    account, container, _ = place.blob
    made = call.engine.store.make_container(account, container, call.engine.clock.now())
    if not made:
        raise StorageProblem("ContainerAlreadyExists", "The specified container already exists.", status=409)
    return Response(b"", 201)


def _list_blobs(call: Call, place: _Place) -> Response:
    asked = call.query
    text = asked.get("maxresults", str(_PAGE))
    if not text.isascii() or not text.isdigit() or not int(text[:9]) >= 1:
        raise BadBlobRequest("OutOfRangeQueryParameterValue", "maxresults must be a whole number from 1.")
    most = min(int(text[:9]), _PAGE)
    prefix, marker = asked.get("prefix", ""), asked.get("marker", "")
    account, container, _ = place.blob
    found = call.engine.store.blobs(
        account,
        container,
        "AND substr(name, 1, ?) = ? AND name >= ?",
        (len(prefix), prefix, marker),
        limit=most + 1,
    )
    rows = "".join(
        f"<Blob><Name>{_xml(blob.name)}</Name><Properties>"
        f"<Creation-Time>{_date(blob.created)}</Creation-Time>"
        f"<Last-Modified>{_date(blob.modified)}</Last-Modified><Etag>{blob.etag}</Etag>"
        f"<Content-Length>{blob.size}</Content-Length><Content-Type>{_xml(blob.content_type)}</Content-Type>"
        "<BlobType>BlockBlob</BlobType><LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>"
        "<ServerEncrypted>true</ServerEncrypted></Properties></Blob>"
        for blob in found[:most]
    )
    following = f"<NextMarker>{_xml(found[most].name)}</NextMarker>" if len(found) > most else "<NextMarker />"
    return xml_reply(
        f"<EnumerationResults ContainerName={quoteattr(container)}>"
        f"<Prefix>{_xml(prefix)}</Prefix><Blobs>{rows}</Blobs>{following}</EnumerationResults>"
    )


_UNPRINTABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _xml(text: str) -> str:
    return escape(_UNPRINTABLE.sub("\ufffd", text))


def _date(instant: int) -> str:
    return formatdate(instant / SECOND, usegmt=True)


def _properties(blob: Blob) -> dict[str, str]:
    return {
        "etag": f'"{blob.etag}"',
        "last-modified": _date(blob.modified),
        "accept-ranges": "bytes",
        "x-ms-blob-type": "BlockBlob",
        "x-ms-creation-time": _date(blob.created),
        "x-ms-lease-status": "unlocked",
        "x-ms-lease-state": "available",
        "x-ms-server-encrypted": "true",
        "x-ms-version": VERSION,
    }


_Handler = Callable[[Call, _Place], Response]

_HANDLERS: Final[dict[tuple[str, str | None, str | None], tuple[str, _Handler, str]]] = {
    ("PUT", None, None): ("blobs.put", _put_blob, "cw"),
    ("GET", None, None): ("blobs.get", _read_blob, "r"),
    ("HEAD", None, None): ("blobs.get", _read_blob, "r"),
    ("DELETE", None, None): ("blobs.delete", _delete_blob, "dw"),
    ("PUT", None, "metadata"): ("blobs.metadata", _set_metadata, "w"),
    ("PUT", None, "block"): ("blobs.block", _put_block, "cw"),
    ("PUT", None, "blocklist"): ("blobs.commit", _put_block_list, "cw"),
    ("GET", "container", None): ("blobs.container", _read_container, "rl"),
    ("HEAD", "container", None): ("blobs.container", _read_container, "rl"),
    ("PUT", "container", None): ("blobs.make", _put_container, "cw"),
    ("GET", "container", "list"): ("blobs.list", _list_blobs, "l"),
}
"""The name, the handler and the needed permission of each operation, by method, restype and comp."""

OPERATIONS: Final = (*dict.fromkeys(name for name, _, _ in _HANDLERS.values()), "blobs.unknown")
"""The names of the operations; the last is that of all other requests, which are refused."""


def operation_of(method: str, query: bytes) -> str:
    """Return the name of the operation of a request, or "blobs.unknown"."""
    asked = dict(part.partition("=")[::2] for part in query.decode("latin-1").split("&"))
    found = _HANDLERS.get((method, asked.get("restype"), asked.get("comp")))
    return found[0] if found else "blobs.unknown"

"""Uploads of inputs and downloads of results: blobs of the storage, by signed addresses."""

from __future__ import annotations

import hashlib
import urllib.parse
from typing import Any

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.core.pipeline.transport import RequestsTransport
from azure.storage.blob import BlobClient, ContainerClient, ContentSettings

from .retry import UnusableAnswer, code_of

_NO_BLOB = ("BlobNotFound", "ContainerNotFound")
_PART = 2 * 1024 * 1024  # bytes of a single request, so that it ends within its time-outs on a slow line
_SIZES: dict[str, Any] = {"max_single_get_size": _PART, "max_chunk_get_size": _PART, "max_single_put_size": _PART}


def upload_input(container_uri: str, data: bytes, transport: RequestsTransport) -> str:
    """Upload the input of a job to a signed address, and return its address without the signature.

    A blob that exists is that of an earlier attempt, which may have been cut off: it is compared with the data.

    Raises:
        AzureError: the storage refused or could not be reached.
    """
    container = ContainerClient.from_container_url(
        container_uri, transport=transport, retry_total=0, max_block_size=_PART, **_SIZES
    )
    blob = container.get_blob_client("inputData")
    settings = ContentSettings(content_type="qir.v1")
    try:
        blob.upload_blob(data, content_settings=settings)
    except ResourceExistsError:
        if not _holds(blob, data):
            blob.upload_blob(data, overwrite=True, content_settings=settings)
    return str(blob.url).partition("?")[0]


def download(uri: str, transport: RequestsTransport) -> bytes | None:
    """Return the bytes of the blob at a signed address; None if the storage has none.

    Raises:
        AzureError: the storage refused or could not be reached.
    """
    blob = BlobClient.from_blob_url(uri, transport=transport, retry_total=0, **_SIZES)
    try:
        data: bytes = blob.download_blob().readall()
    except ResourceNotFoundError as error:
        if code_of(error) not in _NO_BLOB:
            raise  # from a proxy, not from the storage
        return None
    return data


def signed_address(answer: object, container: str, blob: str | None) -> str:
    """Return the signed address in an answer of the service about a container or a blob.

    Raises:
        UnusableAnswer: there is none, or it is the address of something else.
    """
    uri = getattr(answer, "sas_uri", None)
    parts = urllib.parse.urlsplit(uri) if isinstance(uri, str) else None
    wanted = f"/{container}" if blob is None else f"/{container}/{blob}"
    if not isinstance(uri, str) or parts is None or parts.scheme not in ("http", "https"):
        raise UnusableAnswer("the answer is not a signed address")
    if not urllib.parse.unquote(parts.path).rstrip("/").endswith(wanted):
        raise UnusableAnswer("the answer is the address of another blob")
    return uri


def _holds(blob: BlobClient, data: bytes) -> bool:
    """Return whether the blob has this content."""
    try:
        found = blob.get_blob_properties()
    except ResourceNotFoundError:
        return False
    if found.size != len(data):
        return False
    digest = found.content_settings.content_md5
    if digest is not None:
        return bytes(digest) == hashlib.md5(data, usedforsecurity=False).digest()
    return bool(blob.download_blob().readall() == data)

"""Conditional headers of the storage: If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since.

https://learn.microsoft.com/rest/api/storageservices/specifying-conditional-headers-for-blob-service-operations
"""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from qsharp_bridge.emulator.errors import BadBlobRequest, StorageProblem
from qsharp_bridge.emulator.state.clock import SECOND
from qsharp_bridge.emulator.state.models import Blob


def check_read(headers: Mapping[str, str], blob: Blob) -> bool:
    """Check whether the blob is to be sent; False: the client has it already (304).

    Raises:
        StorageProblem: 412: the blob is not the version that the client named.
    """
    _check_match(headers, blob)
    unless = headers.get("if-none-match")
    if unless is not None:
        return not _matches(unless, blob)
    since = _time(headers, "if-modified-since")
    return since is None or blob.modified // SECOND > since


def check_write(headers: Mapping[str, str], blob: Blob | None) -> None:
    """Check that the blob that would be overwritten is as the client expects it.

    Raises:
        StorageProblem: 409: the blob exists and must not; 412: it is not the version that the client named.
    """
    if blob is None:
        if headers.get("if-match") is not None:
            raise _condition_not_met()
        return
    unless = headers.get("if-none-match")
    if unless == "*":
        raise StorageProblem("BlobAlreadyExists", "The specified blob already exists.", status=409)
    if unless is not None and _matches(unless, blob):
        raise _condition_not_met()
    _check_match(headers, blob)
    since = _time(headers, "if-modified-since")
    if since is not None and blob.modified // SECOND <= since:
        raise _condition_not_met()


def _check_match(headers: Mapping[str, str], blob: Blob) -> None:
    match = headers.get("if-match")
    if match is not None and not _matches(match, blob):
        raise _condition_not_met()
    since = _time(headers, "if-unmodified-since")
    if since is not None and blob.modified // SECOND > since:
        raise _condition_not_met()


def _matches(value: str, blob: Blob) -> bool:
    tags = [tag.strip().strip('"') for tag in value.split(",")]
    return "*" in tags or blob.etag in tags


def _time(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name)
    if text is None:
        return None
    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (ValueError, TypeError, OverflowError):
        raise BadBlobRequest("InvalidHeaderValue", f"{name} is not a time.") from None


def _condition_not_met() -> StorageProblem:
    return StorageProblem(
        "ConditionNotMet",
        "The condition specified using HTTP conditional header(s) is not met.",
        status=412,
    )

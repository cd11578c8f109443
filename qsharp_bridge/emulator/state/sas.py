"""Shared access signatures: permissions for an account, a container or a blob that expire.

Signed as Azure Storage signs service signatures and account signatures, over the fields in their documented order
(https://learn.microsoft.com/rest/api/storageservices/create-service-sas and create-account-sas). ``si``, the name of an
access policy, carries the storage account: behind a loopback address the host does not name it, every workspace has its
own, and the client drops fields that it does not know.
"""

from __future__ import annotations

import base64
import functools
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, quote_plus, urlencode

from qsharp_bridge.emulator.errors import StorageProblem

from .clock import SECOND, rfc3339

VERSION = "2021-12-02"
"""The version of the signatures, on which the fields of the string to sign depend."""

CONTAINER: Final = re.compile(r"[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){2,62}")
"""A valid name of a container."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_PLAIN: Final = re.compile(r"[\w.+-]+", re.ASCII)
_LONGEST_FILE: Final = 120
_LIFETIME: Final = 4 * 24 * 3600

_ACCOUNT_ORDER = ("sp", "ss", "srt", "st", "se", "sip", "spr", "sv", "ses")
_ORDER = ("sp", "st", "se", None, "si", "sip", "spr", "sv", "sr", None, "ses", "rscc", "rscd", "rsce", "rscl", "rsct")


def is_blob_name(text: str) -> bool:
    """Check that a text can be the name of a blob: 1 to 1024 characters, none of them a control character.

    A line break in it could move text from one field of the string to sign into the next.
    """
    return 1 <= len(text) <= 1024 and _CONTROL.search(text) is None


def _disposition(filename: str) -> str:
    """Return the Content-Disposition of a file: as recorded for a name that is a token, otherwise as in RFC 6266."""
    if len(filename) > _LONGEST_FILE:
        filename = filename[: _LONGEST_FILE // 2] + "..." + filename[-_LONGEST_FILE // 2 :]
    if _PLAIN.fullmatch(filename):
        return f"attachment; filename={filename}"
    return f"attachment; filename*=UTF-8''{quote(filename, safe='')}"


def _not_authenticated(message: str) -> StorageProblem:
    return StorageProblem(
        "AuthenticationFailed",
        "Server failed to authenticate the request. Make sure the value of the signature is correct: " + message,
        status=403,
    )


@dataclass(frozen=True, slots=True)
class Access:
    """Access by a valid signature: to an account, with headers that the signature sets on the answer."""

    account: str
    overrides: dict[str, str]


class Signer:
    """Signer of one service: it creates and checks signatures.

    Args:
        master: the secret of the service.

    Attributes:
        account_key: the function from a storage account to its key, 32 bytes derived from the secret.
    """

    def __init__(self, master: bytes) -> None:
        @functools.lru_cache(maxsize=64)  # each answer that shows a job has several signatures of one account
        def derived(account: str) -> bytes:
            return hmac.digest(master, account.encode(), "sha256")

        self.account_key = derived

    def sign(
        self,
        account: str,
        container: str,
        blob: str | None = None,
        *,
        permissions: str,
        now: int,
        lifetime: float = _LIFETIME,
        filename: str | None = None,
    ) -> str:
        """Return the query string that gives access to a container, or to one blob of it, for ``lifetime`` seconds.

        A browser saves the blob under ``filename``.
        """
        query = {
            "sv": VERSION,
            "sr": "c" if blob is None else "b",
            "sp": permissions,
            "se": _seconds(now + round(lifetime * SECOND)),
            "si": account,
        }
        if filename:
            query["rscd"] = _disposition(filename)
        query["sig"] = self._signature(account, container, blob, query)
        # Not ``urlencode``: with it the three addresses of a job would be the slowest part of an answer.
        return "&".join([f"{name}={value if value.isalnum() else quote_plus(value)}" for name, value in query.items()])

    def sign_account(self, account: str, *, permissions: str, protocols: str, now: int) -> str:
        """Return the query string that gives access to all containers and blobs of an account, for four days.

        Recorded: the service signs the addresses of containers that clients write to in this way.
        """
        query = {
            "sv": VERSION,
            "ss": "b",
            "srt": "co",
            "spr": protocols,
            "st": _seconds(now),
            "se": _seconds(now + _LIFETIME * SECOND),
            "sp": permissions,
            "si": account,
        }
        query["sig"] = self._account_signature(account, query)
        return urlencode(query)

    def check(
        self,
        query: Mapping[str, str],
        container: str,
        blob: str | None,
        *,
        account: str | None,
        needs: str,
        now: int,
    ) -> Access:
        """Check a query string, and return the access that it gives.

        Args:
            needs: letters, one of which must be among the permissions: "r", "cw", "l".
            account: the account that the path names, or None.

        Raises:
            StorageProblem: 403: no signature, a wrong or expired one, or one for something else.
        """
        if "sig" not in query:
            raise _not_authenticated("there is no sig")
        owner = query.get("si", account)
        if owner is None or (account is not None and account != owner):
            raise _not_authenticated("it is for another account")
        scope = query.get("sr")
        if scope not in ("b", "c") and not (scope is None and "ss" in query):
            raise _not_authenticated("sr must be b or c")
        if any(_CONTROL.search(value) for value in query.values()):
            raise _not_authenticated("a field has a control character")
        if scope is None:
            expected = self._account_signature(owner, query)
        else:
            expected = self._signature(owner, container, blob if scope == "b" else None, query)
        if not hmac.compare_digest(expected.encode(), query["sig"].encode()):
            raise _not_authenticated("it does not fit this resource")
        if not _instant(query.get("st")) <= now < _instant(query.get("se")):
            raise _not_authenticated("it is not valid at this time; se is " + query.get("se", "missing"))
        if not _permits(query, "c" if blob is None else "o", needs):
            raise StorageProblem(
                "AuthorizationPermissionMismatch",
                "This request is not authorized to perform this operation using this permission.",
                status=403,
            )
        overrides = {
            header: query[field]
            for field, header in (("rscd", "content-disposition"), ("rsct", "content-type"))
            if field in query
        }
        return Access(owner, overrides)

    def _account_signature(self, account: str, query: Mapping[str, str]) -> str:
        return self._signed(account, [account, *(query.get(field, "") for field in _ACCOUNT_ORDER), ""])

    def _signature(self, account: str, container: str, blob: str | None, query: Mapping[str, str]) -> str:
        parts = [query.get(field, "") if field else "" for field in _ORDER]
        parts[3] = f"/blob/{account}/{container}" + (f"/{blob}" if blob is not None else "")
        return self._signed(account, parts)

    def _signed(self, account: str, fields: list[str]) -> str:
        return base64.b64encode(hmac.digest(self.account_key(account), "\n".join(fields).encode(), "sha256")).decode()


def _permits(query: Mapping[str, str], resource: str, needs: str) -> bool:
    """Check that a signature permits one of ``needs`` on a resource: "c", a container, or "o", a blob."""
    if "sr" not in query and ("b" not in query["ss"] or resource not in query.get("srt", "")):
        return False
    if query.get("sr") == "b" and needs == "l":
        return False
    return not set(needs).isdisjoint(query.get("sp", ""))


def _seconds(instant: int) -> str:
    return rfc3339(instant - instant % SECOND).replace(".000000", "")


def _instant(text: str | None) -> int:
    if not text:
        return 0
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _not_authenticated(f"{text!r} is not a time") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * SECOND)

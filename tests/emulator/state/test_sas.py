"""Shared access signatures: the same as Azure's own library makes, and good for nothing else than they say."""

from __future__ import annotations

import base64
import email.policy
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from azure.storage.blob import (
    AccountSasPermissions,
    ResourceTypes,
    generate_account_sas,
    generate_blob_sas,
    generate_container_sas,
)
from hypothesis import example, given
from hypothesis import strategies as st

from qsharp_bridge.emulator.errors import StorageProblem
from qsharp_bridge.emulator.state.clock import SECOND
from qsharp_bridge.emulator.state.sas import Signer

NOW = 1_800_000_000 * SECOND
SIGNER = Signer(b"a secret")
ACCOUNT = "qb0123456789012345678901"
names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=20)


def check(query: str, container: str, blob: str | None, needs: str = "r", **options: object) -> object:
    settings = {"account": None, "now": NOW, **options}
    return SIGNER.check(dict(parse_qsl(query)), container, blob, needs=needs, **settings)  # type: ignore[arg-type]


@given(blob=names, permissions=st.sampled_from(["r", "rcw", "rl"]))
def test_what_it_signs_it_accepts(blob: str, permissions: str) -> None:
    query = SIGNER.sign(ACCOUNT, "box", blob, permissions=permissions, now=NOW, filename="a-b.json")
    access = check(query, "box", blob)
    assert access.account == ACCOUNT  # type: ignore[attr-defined]
    assert access.overrides == {"content-disposition": "attachment; filename=a-b.json"}  # type: ignore[attr-defined]
    for container, other in (("box", blob + "x"), ("other", blob), ("box", None)):
        with pytest.raises(StorageProblem, match="AuthenticationFailed"):
            check(query, container, other)


@given(blob=names, data=st.data())
def test_no_field_can_be_changed(blob: str, data: st.DataObject) -> None:
    fields = dict(parse_qsl(SIGNER.sign(ACCOUNT, "box", blob, permissions="r", now=NOW)))
    name = data.draw(st.sampled_from(sorted(fields)))
    value = data.draw(st.text(max_size=20))
    if value == fields[name]:
        return
    with pytest.raises(StorageProblem) as caught:
        SIGNER.check({**fields, name: value}, "box", blob, account=None, needs="r", now=NOW)
    assert caught.value.status == 403


def test_it_is_signed_as_azure_signs() -> None:
    key = base64.b64encode(SIGNER.account_key(ACCOUNT)).decode()
    begins = datetime.fromtimestamp(NOW / SECOND, UTC) - timedelta(minutes=1)
    ends = begins + timedelta(hours=1)
    blob = generate_blob_sas(
        ACCOUNT, "box", "a/b", account_key=key, permission="r", start=begins, expiry=ends, content_type="x/y"
    )
    access = check(blob, "box", "a/b", account=ACCOUNT)
    assert access.overrides == {"content-type": "x/y"}  # type: ignore[attr-defined]
    container = generate_container_sas(ACCOUNT, "box", account_key=key, permission="rcwl", start=begins, expiry=ends)
    assert check(container, "box", None, "l", account=ACCOUNT)
    assert check(container, "box", "any/blob", "cw", account=ACCOUNT)
    other = base64.b64encode(Signer(b"another").account_key(ACCOUNT)).decode()
    forged = generate_container_sas(ACCOUNT, "box", account_key=other, permission="r", expiry=ends)
    with pytest.raises(StorageProblem):
        check(forged, "box", None, account=ACCOUNT)


def test_an_account_is_signed_as_azure_signs() -> None:
    """Recorded: ss=b, srt=co, spr, st, se and sp=rwlac on the address of a container that a client writes to."""
    query = SIGNER.sign_account(ACCOUNT, permissions="rwlac", protocols="https", now=NOW)
    fields = dict(parse_qsl(query))
    assert [fields[name] for name in ("ss", "srt", "spr", "sp")] == ["b", "co", "https", "rwlac"]
    assert list(fields)[:7] == ["sv", "ss", "srt", "spr", "st", "se", "sp"]
    assert check(query, "box", None, "l")
    assert check(query, "another", "a/b", "cw", account=ACCOUNT)
    for name, value in (("sp", "rwlacd"), ("srt", "sco"), ("ss", "bq"), ("se", "2999-01-01T00:00:00Z"), ("si", "qb")):
        with pytest.raises(StorageProblem, match="AuthenticationFailed"):
            SIGNER.check({**fields, name: value}, "box", None, account=None, needs="r", now=NOW)
    key = base64.b64encode(SIGNER.account_key(ACCOUNT)).decode()
    ends = datetime.fromtimestamp(NOW / SECOND, UTC) + timedelta(hours=1)
    objects = generate_account_sas(
        ACCOUNT, key, ResourceTypes(object=True), AccountSasPermissions(read=True, list=True), ends
    )
    assert check(objects, "box", "b", account=ACCOUNT)
    for container, blob, needs in (("box", None, "l"), ("box", "b", "cw")):
        with pytest.raises(StorageProblem, match="PermissionMismatch"):
            check(objects, container, blob, needs, account=ACCOUNT)


def test_time_scope_and_permission() -> None:
    query = SIGNER.sign(ACCOUNT, "box", permissions="r", now=NOW, lifetime=60)
    assert check(query, "box", "b", now=NOW + 59 * SECOND)
    with pytest.raises(StorageProblem, match="not valid at this time"):
        check(query, "box", "b", now=NOW + 60 * SECOND)
    for needs in ("cw", "l", "d"):
        with pytest.raises(StorageProblem, match="PermissionMismatch"):
            check(query, "box", "b", needs)
    with pytest.raises(StorageProblem, match="another account"):
        check(query, "box", "b", account="qb9999999999999999999999")
    with pytest.raises(StorageProblem, match="no sig"):
        check("sv=1", "box", "b")
    blob = SIGNER.sign(ACCOUNT, "box", "b", permissions="rl", now=NOW)
    with pytest.raises(StorageProblem):
        check(blob, "box", None, "l")


@given(
    blob=st.text("ab\n/", min_size=1, max_size=8),
    other=st.text("ab\n/", min_size=1, max_size=8),
    changes=st.dictionaries(
        st.sampled_from(["si", "sip", "spr", "sv", "rscd", "rsct", "sp", "se"]),
        st.text("ab\n/", max_size=8),
        max_size=4,
    ),
)
def test_line_breaks_cannot_shift_what_was_signed(blob: str, other: str, changes: dict[str, str]) -> None:
    """The fields are signed as lines: text that moves over a line break would be signed all the same."""
    signed = dict(parse_qsl(SIGNER.sign(ACCOUNT, "box", blob, permissions="r", now=NOW)))
    if blob == other and all(signed.get(name, "") == value for name, value in changes.items()):
        return
    with pytest.raises(StorageProblem) as caught:
        SIGNER.check({**signed, **changes}, "box", other, account=None, needs="r", now=NOW)
    assert caught.value.status == 403


def test_a_signature_for_one_blob_was_good_for_another() -> None:
    query = dict(parse_qsl(SIGNER.sign(ACCOUNT, "box", f"a\n{ACCOUNT}", permissions="r", now=NOW)))
    moved = {**query, "sip": ACCOUNT, "sv": "\n" + query["sv"]}
    with pytest.raises(StorageProblem, match="control character"):
        SIGNER.check(moved, "box", "a", account=None, needs="r", now=NOW)


@given(job=st.text(max_size=300) | st.text("ab 0()=@+;,\"'*%<>\\/[]?{}.-", max_size=12))
@example(job=")")
@example(job="0)")
@example(job="a=b (2)@c")
def test_any_file_name_is_one_header(job: str) -> None:
    try:
        job.encode()
    except UnicodeEncodeError:
        return  # JSON cannot bring a lone surrogate
    query = SIGNER.sign(ACCOUNT, "box", "b", permissions="r", now=NOW, filename=f"{job}-1.json")
    header = check(query, "box", "b").overrides["content-disposition"]  # type: ignore[attr-defined]
    assert header.isascii()
    assert header.isprintable()
    assert len(header) < 1500
    message = email.message_from_string(f"Content-Disposition: {header}\n\n", policy=email.policy.HTTP)
    name = message["content-disposition"].params["filename"]
    assert name.endswith("-1.json")
    if len(job) < 100:
        assert name == f"{job}-1.json"

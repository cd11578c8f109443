"""The storage side, through the real blob client and as plain HTTP."""

from __future__ import annotations

import base64
import uuid
import xml.etree.ElementTree as ElementTree
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from azure.core import MatchConditions
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.storage.blob import BlobClient, ContainerClient, ContentSettings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qsharp_bridge.emulator import Limits, LocalService

MIB = 2**20


@pytest.fixture
def container(service: LocalService) -> ContainerClient:
    uri = service.workspace()._get_linked_storage_sas_uri("box-1")
    return ContainerClient.from_container_url(uri, max_single_put_size=MIB, max_block_size=MIB // 2)


def test_put_get_head_delete(container: ContainerClient) -> None:
    blob = container.get_blob_client("a")
    blob.upload_blob(b"0123456789", metadata={"k": "v"})
    assert blob.download_blob().readall() == b"0123456789"
    assert blob.download_blob(offset=3, length=4).readall() == b"3456"
    properties = blob.get_blob_properties()
    assert properties.size == 10
    assert properties.metadata == {"k": "v"}
    assert properties.blob_type == "BlockBlob"
    with pytest.raises(ResourceExistsError) as caught:
        blob.upload_blob(b"again")
    assert caught.value.error_code == "BlobAlreadyExists"
    blob.upload_blob(b"over", overwrite=True)
    assert blob.download_blob().readall() == b"over"
    blob.set_blob_metadata({"x": "y"})
    assert blob.get_blob_properties().metadata == {"x": "y"}
    assert blob.download_blob().readall() == b"over"
    blob.delete_blob()
    with pytest.raises(ResourceNotFoundError) as missing:
        blob.download_blob()
    assert missing.value.error_code == "BlobNotFound"


@pytest.mark.parametrize("name", ["plain", "a/b/c", "a b", "é", "100%", "a?b#c", "a//b", "x" * 1024])
def test_names_of_blobs(container: ContainerClient, name: str) -> None:
    container.get_blob_client(name).upload_blob(name.encode())
    assert container.get_blob_client(name).download_blob().readall() == name.encode()
    assert [blob.name for blob in container.list_blobs()] == [name]


def test_an_empty_blob(container: ContainerClient) -> None:
    container.get_blob_client("empty").upload_blob(b"")
    assert container.get_blob_client("empty").download_blob().readall() == b""


def test_blocks_and_chunks(container: ContainerClient) -> None:
    data = bytes(range(256)) * 14_000
    blob = container.get_blob_client("large")
    blob.upload_blob(data)
    assert blob.download_blob().readall() == data
    other = BlobClient.from_blob_url(blob.url, max_single_get_size=MIB, max_chunk_get_size=MIB // 3)
    assert other.download_blob().readall() == data
    with pytest.raises(HttpResponseError) as caught:
        blob.commit_block_list(["never-staged"])
    assert caught.value.error_code == "InvalidBlockList"
    blob.stage_block("one", b"1")
    blob.stage_block("two", b"2")
    blob.commit_block_list(["two", "one"])
    assert blob.download_blob().readall() == b"21"


def test_conditions(container: ContainerClient) -> None:
    blob = container.get_blob_client("c")
    first = blob.upload_blob(b"1")["etag"]
    second = blob.upload_blob(b"2", overwrite=True)["etag"]
    assert first != second
    with pytest.raises(ResourceModifiedError):
        blob.download_blob(etag=first, match_condition=MatchConditions.IfNotModified)
    assert blob.download_blob(etag=second, match_condition=MatchConditions.IfNotModified).readall() == b"2"
    with pytest.raises(HttpResponseError) as caught:
        blob.download_blob(etag=second, match_condition=MatchConditions.IfModified)
    assert caught.value.status_code == 304
    with pytest.raises(ResourceModifiedError):
        blob.upload_blob(b"3", overwrite=True, etag=first, match_condition=MatchConditions.IfNotModified)
    assert blob.download_blob().readall() == b"2"


def test_containers(service: LocalService, container: ContainerClient) -> None:
    assert container.exists()
    with pytest.raises(ResourceExistsError):
        container.create_container()
    for number in range(7):
        container.get_blob_client(f"{number % 2}/{number}<&>").upload_blob(b"x" * number)
    listed = list(container.list_blobs(results_per_page=2))
    assert [blob.name for blob in listed] == sorted(f"{n % 2}/{n}<&>" for n in range(7))
    assert sum(blob.size for blob in listed) == 21
    assert len(list(container.list_blobs(name_starts_with="1/"))) == 3
    absent = service.engine.clock.now()
    account = urlsplit(container.url).query
    assert account
    assert absent
    query = service.signer.sign("qb" + "0" * 22, "box-9", permissions="rl", now=service.clock.now())
    missing = ContainerClient.from_container_url(f"{service.url}/box-9?{query}")
    assert not missing.exists()


def test_every_form_of_the_address(service: LocalService, container: ContainerClient) -> None:
    container.get_blob_client("b").upload_blob(b"data")
    parts = urlsplit(container.url)
    account = dict(pair.split("=") for pair in parts.query.split("&"))["si"]
    for path in ("/box-1/b", "/box-1/box-1/b", f"/{account}/box-1/b"):
        assert requests.get(f"{service.url}{path}?{parts.query}", timeout=10).content == b"data"
    for path in ("/box-1/box-1/box-1/b", "/box-2/b", f"/{account}/box-2/b", "/_admin/b", "/B0X/b", "/a/../b"):
        answer = requests.get(f"{service.url}{path}?{parts.query}", timeout=10)
        assert 400 <= answer.status_code < 500, path


def test_attachments(service: LocalService, bell: Any) -> None:
    job = service.workspace().get_targets("ionq.simulator").submit(bell, shots=1)
    job.upload_attachment("notes/one.txt", b"hello")
    assert job.download_attachment("notes/one.txt") == b"hello"
    job.refresh()
    job.upload_attachment("two", b"2")
    assert service.wait_idle()
    assert {blob.name for blob in job.list_attachments()} == {
        "inputData",
        "outputData",
        "notes/one.txt",
        "two",
    }


def test_an_expired_address_is_renewed_by_the_client(service: LocalService, bell: Any) -> None:
    job = service.workspace().get_targets("ionq.simulator").submit(bell, shots=2)
    job.wait_until_completed(print_progress=False)
    service.clock.advance(30 * 24 * 3600)
    uri = job.details.output_data_uri
    assert requests.get(uri, timeout=10).status_code == 403
    unsigned = uri.partition("?")[0]
    assert job.download_data(unsigned)


def test_errors_are_xml_that_the_client_reads(service: LocalService, container: ContainerClient) -> None:
    answer = requests.get(f"{container.url.replace('srt=co', 'srt=sco')}&restype=container", timeout=10)
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/xml"
    assert answer.headers["x-ms-error-code"] == "AuthenticationFailed"
    root = ElementTree.fromstring(answer.content)
    assert root.findtext("Code") == "AuthenticationFailed"


def test_writing_needs_a_signature_that_allows_it(http: Any) -> None:
    id_ = http.submit(b"input")
    job = http("GET", f"jobs/{id_}").json()
    base, _, query = job["containerUri"].partition("?")
    assert requests.put(f"{base}/other?{query}", data=b"x", timeout=10).status_code == 403
    assert requests.get(f"{base}/inputData?{query}", timeout=10).content == b"input"
    listing = requests.get(f"{base}?restype=container&comp=list&{query}", timeout=10)
    assert b"<Name>inputData</Name>" in listing.content
    blob, _, query = job["inputDataUri"].partition("?")
    answer = requests.get(f"{blob}?{query}", timeout=10)
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''a%20job-{id_}.input.json"
    assert requests.get(f"{base}?restype=container&comp=list&{query}", timeout=10).status_code == 403
    other = type(http)(http.service, "other")
    uri = other("POST", "storage/sasUri", json={"containerName": f"job-{id_}"}).json()["sasUri"]
    foreign, _, query = uri.partition("?")
    assert requests.get(f"{foreign}/inputData?{query}", timeout=10).status_code == 404


@pytest.mark.parametrize(
    ("method", "query", "headers", "body", "status", "code"),
    [
        ("PUT", "", {"x-ms-blob-type": "AppendBlob"}, b"", 400, "InvalidHeaderValue"),
        ("PUT", "comp=nonsense", {}, b"", 400, "InvalidQueryParameterValue"),
        ("POST", "", {}, b"", 405, "UnsupportedHttpVerb"),
        ("PUT", "comp=block&blockid=%21", {}, b"", 400, "InvalidQueryParameterValue"),
        ("PUT", "comp=block", {}, b"", 400, "InvalidQueryParameterValue"),
        ("PUT", "comp=blocklist", {}, b"<x", 400, "InvalidXmlDocument"),
        ("PUT", "comp=blocklist", {}, b"<x/>", 400, "InvalidXmlNodeValue"),
        ("PUT", "comp=blocklist", {}, b"<a>" * 200_000, 400, "BlockListTooLong"),  # before it is parsed
        (
            "PUT",
            "comp=blocklist",
            {},
            b'<!DOCTYPE a [<!ENTITY b "c">]><BlockList><Latest>&b;</Latest></BlockList>',
            400,
            "InvalidXmlDocument",
        ),
        ("PUT", "", {"Content-MD5": base64.b64encode(b"0" * 16).decode()}, b"x", 400, "Md5Mismatch"),
        ("GET", "", {"x-ms-range": "bytes=9-3"}, b"", 416, "InvalidRange"),
        ("GET", "", {"x-ms-range": "lines=1-2"}, b"", 400, "InvalidHeaderValue"),
        ("GET", "", {"If-Modified-Since": "yesterday"}, b"", 400, "InvalidHeaderValue"),
    ],
)
def test_refusals(
    container: ContainerClient,
    method: str,
    query: str,
    headers: dict[str, str],
    body: bytes,
    status: int,
    code: str,
) -> None:
    container.get_blob_client("b").upload_blob(b"data")
    url = container.get_blob_client("b").url + ("&" + query if query else "")
    answer = requests.request(method, url, headers=headers, data=body, timeout=10)
    assert (answer.status_code, answer.headers.get("x-ms-error-code")) == (status, code), answer.text


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.text(max_size=40) | st.text("./%_-ab0:?&#=", max_size=40),
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "OPTIONS"]),
    body=st.binary(max_size=40),
)
def test_any_path_is_refused_politely(service: LocalService, path: str, method: str, body: bytes) -> None:
    url = service.url + "/" + requests.utils.quote(path, safe="/%:?&=.")
    try:
        answer = requests.request(method, url, data=body, timeout=10, allow_redirects=False)
    except (requests.exceptions.InvalidURL, UnicodeError):
        return
    assert 400 <= answer.status_code < 500 or path.strip("/.") == "", (answer.status_code, url)
    assert "Traceback" not in answer.text


def test_the_body_has_a_limit() -> None:
    with LocalService(limits=Limits(blob_bytes=1000)) as service:
        uri = service.workspace()._get_linked_storage_sas_uri(f"box-{uuid.uuid4()}")
        base, _, query = uri.partition("?")
        assert requests.put(f"{base}/b?{query}", data=b"x" * 1000, timeout=10).status_code == 201
        assert requests.put(f"{base}/c?{query}", data=b"x" * 1001, timeout=10).status_code == 413
        chunks = iter([b"x" * 600, b"x" * 600])
        assert requests.put(f"{base}/d?{query}", data=chunks, timeout=10).status_code == 413


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript"])
def test_no_blob_runs_script_in_the_origin_of_the_pages(container: ContainerClient, kind: str) -> None:
    blob = container.get_blob_client("page")
    settings = ContentSettings(content_type=kind, content_disposition="inline", cache_control="public")
    blob.upload_blob(b"<script>alert(1)</script>", content_settings=settings)
    for method in ("GET", "HEAD"):
        answer = requests.request(method, blob.url, timeout=10)
        assert answer.headers["content-type"].startswith(kind)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"] == "sandbox"
    part = requests.get(blob.url, headers={"x-ms-range": "bytes=0-3"}, timeout=10)
    assert part.status_code == 206
    assert part.headers["content-security-policy"] == "sandbox"


@pytest.mark.parametrize(
    "body",
    [
        b"<BlockList " + b"".join(b"a%d='' " % number for number in range(100_100)) + b"/>",
        b"<BlockList>" + b"<a/>" * 100_100 + b"</BlockList>",
        b"<BlockList>" + b" " * 2**23 + b"</BlockList>",
    ],
    ids=["attributes", "elements", "text"],
)
def test_block_lists_that_take_long_to_parse(container: ContainerClient, body: bytes) -> None:
    address = container.get_blob_client("blob").url + "&comp=blocklist"
    answer = requests.put(address, data=body, timeout=30)
    assert (answer.status_code, "BlockListTooLong" in answer.text) == (400, True)


def test_one_block_named_many_times() -> None:
    with LocalService(limits=Limits(blob_bytes=2 * MIB)) as service:
        uri = service.workspace()._get_linked_storage_sas_uri("box-1")
        blob = ContainerClient.from_container_url(uri).get_blob_client("b")
        blob.stage_block("one", bytes(MIB))
        with pytest.raises(HttpResponseError) as caught:
            blob.commit_block_list(["one"] * 400)
        assert caught.value.status_code == 413
        blob.commit_block_list(["one"] * 2)
        assert blob.get_blob_properties().size == 2 * MIB


def test_blocks_that_memory_has_no_room_for(service: LocalService, container: ContainerClient) -> None:
    service.store._limit = 4 * MIB
    blob = container.get_blob_client("b")
    blob.stage_block("one", bytes(MIB))
    with pytest.raises(HttpResponseError) as caught:
        blob.commit_block_list(["one"] * 8)
    assert caught.value.status_code == 413
    assert not blob.exists()
    blob.commit_block_list(["one"])
    assert blob.exists()


LAUGHS = """<?xml version="1.0" encoding="{0}"?><!DOCTYPE BlockList [<!ENTITY a "{1}">{2}]>
<BlockList><Latest>&e;</Latest></BlockList>"""
ENTITIES = "".join(f'<!ENTITY {name} "{f"&{inner};" * 10}">' for inner, name in zip("abcd", "bcde", strict=True))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "utf-8-sig"])
@pytest.mark.parametrize("entities", [ENTITIES, '<!ENTITY e SYSTEM "file:///etc/hostname">', '<!ENTITY e "x">'])
def test_block_lists_with_entities(container: ContainerClient, encoding: str, entities: str) -> None:
    blob = container.get_blob_client("b")
    text = LAUGHS.format(encoding.removesuffix("-sig"), "ha" * 1000, entities)
    answer = requests.put(f"{blob.url}&comp=blocklist", data=text.encode(encoding), timeout=10)
    assert (answer.status_code, answer.headers["x-ms-error-code"]) == (400, "InvalidXmlDocument")
    assert len(answer.text) < 1000


@given(body=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: f"<BlockList>{text}</BlockList>".encode()))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_block_list_is_refused_politely(container: ContainerClient, body: bytes) -> None:
    url = container.get_blob_client("fuzz").url
    assert requests.put(f"{url}&comp=blocklist", data=body, timeout=10).status_code in (201, 400)


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\x00b", "\x1b[2J", "a\x7f"])
def test_control_characters_in_names(http: Any, container: ContainerClient, name: str) -> None:
    parts = urlsplit(container.url)
    url = f"{http.service.url}/box-1/{requests.utils.quote(name)}?{parts.query}"
    answer = requests.put(url, data=b"x", headers={"x-ms-blob-type": "BlockBlob"}, timeout=10)
    assert (answer.status_code, answer.headers["x-ms-error-code"]) == (400, "InvalidResourceName")
    answer = http("POST", "storage/sasUri", json={"containerName": "box-1", "blobName": name})
    assert answer.status_code == 400


def test_uploads_without_a_job_push_out_no_jobs(http: Any) -> None:
    http.service.store._limit = 8 * MIB
    jobs = [http.submit(bytes(20_000)) for _ in range(50)]
    assert http.service.wait_idle()
    headers = {"x-ms-blob-type": "BlockBlob"}
    for number in range(120):
        uri = http("POST", "storage/sasUri", json={"containerName": f"box-{number}"}).json()["sasUri"]
        base, _, query = uri.partition("?")
        if number % 3:
            answer = requests.put(f"{base}/b?{query}", data=bytes(200_000), headers=headers, timeout=10)
        else:
            answer = requests.put(f"{base}/b?comp=block&blockid=YQ==&{query}", data=bytes(200_000), timeout=10)
        assert answer.status_code == 201
    assert all(http("GET", f"jobs/{id_}").status_code == 200 for id_ in jobs)
    assert requests.get(f"{base}?restype=container&{query}", timeout=10).ok, "the newest upload is kept"
    assert http.service.store._used() <= 8 * MIB


def test_one_input_of_many_jobs_does_not_fill_the_memory(http: Any) -> None:
    """Each output is as large as the input, which is sent once, and in a container that nobody made."""
    size = 40 * 2**20
    first = http.submit(b"x" * size)
    place = f"{http.service.url}/job-{first}/inputData"
    ids = []
    for number in range(8):
        id_, body = http.job(containerUri=f"{http.service.url}/box-{number}", inputDataUri=place)
        assert http("PUT", f"jobs/{id_}", json=body).status_code == 200
        ids.append(id_)
    assert http.service.wait_idle()
    states = [http("GET", f"jobs/{id_}").json().get("status") for id_ in ids]
    assert set(states) <= {"Succeeded", "Failed", None}  # None: forgotten
    assert "Succeeded" in states
    (held,) = http.service.store.execute("SELECT coalesce(sum(size), 0) FROM blobs")[0]
    assert held <= 160 * 2**20
    assert http.submit(b"small")

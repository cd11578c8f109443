"""The storage side: signed addresses, containers, blobs."""

from __future__ import annotations

import uuid
from urllib.parse import parse_qs

import pytest
import requests

from .conftest import Service, ended

ENTRY = {"entryPoint": "ENTRYPOINT__main", "arguments": []}


def container(service: Service) -> str:
    answer = service("POST", "storage/sasUri", json={"containerName": f"conformance-{uuid.uuid4()}"})
    assert answer.status_code == 200
    return str(answer.json()["sasUri"])


@pytest.mark.recorded
def test_containers_are_signed_for_the_account(service: Service) -> None:
    query = parse_qs(container(service).partition("?")[2])
    assert [query[name] for name in ("ss", "srt", "sp")] == [["b"], ["co"], ["rwlac"]]
    assert query["spr"][0].startswith("https")
    assert {"sv", "st", "se", "sig"} <= set(query)


@pytest.mark.recorded
def test_errors_are_xml(service: Service) -> None:
    base, _, query = container(service).partition("?")
    answer = requests.get(f"{base}/absent?{query}", timeout=60)
    assert answer.status_code == 404
    assert answer.headers["x-ms-error-code"] == "BlobNotFound"
    assert answer.headers["Content-Type"] == "application/xml"


@pytest.mark.client
def test_a_blob_in_ranges(service: Service) -> None:
    """What the blob client insists on: no second upload, 206 with the range, 416 for an empty blob."""
    base, _, query = container(service).partition("?")
    headers = {"x-ms-blob-type": "BlockBlob", "If-None-Match": "*", "x-ms-version": "2021-12-02"}
    url = f"{base}/inputData?{query}"
    assert requests.put(url, data=b"0123456789", headers=headers, timeout=60).status_code == 201
    again = requests.put(url, data=b"0123456789", headers=headers, timeout=60)
    assert again.status_code == 409
    assert again.headers["x-ms-error-code"] == "BlobAlreadyExists"
    part = requests.get(url, headers={"x-ms-range": "bytes=2-4", "x-ms-version": "2021-12-02"}, timeout=60)
    assert part.status_code == 206
    assert part.content == b"234"
    assert part.headers["Content-Range"] == "bytes 2-4/10"
    empty = f"{base}/empty?{query}"
    assert requests.put(empty, data=b"", headers=headers, timeout=60).status_code == 201
    assert requests.get(empty, headers={"x-ms-range": "bytes=0-9"}, timeout=60).status_code == 416


@pytest.mark.recorded
def test_the_types_of_outputs(service: Service, bell: bytes) -> None:
    for target, data, form, kind in (
        ("ionq.simulator", bell, {}, "application/octet-stream"),
        (
            "ionq.simulator",
            b'{"qubits": 1, "circuit": [{"gate": "h", "target": 0}]}',
            {"input_data_format": "ionq.circuit.v1", "output_data_format": "ionq.quantum-results.v1"},
            "application/json",
        ),
    ):
        params = {} if form else {"input_params": ENTRY}
        job = ended(service.submit(target, data, 10, **params, **form))
        answer = requests.get(job.details.output_data_uri, timeout=60)
        assert answer.headers["Content-Type"] == kind
        assert "Content-MD5" in answer.headers

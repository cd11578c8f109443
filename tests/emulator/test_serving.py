"""The service in process and in the foreground."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from qsharp_bridge.emulator import LocalService
from qsharp_bridge.emulator.service import SUBSCRIPTION
from qsharp_bridge.emulator.serving import connect_lines
from qsharp_bridge.errors import BridgeError


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_lines_that_it_prints_connect(number: int) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "from qsharp_bridge.emulator import serve; serve(0)"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    lines = [child.stdout.readline() for _ in range(18)]
    code = "".join(line[4:] for line in lines if line.startswith("    "))
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["workspace"].list_jobs() == []
    key = lines[1].split()[-1]
    child.send_signal(number)
    _, log = child.communicate(timeout=30)
    assert child.returncode == 0
    assert key not in log
    assert "Traceback" not in log


def test_the_variables_that_it_prints_are_those_that_the_client_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    from azure.core.credentials import AzureKeyCredential
    from azure.quantum import Workspace

    with LocalService() as service:
        for name, value in re.findall(r"export (AZURE_\w+)=(\S+)", connect_lines(service)):
            monkeypatch.setenv(name, value)
        with Workspace(credential=AzureKeyCredential(service.api_key), _quantum_endpoint=service.url) as workspace:
            assert (workspace.name, workspace.location) == ("local", "eastus")
            assert workspace.list_jobs() == []
        with pytest.raises(ValueError, match="Invalid connection string"):
            Workspace.from_connection_string(
                f"SubscriptionId={SUBSCRIPTION};ResourceGroupName=local;WorkspaceName=local;"
                f"ApiKey={service.api_key};QuantumEndpoint={service.url}/;"
            )


def test_a_port_in_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            LocalService(port=taken.getsockname()[1]).start()


def test_it_starts_and_stops_cleanly() -> None:
    service = LocalService()
    for _ in range(3):
        with service:
            port = service.port
            assert requests.get(service.url, timeout=5).status_code == 401
        with pytest.raises(requests.exceptions.ConnectionError):
            requests.get(f"http://127.0.0.1:{port}", timeout=5)
    with service, pytest.raises(RuntimeError, match="started already"):
        service.start()


def test_a_key_is_made_for_each_service() -> None:
    assert LocalService().api_key != LocalService().api_key
    assert len(LocalService().api_key) >= 32
    with pytest.raises(ValueError, match="api_key"):
        LocalService(api_key="")


def test_https_with_a_bearer_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from azure.core.credentials import AccessToken

    certificate, key = _certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))

    class Token:
        def get_token(self, *scopes: str, **_: Any) -> AccessToken:
            assert scopes == ("https://quantum.microsoft.com/.default",)
            return AccessToken(service.api_key, 2**40)

    with LocalService(certificate=certificate, private_key=key) as service:
        assert service.url.startswith("https://127.0.0.1:")
        workspace = service.workspace(credential=Token())
        assert workspace.list_jobs() == []
        uri = workspace._get_linked_storage_sas_uri("box")
        assert uri.startswith("https://")


def _certificate(folder: Path) -> tuple[Path, Path]:
    import ipaddress
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "cert.pem", folder / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_file, key_file


def test_a_workspace_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from azure.core.credentials import AccessToken
    from azure.quantum import Workspace

    certificate, key = _certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with LocalService(certificate=certificate, private_key=key) as service:

        class Token:
            def get_token(self, *scopes: str, **_: Any) -> AccessToken:
                return AccessToken(service.api_key, 2**40)

        guid = "11111111-1111-1111-1111-111111111111"
        complete = {"subscription_id": guid, "resource_group": "some", "name": "mine"}
        for parameters in ({"name": "mine"}, complete):
            workspace = Workspace(**parameters, credential=Token(), arm_endpoint=service.url)  # type: ignore[arg-type]
            assert workspace.location == "eastus"
            assert workspace.list_jobs() == []
        assert service.requests.count("management.find") == 1
        assert service.requests.count("management.get") == 1


def test_stopping_does_not_wait_for_a_long_simulation(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading
    import time

    from qsharp_bridge.emulator.jobs import runner as running

    entered, leave = threading.Event(), threading.Event()

    def slow(*_: Any, **__: Any) -> None:
        entered.set()
        leave.wait(30)
        raise ValueError("never mind")

    monkeypatch.setattr(running.Runner, "run", slow)
    with LocalService() as service:
        target = service.workspace().get_targets("echo-output")
        target.submit(b"x", input_data_format="text", output_data_format="text")
        assert entered.wait(10)
        began = time.monotonic()
    assert time.monotonic() - began < 15
    leave.set()


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_beyond_this_machine(host: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(BridgeError, match="the key has 6 characters, and other machines can reach"):
        LocalService(host=host, api_key="secret").start()
    with contextlib.ExitStack() as stack:
        service = LocalService(host=host)
        try:
            stack.enter_context(service)
        except OSError:
            pytest.skip("needs IPv6")
        assert "other machines can reach this service" in caplog.text
        assert "unencrypted" in caplog.text
        assert service.api_key not in caplog.text
        lines = connect_lines(service)
        assert f"export QSHARP_BRIDGE_URL={service.url}\n" in lines
        assert f"?key={service.api_key}" not in lines
        local = f"http://127.0.0.1:{service.port}" if host == "0.0.0.0" else f"http://[::1]:{service.port}"
        headers = {"x-ms-quantum-api-key": service.api_key}
        assert requests.get(f"{local}/_admin/health", headers=headers, timeout=10).ok
        for name, status in ((socket.gethostname(), 200), ("evil.example", 421)):
            answer = requests.get(f"{local}/_admin/health", headers={**headers, "Host": name}, timeout=10)
            assert answer.status_code == status


def test_on_this_machine_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    for host in ("127.0.0.1", "localhost"):
        with LocalService(host=host, api_key="secret") as service:
            assert f"?key={service.api_key}" in connect_lines(service)
    assert caplog.text == ""


def test_the_key_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(" a-key-of-its-own \n")
    assert LocalService(api_key_file=file).api_key == "a-key-of-its-own"
    for content in (b"\n", b"two words", b"\xff"):
        file.write_bytes(content)
        with pytest.raises(BridgeError, match=r"key: the file (does not hold one|is not text)"):
            LocalService(api_key_file=file)
    with pytest.raises(ValueError, match="not both"):
        LocalService(api_key="x", api_key_file=file)
    with pytest.raises(OSError, match="No such file"):
        LocalService(api_key_file=tmp_path / "none")


def test_the_cookie_is_secure_over_https(tmp_path: Path) -> None:
    certificate, key = _certificate(tmp_path)
    with LocalService(certificate=certificate, private_key=key) as service:
        answer = requests.get(
            f"{service.url}/?key={service.api_key}", verify=str(certificate), allow_redirects=False, timeout=10
        )
        assert "; secure" in answer.headers["set-cookie"].lower()
    with LocalService() as service:
        answer = requests.get(f"{service.url}/?key={service.api_key}", allow_redirects=False, timeout=10)
        assert "; secure" not in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "option",
    [
        {"session_timeout": float("nan")},
        {"session_timeout": -1},
        {"cancel_lag": float("inf")},
        {"job_timeout": -1},
        {"workers": 0},
        {"port": 70_000},
    ],
)
def test_a_number_out_of_its_range(option: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(option))} must be a number from [01] to"):
        LocalService(**option)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"certificate": "/no.pem"}, "cannot use the certificate /no.pem: No such file"),
        ({"certificate": __file__}, "cannot use the certificate"),
        ({"private_key": "/no.pem"}, "a private key needs its certificate; give the certificate, too"),
    ],
)
def test_a_certificate_that_cannot_be_used(option: dict[str, Any], message: str) -> None:
    """A private key alone started a service without https."""
    with pytest.raises(BridgeError, match=message):
        LocalService(**option)

"""qsharp-bridge emulator, in a process of its own."""

import json
import os
import signal
import socket

import pytest

from tests.shared.command_line import start


@pytest.fixture
def emulator():
    processes = []

    def run(*argv, **options):
        process = start("emulator", "--port", "0", *argv, **options)
        processes.append(process)
        url = process.stdout.readline().split()[-1]
        assert url.startswith("http://127.0.0.1:")
        return process, url

    yield run
    for process in processes:
        process.kill()
        process.communicate()


def stop(process) -> int:
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    return process.returncode


def test_serves_until_it_is_stopped_and_keeps_its_data(cli, emulator, folder, monkeypatch):
    monkeypatch.setenv("QSHARP_BRIDGE_API_KEY", "a key of mine")
    argv = ["--data", folder / "data", "--session-timeout", "300", "--pace", "reads:1", "--seed", "3"]
    process, url = emulator(*argv, "--api-key", "a key of mine")
    assert cli("run", folder / "sweep.toml", "--target", "ionq.simulator", "--workspace", url).code == 0
    assert stop(process) == 0
    told = cli("sessions", "list", "--data", folder / "data").out
    assert "Succeeded" in told


def test_the_key_may_come_from_the_environment(cli, emulator, monkeypatch):
    monkeypatch.setenv("QSHARP_BRIDGE_API_KEY", "from the environment")
    process, url = emulator(env=dict(os.environ))
    assert "from the environment" in process.stdout.readline()
    assert cli("sessions", "list", "--workspace", url).code == 0


def test_the_key_may_come_from_a_file(cli, emulator, folder, monkeypatch):
    (folder / "key").write_text("from-a-file\n")
    process, url = emulator("--api-key-file", folder / "key")
    assert "from-a-file" in process.stdout.readline()
    monkeypatch.setenv("QSHARP_BRIDGE_API_KEY", "from-a-file")
    assert cli("sessions", "list", "--workspace", url).code == 0


@pytest.mark.parametrize("content", [b"", b"\n", b"two words", b"\xff"])
def test_a_file_that_holds_no_key(refused, folder, content):
    (folder / "key").write_bytes(content)
    assert "key: the file " in refused("emulator", "--api-key-file", folder / "key")


def test_json_is_one_line_when_the_service_answers(cli, folder, monkeypatch):
    process = start("emulator", "--port", "0", "--json", "--data", "data", cwd=folder)
    try:
        told = json.loads(process.stdout.readline())
        assert told.keys() == {"url", "api_key", "data", "pid"}
        assert (told["data"], told["pid"]) == (str(folder / "data"), process.pid)
        monkeypatch.setenv("QSHARP_BRIDGE_API_KEY", told["api_key"])
        assert cli("sessions", "list", "--workspace", told["url"], "--json").out == "[]\n"
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=60)[0] == ""
        assert process.returncode == 0
    finally:
        process.kill()


def test_json_without_a_folder():
    process = start("emulator", "--port", "0", "--json", "--api-key", "mine")
    try:
        told = json.loads(process.stdout.readline())
        assert (told["data"], told["api_key"]) == (None, "mine")
    finally:
        process.kill()
        process.communicate()


def test_jobs_are_simulated_on_a_dask_cluster(cli, emulator, folder, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setenv("QSHARP_BRIDGE_API_KEY", "mine")
    options = {"n_workers": 1, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with distributed.LocalCluster(**options) as running:
        process, url = emulator("--dask", running.scheduler_address)
        assert cli("run", folder / "sweep.toml", "--target", "ionq.simulator", "--workspace", url).code == 0
        with distributed.Client(running, set_as_default=False) as client:
            assert client.run_on_scheduler(lambda dask_scheduler: dask_scheduler.transition_counter)  # it had tasks
        assert stop(process) == 0


def test_a_port_in_use(cli):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = cli("emulator", "--port", str(taken.getsockname()[1]))
    assert ended.code == 3
    assert "Address already in use" in ended.err
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["--port", "70000"], "70000 is not in the range 0<=x<=65535"),
        (["--session-timeout", "0"], "0.0 is not in the range 0<x<=1000000000"),
        (["--session-timeout", "x"], "'x' is not a valid float"),
        (["--pace", "slow"], "a pace is 'immediate', a number of seconds, or 'reads:N', not 'slow'"),
        (["--certificate", "/no.pem"], "cannot use the certificate /no.pem: No such file"),
        (["--certificate", __file__], "cannot use the certificate"),
        (["--private-key", "/no.pem"], "a private key needs its certificate"),
        (["--workers", "0"], "0 is not in the range 1<=x<=1000"),
        (["--prt", "1"], "did you mean --port?"),
    ],
)
def test_refuses(refused, argv, told):
    assert told in refused("emulator", *argv)


def test_hosts_that_are_allowed(emulator):
    import requests

    _, url = emulator("--allow-host", "quantum.test", "--api-key", "hush")
    headers = {"x-ms-quantum-api-key": "hush"}
    for host, status in (("quantum.test", 200), ("other.test", 421)):
        answer = requests.get(f"{url}/_admin/health", headers={**headers, "Host": host}, timeout=10)
        assert answer.status_code == status

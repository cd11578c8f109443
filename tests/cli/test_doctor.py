"""qsharp-bridge doctor."""

import importlib.metadata
import json
import re

from qsharp_bridge import __version__
from qsharp_bridge.emulator import LocalService


def checks(text: str) -> dict[str, tuple[str, str]]:
    return {check["name"]: (check["state"], check["remark"]) for check in json.loads(text)}


def test_all_is_well(cli):
    ended = cli("doctor", "--json")
    found = checks(ended.out)
    assert ended.code == 0
    assert found["qsharp-bridge"] == ("ok", __version__)
    assert found["qdk"] == ("ok", importlib.metadata.version("qdk"))
    assert found["compiler and simulator"][0] == "ok"
    assert found["local service"][0] == "ok"
    assert "workspace" not in found


def test_text(cli):
    ended = cli("doctor")
    assert ended.code == 0
    assert f"ok      qsharp-bridge                    {__version__}" in ended.out.splitlines()


def test_every_needed_package_is_looked_at(cli):
    needed = importlib.metadata.requires("qsharp-bridge")
    names = {re.match(r"[\w-]+", line)[0] for line in needed if "extra ==" not in line}
    assert names <= set(checks(cli("doctor", "--json", "--offline").out))


def test_a_workspace_that_answers(cli, service):
    state, told = checks(cli("doctor", "--json", "--workspace", service.url).out)["workspace"]
    assert state == "ok"
    assert told.startswith("local answers, with ")


def test_a_workspace_that_does_not(cli, monkeypatch):
    monkeypatch.setenv("QSHARP_BRIDGE_API_KEY", "x")
    with LocalService() as gone:
        url = gone.url
    ended = cli("doctor", "--json", "--workspace", url)
    assert ended.code == 3
    assert checks(ended.out)["workspace"][0] == "broken"
    assert cli("doctor", "--json", "--workspace", url, "--offline").code == 0


def test_no_secret_shows(cli, monkeypatch):
    secret = "SubscriptionId=00000000-0000-0000-0000-000000000000;ApiKey=hush-hush;"
    monkeypatch.setenv("AZURE_QUANTUM_CONNECTION_STRING", secret)
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "hush-hush")
    for argv in ([], ["--json"]):
        ended = cli("doctor", *argv)
        assert ended.code == 3  # that connection string leads nowhere
        assert "hush" not in ended.out + ended.err
        assert "AZURE_CLIENT_SECRET" in ended.out

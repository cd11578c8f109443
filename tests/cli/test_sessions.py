"""qsharp-bridge sessions, against a service that runs and against the folder of one that does not."""

import json
import subprocess
import sys

import pytest

from qsharp_bridge.emulator import LocalService


@pytest.fixture
def ran(cli, folder, service):
    """The flags of a service on which a session of four jobs has run."""
    where = ["--workspace", service.url]
    assert cli("run", folder / "sweep.toml", "--target", "ionq.simulator", "--session-name", "mine", *where).code == 0
    return where


def test_list_and_show(cli, ran):
    (session,) = json.loads(cli("sessions", "list", *ran, "--json").out)
    assert (session["name"], session["state"], session["target"]) == ("mine", "Succeeded", "ionq.simulator")
    assert session["failure_policy"] == "Continue"
    assert json.loads(cli("sessions", "show", session["id"], *ran, "--json").out) == session
    table = cli("sessions", "list", *ran).out.splitlines()
    assert table[0].split() == ["id", "state", "target", "created", "name"]
    assert table[1].startswith(session["id"])
    assert f"id              {session['id']}" in cli("sessions", "show", session["id"], *ran).out


def test_jobs(cli, ran):
    (session,) = json.loads(cli("sessions", "list", *ran, "--json").out)
    jobs = json.loads(cli("sessions", "jobs", session["id"], *ran, "--json").out)
    assert sorted(job["name"] for job in jobs) == ["Turn 0", "Turn 1", "Turn 2", "Turn 3"]
    assert [job["created"] for job in jobs] == sorted(job["created"] for job in jobs)
    assert {job["session"] for job in jobs} == {session["id"]}
    assert len(cli("sessions", "jobs", session["id"], *ran).out.splitlines()) == 5


def test_close(cli, service):
    with service.workspace() as workspace:
        session = workspace.get_targets("ionq.simulator").open_session(name="left open")
    where = ["--workspace", service.url]
    assert json.loads(cli("sessions", "show", session.id, *where, "--json").out)["state"] == "Waiting"
    assert json.loads(cli("sessions", "close", session.id, *where, "--json").out)["state"] == "Succeeded"
    assert json.loads(cli("sessions", "show", session.id, *where, "--json").out)["state"] == "Succeeded"


@pytest.mark.parametrize("verb", ["show", "jobs", "close"])
def test_an_unknown_session(cli, service, verb):
    ended = cli("sessions", verb, "4711", "--workspace", service.url)
    assert ended.code == 3
    assert ended.err == (
        f"qsharp-bridge sessions {verb}: there is no session 4711; "
        "list_sessions(workspace) or `qsharp-bridge sessions list` lists them all\n"
    )


def test_which_workspace(cli, refused, folder):
    assert "no workspace is named" in refused("sessions", "list")
    assert "keeps sessions only in a folder" in refused("sessions", "list", "--workspace", "local")
    assert "there is no folder" in refused("sessions", "list", "--data", folder / "nowhere")
    assert "no local service has kept anything in" in refused("sessions", "list", "--data", folder)
    assert not (folder / "service.sqlite").exists()
    where = ["--workspace", "http://127.0.0.1:9", "--data", folder]
    assert "only a local service in this process has a folder" in refused("sessions", "list", *where)
    keyless = cli("sessions", "list", "--workspace", "http://127.0.0.1:9")
    assert (keyless.code, keyless.out) == (3, "")
    assert "or set QSHARP_BRIDGE_API_KEY" in keyless.err


def test_a_folder_in_use(cli, folder):
    with LocalService(data=folder / "data"):
        ended = cli("sessions", "list", "--data", folder / "data")
    assert ended.code in (2, 3)
    assert ended.err.count("\n") == 1
    assert "internal error" not in ended.err


@pytest.mark.parametrize("argv", [["sessions", "list"], ["sessions", "show", "x"], ["jobs", "show", "x"]])
def test_a_wrong_key(cli, service, monkeypatch, argv):
    monkeypatch.setenv("QSHARP_BRIDGE_API_KEY", "wrong")
    ended = cli(*argv, "--workspace", service.url)
    assert ended.code == 3
    assert "401 Unauthorized; the credentials were refused: check the key" in ended.err


def test_the_client_logs_no_pages():
    """azure-identity warns about each way to sign in that failed, through Python's last resort, stderr."""
    code = (
        "from qsharp_bridge.sweepfile.workspaces import open_workspace; import logging\n"
        "with open_workspace('local'): pass\n"
        "logging.getLogger('azure.identity').warning('a page')"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stderr == ""

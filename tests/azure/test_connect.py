"""Workspaces from the words that users have at hand; a key is never repeated."""

import pytest

import qsharp_bridge as qb
from qsharp_bridge.azure.connect import open_local_service, open_workspace
from qsharp_bridge.errors import ServiceError

GUID = "00000000-0000-0000-0000-000000000001"
STRING = (
    f"SubscriptionId={GUID};ResourceGroupName=rg;WorkspaceName=ws;ApiKey=top-secret;"
    "QuantumEndpoint=https://eastus.quantum.azure.com/;"
)
RESOURCE_ID = f"/subscriptions/{GUID}/resourceGroups/rg/providers/Microsoft.Quantum/Workspaces/ws"


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in ("RESOURCE_ID", "LOCATION", "CONNECTION_STRING"):
        monkeypatch.delenv(f"AZURE_QUANTUM_{name}", raising=False)


def test_a_connection_string():
    with open_workspace(STRING) as workspace:
        assert (workspace.name, workspace.resource_group, workspace.subscription_id) == ("ws", "rg", GUID)
        assert "qsharp-bridge" in workspace.user_agent


def test_a_connection_string_in_the_environment(monkeypatch):
    monkeypatch.setenv("AZURE_QUANTUM_CONNECTION_STRING", STRING)
    with open_workspace() as workspace:
        assert workspace.name == "ws"


def test_a_resource_id_with_its_location(monkeypatch):
    monkeypatch.setenv("AZURE_QUANTUM_RESOURCE_ID", RESOURCE_ID)
    monkeypatch.setenv("AZURE_QUANTUM_LOCATION", "eastus")
    from azure.core.credentials import AzureKeyCredential

    options = {"credential": AzureKeyCredential("k"), "_quantum_endpoint": "http://127.0.0.1:1"}
    for where in (None, RESOURCE_ID):
        with open_workspace(where, **options) as workspace:
            assert (workspace.name, workspace.location) == ("ws", "eastus")


def test_nothing_says_where():
    with pytest.raises(ServiceError, match=r"AZURE_QUANTUM_RESOURCE_ID or AZURE_QUANTUM_CONNECTION_STRING"):
        open_workspace()


@pytest.mark.parametrize(
    "where",
    [
        STRING.replace("https://eastus.quantum.azure.com/", "http://somewhere.else/"),
        STRING.replace("ApiKey", "Apikei"),
        STRING.replace(GUID, "not-a-guid"),
        "subscriptionid=;ApiKey=top-secret",
    ],
)
def test_an_error_never_repeats_the_key(where):
    with pytest.raises(ServiceError) as caught:
        open_workspace(where)
    told = str(caught.value) + repr(caught.value) + str(caught.value.__dict__)
    assert "top-secret" not in told
    assert (
        caught.value.__suppress_context__
        or caught.value.__cause__ is None
        or "top-secret" not in str(caught.value.__cause__)
    )


def test_a_resource_id_that_is_none():
    with pytest.raises(ServiceError, match="cannot connect"):
        open_workspace("/subscriptions/wrong", location="eastus")


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://quantum.example:8400", "the key of a local service is not sent to quantum.example over plain http"),
        ("http://127.0.0.1@quantum.example:8400", "is not sent to quantum.example over plain http"),
        ("http://127.0.0.1.quantum.example", "is not sent to 127.0.0.1.quantum.example over plain http"),
        ("http://10.0.0.5:8400", "is not sent to 10.0.0.5 over plain http"),
        ("https://quantum.example:8400", "is for a service on this machine, not for quantum.example"),
        ("https://localhost.quantum.example", "is for a service on this machine, not for localhost.quantum.example"),
    ],
)
def test_the_key_of_the_environment_is_sent_to_this_machine_alone(monkeypatch, url, problem):
    """A sweep file from elsewhere may name any address as its workspace."""
    monkeypatch.setenv("QSHARP_BRIDGE_API_KEY", "hush")
    with pytest.raises(ServiceError, match=problem) as caught, qb.connect(url):
        pass
    assert "hush" not in str(caught.value)


def test_the_key_of_the_environment_is_sent_to_the_address_that_it_belongs_to(monkeypatch):
    monkeypatch.setenv("QSHARP_BRIDGE_API_KEY", "hush")
    monkeypatch.setenv("QSHARP_BRIDGE_URL", "https://quantum.invalid:8400/")
    with pytest.raises(ServiceError, match="no service answers at"), qb.connect("https://quantum.invalid:8400"):
        pass
    with pytest.raises(ServiceError, match=r"not for other\.invalid"), qb.connect("https://other.invalid:8400"):
        pass
    with pytest.raises(ServiceError, match="over plain http"), qb.connect("http://quantum.invalid", api_key="given"):
        pass


@pytest.mark.parametrize("password", ["secret", "pa/secret", "se@secret", "secret?x#y"])
def test_the_password_in_an_address_is_not_in_the_error(password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QSHARP_BRIDGE_API_KEY", raising=False)
    for key in (None, "key"):
        with pytest.raises(ServiceError) as caught:
            open_local_service(f"http://user:{password}@127.0.0.1:9", api_key=key)
        assert "secret" not in str(caught.value)
        assert "user:" not in str(caught.value)
        assert caught.value.__cause__ is None

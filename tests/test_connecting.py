"""connect: the embedded service, one that runs already, and Azure; errors that never repeat a key."""

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import ServiceError


def test_the_embedded_service_lives_as_long_as_the_block():
    connection = qb.connect("local", seed=1)
    with connection as workspace:
        assert workspace.get_targets("ionq.simulator").name == "ionq.simulator"
        url = connection.service.url
    with pytest.raises(ServiceError, match="no service answers"):
        qb.connect(url, api_key="anything").open()


def test_a_service_that_runs_already_is_found_by_its_address(monkeypatch):
    with qb.emulator.LocalService(api_key="the-key") as service:
        with qb.connect(service.url, api_key="the-key") as workspace:
            assert workspace.list_sessions() == []
        monkeypatch.setenv("QSHARP_BRIDGE_API_KEY", "the-key")
        with qb.connect(service.url) as workspace:
            assert workspace.list_sessions() == []
        monkeypatch.delenv("QSHARP_BRIDGE_API_KEY")
        with pytest.raises(ServiceError, match="needs a key"):
            qb.connect(service.url).open()


def test_errors_never_repeat_a_key(monkeypatch):
    for name in ("AZURE_QUANTUM_RESOURCE_ID", "AZURE_QUANTUM_CONNECTION_STRING"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ServiceError, match="no workspace is named"):
        qb.connect().open()
    with pytest.raises(ServiceError) as caught:
        qb.connect("SubscriptionId=1;ApiKey=very-secret;QuantumEndpoint=nowhere").open()
    assert "very-secret" not in str(caught.value)
    with pytest.raises(ServiceError, match="Invalid resource id"):
        qb.connect("/subscriptions/none").open()

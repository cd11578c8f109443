"""What a workspace offers: targets and quotas, and pages of lists."""

from __future__ import annotations

import pytest

from .conftest import Service


@pytest.mark.recorded
def test_the_fields_of_targets(service: Service) -> None:
    """Up to the api-version 2025-12-01-preview a target has four fields."""
    answer = service("GET", "providerStatus", params={"api-version": "2025-12-01-preview"}).json()
    assert "nextLink" in answer
    for provider in answer["value"]:
        assert provider["currentAvailability"] in ("Available", "Degraded", "Unavailable")
        for target in provider["targets"]:
            assert set(target) == {"id", "currentAvailability", "averageQueueTime", "statusPage"}


@pytest.mark.recorded
def test_the_fields_of_quotas(service: Service) -> None:
    for quota in service("GET", "quotas").json()["value"]:
        assert {"dimension", "scope", "providerId", "utilization", "holds", "limit", "period"} <= set(quota)
        assert quota["scope"] in ("Workspace", "Subscription")


@pytest.mark.client
def test_the_client_makes_targets_of_them(service: Service) -> None:
    names = {target.name for target in service.workspace.get_targets()}
    assert any(name.startswith("ionq.") for name in names)


@pytest.mark.recorded
def test_the_link_to_the_next_page(service: Service) -> None:
    page = service("GET", "jobs", params={"skip": "0", "top": "1"}).json()
    if page["nextLink"] is not None:
        assert "skip=1" in page["nextLink"]
        assert "top=1" in page["nextLink"]


@pytest.mark.inferred
def test_an_unknown_version_is_refused(service: Service) -> None:
    assert service("GET", "quotas", params={"api-version": "1999-01-01"}).status_code == 400

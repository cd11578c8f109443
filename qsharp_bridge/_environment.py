"""Names of the environment variables that this package reads."""

from __future__ import annotations

RESOURCE_ID = "AZURE_QUANTUM_RESOURCE_ID"
CONNECTION_STRING = "AZURE_QUANTUM_CONNECTION_STRING"
LOCATION = "AZURE_QUANTUM_LOCATION"
"""The location of the workspace that ``RESOURCE_ID`` names."""

API_KEY = "QSHARP_BRIDGE_API_KEY"
"""The key of a local service."""
SERVICE_URL = "QSHARP_BRIDGE_URL"
"""The address of the service that ``API_KEY`` is for, if it is on another machine."""

WORKSPACE_VARIABLES = (RESOURCE_ID, CONNECTION_STRING)
"""The variables that can name a workspace."""

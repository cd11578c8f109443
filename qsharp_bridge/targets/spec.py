"""The parameters with which QIR is sent to a target, from the client's Target classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qsharp_bridge.errors import TargetError


@dataclass(frozen=True)
class TargetSpec:
    """Parameters with which QIR is sent to a target of a workspace.

    Attributes:
        name: the target's name, such as ``ionq.simulator``.
        provider_id: the provider's id, such as ``ionq``.
        profile: the QIR target profile of the client's Target class, such as ``Base``.
        shots_key: the input parameter that has the number of shots.
        output_format: the requested format, ``microsoft.quantum-results.v2`` for every target of azure-quantum 3.13.
    """

    name: str
    provider_id: str
    profile: str
    shots_key: str = "shots"
    output_format: str = "microsoft.quantum-results.v2"

    @classmethod
    def of(cls, target: Any) -> TargetSpec:
        """Return the spec of an ``azure.quantum.target.Target``.

        Raises:
            TargetError: ``target`` is no target, or has no provider or no parameter for the number of shots.
        """
        if isinstance(target, str) or not hasattr(target, "workspace") or not hasattr(target, "name"):
            raise TargetError(
                f"{target!r} is not a target",
                advice='use workspace.get_targets("ionq.simulator"), or LocalSimulator()',
            )
        shots_key = getattr(type(target), "_SHOTS_PARAM_NAME", "shots")
        if shots_key is None:
            raise TargetError(f"{target.name} takes no number of shots")
        if not target.provider_id:
            raise TargetError(f"{target.name} names no provider")
        output_format = target._qir_output_data_format() if hasattr(target, "_qir_output_data_format") else None
        return cls(
            name=target.name,
            provider_id=target.provider_id,
            profile=str(getattr(target.target_profile, "name", target.target_profile) or "Base"),
            shots_key=shots_key,
            output_format=output_format or cls.output_format,
        )

    def input_params(self, shots: int) -> dict[str, Any]:
        """Return the ``inputParams`` that the client itself sends for a Q# program (see its ``Target.submit``)."""
        return {
            "entryPoint": "ENTRYPOINT__main",
            "arguments": [],
            "target_profile": self.profile,
            self.shots_key: shots,
        }

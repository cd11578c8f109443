"""Options of the providers for noise, in a job's inputParams: they are simulated if their rates are known.

For an option that is not simulated, the job's answer has a warning.

- IonQ's simulator: ``{"noise": {"model": "aria-1", "seed": 1}}``. The rates are IonQ's, of one-qubit and two-qubit
  depolarizing channels after each gate: https://docs.ionq.com/guides/simulation-with-noise-models (Aria 1 and 2,
  Forte 1). A channel of strength r keeps the state with the probability 1 - 3 r / 4 (one qubit) or 1 - 15 r / 16 (two);
  otherwise one of the Pauli errors acts, all equally likely. Every shot is simulated, as IonQ does.
- Quantinuum's emulators: ``{"error-params": {"p1": 0.001, "p2": 0.01, "p_meas": 0.002}}``. Only these three are
  simulated here: faults after one-qubit and two-qubit gates, and flipped results
  (https://docs.quantinuum.com/nexus/nexus_api/quantinuum_systems_noise_models.html). ``{"error-model": False}`` turns
  noise off. The default rates of an emulator are those of its machine, and no table of them was found.
- IonQ's ``{"error-mitigation": {"debias": True}}``: the counts of a simulation have no bias to remove.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from qsharp_bridge.simulators.noise import GATE_NAMES
from qsharp_bridge.targets.known import KnownTarget

_IONQ_RATES: Final = {
    "aria-1": (0.0005, 0.0133),
    "aria-2": (0.0006573333333333332, 0.01856),
    "forte-1": (0.0002666666666666667, 0.004949333333333333),
}
"""Strength of the depolarizing channel after a one-qubit and a two-qubit gate."""


@dataclass(slots=True)
class NoiseOptions:
    """Options of one job.

    Attributes:
        noise: a mapping as ``simulators.noise`` reads it; None if the job asks for no noise.
        ideal: whether the job asks for a simulation without noise.
        seed: the seed of the noise; None if the job names none.
        warnings: the options that are not simulated, and why.
    """

    noise: dict[str, Any] | None = None
    ideal: bool = False
    seed: int | None = None
    warnings: list[str] = field(default_factory=list)


def noise_options(target: KnownTarget, params: Mapping[str, Any]) -> NoiseOptions:
    """Return the options for noise in the inputParams of a job."""
    found = NoiseOptions()
    if target.provider == "ionq":
        _read_ionq(target, params, found)
    elif target.provider == "quantinuum":
        _read_quantinuum(target, params, found)
    for name in ("noise", "error-mitigation", "error_mitigation", "error-model", "error-params"):
        owner = "quantinuum" if name in ("error-model", "error-params") else "ionq"
        if params.get(name) is not None and target.provider != owner:
            found.warnings.append(f"inputParams.{name} was ignored: {target.id} has no such option.")
    return found


def _read_ionq(target: KnownTarget, params: Mapping[str, Any], found: NoiseOptions) -> None:
    mitigation = params.get("error-mitigation")
    if mitigation is not None and not (isinstance(mitigation, Mapping) and mitigation.get("debias") is False):
        found.warnings.append(
            "inputParams.error-mitigation changed the cost estimate only: debiasing is not simulated here."
        )
    if params.get("error_mitigation") is not None:
        found.warnings.append(
            "inputParams.error_mitigation was ignored, also by the cost estimate. The option that is read here is "
            "error-mitigation, with a hyphen."
        )
    option = params.get("noise")
    if option is None:
        return
    model = option.get("model") if isinstance(option, Mapping) else option
    if target.kind != "simulator":
        found.warnings.append(f"inputParams.noise was ignored: {target.id} is not a simulator.")
    elif model == "ideal":
        found.ideal = True
    elif isinstance(model, str) and model in _IONQ_RATES:
        one, two = _IONQ_RATES[model]
        found.noise = _depolarizing(one * 3 / 4, two * 15 / 16)
        seed = option.get("seed") if isinstance(option, Mapping) else None
        if isinstance(seed, int) and not isinstance(seed, bool) and seed >= 0:
            found.seed = seed
    else:
        found.warnings.append(
            f"inputParams.noise was ignored: the rates of the model {model!r:.60} are not known. The known models are "
            f"ideal, {', '.join(_IONQ_RATES)}."
        )


def _read_quantinuum(target: KnownTarget, params: Mapping[str, Any], found: NoiseOptions) -> None:
    model, rates = params.get("error-model"), params.get("error-params")
    emulates = target.kind == "simulator"
    for name, value in (("error-model", model), ("error-params", rates)):
        if value is not None and not emulates:
            found.warnings.append(f"inputParams.{name} was ignored: {target.id} is not an emulator.")
    if not emulates:
        return
    if model is False:
        found.ideal = True
        if rates is not None:
            found.warnings.append("inputParams.error-params was ignored: error-model is false.")
        return
    if model is not None and rates is None:
        found.warnings.append(
            "inputParams.error-model was ignored: the error rates of this emulator are not known. Set error-params "
            "with p1, p2 and p_meas, or start the service with a noise model for this target."
        )
    if rates is not None:
        _read_error_params(rates, found)


def _read_error_params(rates: Any, found: NoiseOptions) -> None:
    if not isinstance(rates, Mapping):
        found.warnings.append("inputParams.error-params was ignored: it is not an object.")
        return
    known: dict[str, float] = {}
    for name, value in rates.items():
        pair = isinstance(value, list) and len(value) == 2 and value[0] == value[1]
        rate = value[0] if pair else value
        chance = isinstance(rate, int | float) and not isinstance(rate, bool) and 0 <= rate <= 1
        if name in ("p1", "p2", "p_meas") and chance:
            known[name] = float(rate)
        else:
            found.warnings.append(
                f"inputParams.error-params.{str(name)[:60]} was ignored: p1, p2 and p_meas from 0 to 1 are simulated."
            )
    if known:
        found.noise = _depolarizing(known.get("p1", 0.0), known.get("p2", 0.0))
        found.noise["measurement"] = known.get("p_meas", 0.0)


def _depolarizing(one_qubit: float, two_qubit: float) -> dict[str, Any]:
    """Return the noise of Pauli errors with these probabilities after gates on one and on two qubits."""
    return {gate: {"depolarizing": one_qubit if qubits == 1 else two_qubit} for gate, qubits in GATE_NAMES.items()}

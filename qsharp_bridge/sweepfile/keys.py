"""Checks of the keys of a sweep file, from TOML or from options of the command line; every fault is reported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from qsharp_bridge.errors import BridgeError, SimulationError, SweepError, SweepFileError

from .checks import as_fault, check_keys, convert, convert_table, keys_of
from .model import KEYS, NEEDED, OF_LOCAL_SIMULATOR, PATHS, ProgramTable
from .observables import estimate_faults, observable_of
from .workspaces import LOCAL_SIMULATOR

_EXAMPLES = {
    "program": 'program = "file.qs", or a folder with a qsharp.json',
    "operation": 'operation = "Name", the operation of the program to run',
}


def check_keys_of_file(data: Mapping[str, Any], folder: Path) -> tuple[dict[str, Any], list[BridgeError]]:
    """Return the valid keys of a sweep file with their checked values, and the faults of the others."""
    advice = f"the keys are {', '.join(KEYS)}; what the operation takes goes under [parameters]"
    faults: list[BridgeError] = [*check_keys(data, KEYS, "", advice=advice)]
    for key in NEEDED:
        if key not in data:
            faults.append(SweepError(f"the key {key!r} is missing", advice=f"add {_EXAMPLES[key]}"))
    values: dict[str, Any] = {}
    for key in KEYS:
        if key in data:
            try:
                values[key] = check_key(key, data[key], key, folder)
            except SweepFileError as error:
                faults += error.faults
            except SweepError as error:
                faults.append(error)
    if "observable" in values or "observable" not in data:
        faults += estimate_faults(values)
    target = values.get("target", LOCAL_SIMULATOR)
    if target != LOCAL_SIMULATOR:
        given = (key for key in OF_LOCAL_SIMULATOR if key in values)
        faults += [SweepError(f"only {LOCAL_SIMULATOR} takes {key}", path=key) for key in given]
    return values, faults


def check_key(key: str, value: Any, where: str, folder: Path) -> Any:
    """Return the checked value of a key.

    Args:
        key: one of ``KEYS``.
        value: the value from TOML or the command line.
        where: the path of the value in errors.
        folder: the folder that paths are relative to.

    Raises:
        SweepError: the value does not fit.
    """
    if key == "workspace" and isinstance(value, str) and value.lower().startswith("subscriptionid="):
        raise SweepError(  # without the value, which holds a key
            "a connection string holds a key, and does not belong in a file",
            path=where,
            advice="set AZURE_QUANTUM_CONNECTION_STRING and leave workspace out",
        )
    if isinstance(value, str) and (not value.strip() or "\0" in value):
        raise SweepError(f"expected a string, found {value!r}", path=where)
    if key == "program" and isinstance(value, Mapping):
        for fault in check_keys(value, keys_of(ProgramTable), where, advice="give one of file, project and source"):
            raise fault
        found: Any = convert_table(value, ProgramTable, where)
        if found.count() != 1:
            raise SweepError("expected one of file, project and source", path=where)
        return found
    found = convert(value, KEYS[key], where)
    if key == "observable":
        found, faults = observable_of(value, where)
        if faults:
            raise faults[0] if len(faults) == 1 else SweepFileError(faults, path=where)
    if key == "noise":
        _check_noise(found, where)
    if key == "output":
        return [folder / each for each in (found if isinstance(found, list) else [found])]
    return folder / found if key in PATHS else found


def raise_faults(faults: Sequence[BridgeError], path: Path) -> None:
    """Raise an error with the faults of a file, if there are any.

    Args:
        faults: the faults, each with its path in the file.
        path: the file.

    Raises:
        SweepError: there is one fault.
        SweepFileError: there are several faults.
    """
    if len(faults) == 1:
        raise as_fault(faults[0], f"{path}: {faults[0].path}" if faults[0].path else str(path))
    if faults:
        raise SweepFileError(faults, path=str(path))


def _check_noise(noise: Mapping[str, Any], where: str) -> None:
    from qsharp_bridge.simulators.noise import noise_model

    try:
        noise_model(noise)
    except SimulationError as error:
        raise SweepError(error.problem.removeprefix("noise: "), path=where, advice=error.advice) from None

"""The readers of the input formats, by the names of the formats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from qsharp_bridge.emulator.jobs.errors import InputError

from .ionq_json import read_ionq
from .openqasm import read_openqasm
from .prepared import Prepared
from .qir import read_qir
from .quil_text import read_quil

_READERS: Final[dict[str, Callable[[bytes, dict[str, Any]], Prepared]]] = {
    "qir.v1": read_qir,
    "microsoft.qir.v1": read_qir,
    "honeywell.qir.v1": read_qir,
    "honeywell.openqasm.v1": read_openqasm,
    "ionq.circuit.v1": read_ionq,
    "rigetti.quil.v1": read_quil,
}

_VENDORS: Final = {"honeywell": "quantinuum"}
"""The providers of formats that are named after an older company."""


def read(input_format: str, data: bytes, params: dict[str, Any], provider: str) -> Prepared:
    """Read input data of a format.

    Raises:
        InputError: the provider does not accept the format, or the data are not of it or cannot be simulated.
    """
    reader = _READERS.get(input_format)
    vendor = input_format.partition(".")[0]
    if reader is None or (vendor not in ("qir", "microsoft") and _VENDORS.get(vendor, vendor) != provider):
        raise InputError(  # recorded, with a job that never began
            f"Unable to translate input data in format '{input_format}' to a format that '{provider}' accepts. Please "
            "ensure that your 'providerId', 'target', and 'inputDataFormat' are all correct and your client SDK is up "
            "to date.",
            "CannotTranslateInputData",
            begun=False,
        )
    return reader(data, params)

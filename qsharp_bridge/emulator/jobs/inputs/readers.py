"""The readers of the input formats, by the names of the formats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from .errors import InputError
from .ionq_json import read_ionq
from .openqasm import read_openqasm
from .prepared import Prepared
from .qir import read_qir
from .quil_text import read_quil

__all__ = ["read"]

_READERS: Final[dict[str, Callable[[bytes, dict[str, Any]], Prepared]]] = {
    "qir.v1": read_qir,
    "microsoft.qir.v1": read_qir,
    "honeywell.qir.v1": read_qir,
    "honeywell.openqasm.v1": read_openqasm,
    "ionq.circuit.v1": read_ionq,
    "rigetti.quil.v1": read_quil,
}


def read(input_format: str, data: bytes, params: dict[str, Any]) -> Prepared:
    """Read input data of a format.

    Raises:
        InputError: the format is unknown, or the data not of it.
    """
    reader = _READERS.get(input_format)
    if reader is None:
        raise InputError(f"The input data format '{input_format}' is not supported.", "InvalidProperty")
    return reader(data, params)

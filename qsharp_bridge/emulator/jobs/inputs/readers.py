"""Which reader reads which input format."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from .errors import InputError
from .ionq_json import read_ionq
from .openqasm import Compiler, read_openqasm
from .prepared import Prepared
from .qir import read_qir
from .quil_text import read_quil

__all__ = ["read"]

_READERS: Final[dict[str, Callable[[bytes, dict[str, Any]], Prepared]]] = {
    "qir.v1": read_qir,
    "microsoft.qir.v1": read_qir,
    "honeywell.qir.v1": read_qir,
    "ionq.circuit.v1": read_ionq,
    "rigetti.quil.v1": read_quil,
}


def read(input_format: str, data: bytes, params: dict[str, Any], compiler: Compiler) -> Prepared:
    """Read input data of a format.

    Raises:
        InputError: the format is unknown, or the data not of it.
    """
    if input_format == "honeywell.openqasm.v1":
        return read_openqasm(data, params, compiler)
    reader = _READERS.get(input_format)
    if reader is None:
        raise InputError(f"The input data format '{input_format}' is not supported.", "InvalidProperty")
    return reader(data, params)

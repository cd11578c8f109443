"""honeywell.openqasm.v1: OpenQASM 2, compiled to QIR by qdk.

The compiler reads files by a resolver of our own, not from the file system: ``qelib1.inc`` and ``stdgates.inc`` are
built into the compiler, the resolver returns ``qelib1.inc`` for ``hqslib1.inc``, and there are no other files.
"""

from __future__ import annotations

import re
from typing import Any, Final, NoReturn

from qsharp_bridge.emulator.jobs.errors import InputError

from .prepared import Prepared

_REGISTER: Final = re.compile(r"\bcreg\s+([A-Za-z_]\w*)\s*\[\s*(\d{1,4})\s*\]\s*;")
_NO_CODE: Final = re.compile(r"""//[^\n]*|/\*(?s:.*?)(?:\*/|\Z)|"[^"\n]*"|'[^'\n]*'""")
"""Comments and strings; a comment that is not closed extends to the end, so that each character is read once."""
_HEADER: Final = re.compile(r"\s*OPENQASM\s+2")
_LONGEST_ERROR: Final = 2000


def read_openqasm(data: bytes, params: dict[str, Any]) -> Prepared:
    """Read an OpenQASM 2 program.

    Raises:
        InputError: the data are not OpenQASM 2, or do not compile.
    """
    try:
        source = data.decode()
    except UnicodeDecodeError:
        raise InputError("The program is not UTF-8 text.") from None
    plain = _NO_CODE.sub(" ", source)
    if not _HEADER.match(plain):
        raise InputError("The program must begin with OPENQASM 2.0;")
    registers = tuple((name, int(width)) for name, width in _REGISTER.findall(plain))
    if not registers:
        raise InputError("The program has no classical register (creg).")
    return Prepared((_compile(source),), registers=registers)


def _compile(source: str) -> str:
    from qdk._native import OutputSemantics, TargetProfile, compile_qasm_program_to_qir

    try:
        return str(
            compile_qasm_program_to_qir(
                source, _read_file, _refuse, _resolve, _refuse,
                name="program", search_path=".", target_profile=TargetProfile.Adaptive_RI,
                output_semantics=OutputSemantics.Qiskit,
            )
        )  # fmt: skip
    except Exception as error:
        raise InputError(str(error)[:_LONGEST_ERROR], "CompilationError") from None
    except BaseException as error:  # a panic of the compiler, whose class cannot be imported
        if type(error).__name__ != "PanicException":
            raise
        raise InputError(f"The OpenQASM compiler panicked: {str(error)[:_LONGEST_ERROR]}", "CompilationError") from None


def _resolve(base: str, path: str) -> str:
    """Return the path unchanged: there are no folders."""
    return path


def _read_file(path: str) -> tuple[str, str]:
    if path != "hqslib1.inc":
        _refuse()
    return path, 'include "qelib1.inc";'


def _refuse(*_: Any) -> NoReturn:
    raise OSError("only qelib1.inc, stdgates.inc and hqslib1.inc can be included")

"""LLVM bitcode as text, read in a child process.

LLVM's bitcode reader trusts its input: damaged bitcode crashes its process. The text parser does not, so bitcode is
first turned into text in a child process.
"""

from __future__ import annotations

import subprocess
import sys
from functools import lru_cache
from typing import Protocol

from qsharp_bridge.errors import UnsupportedQirError

MAGIC = b"BC\xc0\xde"
_SECONDS = 120
_DISASSEMBLE = """
import sys
from pyqir import Context, Module
module = Module.from_bitcode(Context(), sys.stdin.buffer.read())
problem = module.verify()
if problem is not None:
    sys.exit(problem)
sys.stdout.buffer.write(str(module).encode())
"""


class QirLike(Protocol):
    """An object with QIR, as ``azure-quantum`` accepts it, such as qdk's ``QirInputData`` from ``op.compile``."""

    def _repr_qir_(self) -> bytes: ...


def as_text(qir: str | bytes | QirLike) -> str:
    """Return the text of a program that is given as text, UTF-8 bytes, LLVM bitcode, or an object with one of these.

    Raises:
        UnsupportedQirError: the program is something else, or damaged.
    """
    if isinstance(qir, str):
        return qir
    if not isinstance(qir, bytes):
        if not hasattr(qir, "_repr_qir_"):
            raise UnsupportedQirError(
                f"a {type(qir).__name__} is not QIR", advice="give QIR text, LLVM bitcode, or the result of op.compile"
            )
        return as_text(bytes(qir._repr_qir_()))
    if qir.startswith(MAGIC):
        return _disassembled(qir)
    try:
        return qir.decode()
    except UnicodeDecodeError:
        raise UnsupportedQirError("malformed QIR: neither LLVM bitcode nor UTF-8 text") from None


@lru_cache(maxsize=64)
def _disassembled(bitcode: bytes) -> str:
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _DISASSEMBLE], input=bitcode, capture_output=True, timeout=_SECONDS
        )
        if done.returncode == 0:
            return done.stdout.decode()
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        detail = lines[-1] if lines and done.returncode > 0 else "LLVM crashed reading it"
    except subprocess.TimeoutExpired:
        detail = f"LLVM did not read it in {_SECONDS} s"
    except UnicodeDecodeError:
        detail = "it has names that are not UTF-8"
    raise UnsupportedQirError(f"malformed QIR bitcode: {detail}")

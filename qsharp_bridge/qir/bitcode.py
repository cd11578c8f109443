"""LLVM bitcode to text, in a process of its own.

LLVM's bitcode reader trusts its input: damaged bitcode makes it crash, and the process with it. Its text parser
does not, so bitcode is turned into text first, elsewhere.
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
    """An object with QIR, as ``azure-quantum`` takes it too: ``op.compile`` gives qdk's ``QirInputData``."""

    def _repr_qir_(self) -> bytes: ...


def as_text(qir: str | bytes | QirLike) -> str:
    """Return the text of a program given as text, UTF-8 bytes or LLVM bitcode, or as an object that has one of these.

    Raises:
        UnsupportedQirError: it is none of them, or damaged.
    """
    if isinstance(qir, str):
        return qir
    if not isinstance(qir, bytes):
        if not hasattr(qir, "_repr_qir_"):
            raise UnsupportedQirError(
                f"a {type(qir).__name__} is no QIR", advice="give its text, LLVM bitcode, or what op.compile gives"
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

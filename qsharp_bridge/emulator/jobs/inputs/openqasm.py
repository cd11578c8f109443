"""honeywell.openqasm.v1: OpenQASM 2, compiled to QIR by qdk.

The compiler runs in a child process: a qdk context belongs to one thread, and this thread may be a user's.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from typing import Any, Final

from .errors import InputError
from .prepared import Prepared

__all__ = ["Compiler", "read_openqasm"]

_REGISTER: Final = re.compile(r"\bcreg\s+([A-Za-z_]\w*)\s*\[\s*(\d{1,4})\s*\]\s*;")
_COMMENT: Final = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_INCLUDE: Final = re.compile(r'\binclude\s*"([^"]*)"')


class Compiler:
    """A child process that compiles OpenQASM; started when first asked, and again when it died."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[str] | None = None

    def compile(self, source: str) -> str:
        """The QIR of a program.

        Raises:
            InputError: it does not compile.
        """
        with self._lock:
            if self._child is None or self._child.poll() is not None:
                self._child = subprocess.Popen(
                    [sys.executable, "-m", "qsharp_bridge.emulator.jobs.inputs.openqasm_child"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                    encoding="utf-8",
                )
            try:
                assert self._child.stdin is not None
                assert self._child.stdout is not None
                self._child.stdin.write(json.dumps(source) + "\n")
                self._child.stdin.flush()
                answer = self._child.stdout.readline()
            except OSError:
                answer = ""
            if not answer:
                self._end()
                raise InputError("The OpenQASM compiler died on this program.", "CompilationError")
        reply = json.loads(answer)
        if "error" in reply:
            raise InputError(reply["error"], "CompilationError")
        return str(reply["qir"])

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.communicate()


def read_openqasm(data: bytes, params: dict[str, Any], compiler: Compiler) -> Prepared:
    """Read an OpenQASM 2 program.

    Raises:
        InputError: it is no OpenQASM, or does not compile.
    """
    try:
        source = data.decode()
    except UnicodeDecodeError:
        raise InputError("The program is not UTF-8 text.") from None
    plain = _COMMENT.sub(" ", source)
    if not re.match(r"\s*OPENQASM\s+2", plain):
        raise InputError("The program must begin with OPENQASM 2.0;")
    foreign = set(_INCLUDE.findall(plain)) - {"qelib1.inc", "hqslib1.inc"}
    if foreign:
        raise InputError(f'include "{min(foreign)}": only qelib1.inc is known here.')
    registers = tuple((name, int(width)) for name, width in _REGISTER.findall(plain))
    if not registers:
        raise InputError("The program has no classical register (creg).")
    return Prepared((compiler.compile(source.replace("hqslib1.inc", "qelib1.inc")),), registers=registers)

"""OpenQASM 3 as Q# text, by qdk's own importer.

``input`` parameters become the parameters of an operation, so that a sweep binds them as those of Q#. The importer
turns an angle into an integer fraction of a turn, as OpenQASM defines it: an angle may differ from the value given by
some 1e-15 (``rx(0.5)`` turns by 0.4999999999999997), and whole turns are taken away: ``crx(-0.5)`` becomes a
controlled turn by 2 pi - 0.5.
"""

from __future__ import annotations

from qsharp_bridge.errors import CompilerCrashError, SourceError
from qsharp_bridge.literals import callable_path
from qsharp_bridge.programs.compiler import thread as compiler
from qsharp_bridge.programs.compiler.diagnostics import summary

__all__ = ["openqasm_as_qsharp"]


def openqasm_as_qsharp(text: str, name: str) -> str:
    """The Q# text of an OpenQASM program: an operation ``qasm_import.NAME`` that allocates its own qubits.

    Raises:
        SourceError: it is no OpenQASM that the importer takes, or ``name`` is no Q# name.
    """
    if not isinstance(text, str):
        raise SourceError(f"OpenQASM source must be a string, not {type(text).__name__}")
    try:
        callable_path(name)
    except ValueError as error:
        raise SourceError(str(error)) from None
    if "." in name:
        raise SourceError(f"{name!r}: the name of an OpenQASM program has no namespace")
    return compiler.run(lambda _: _convert(text, name))


def _convert(text: str, name: str) -> str:
    from qdk._fs import list_directory, read_file, resolve
    from qdk._http import fetch_github
    from qdk._native import ProgramType, QasmError, compile_qasm_to_qsharp

    problem, advice, crash = "", None, ""
    try:
        return str(
            compile_qasm_to_qsharp(
                text, read_file, list_directory, resolve, fetch_github,
                name=name, search_path=".", program_type=ProgramType.File,
            )
        )  # fmt: skip
    except QasmError as error:
        problem, advice = summary(str(error))
        if "expression must be const" in problem:
            advice = "what a function makes of an input, such as sin(a), can be an input itself"
    except BaseException as error:  # a panic of the importer, which cannot be imported
        if type(error).__name__ != "PanicException":
            raise
        crash = " ".join(str(error).split())[:300]
    if crash:
        raise CompilerCrashError(f"the OpenQASM importer panicked: {crash}")
    raise SourceError(f"the OpenQASM does not compile: {problem}", advice=advice)

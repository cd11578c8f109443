"""OpenQASM 3 as Q# text, by qdk's own importer.

``input`` variables become the parameters of an operation, so that a sweep binds them as those of Q#. The importer
rounds an angle to an integer fraction of a turn, as OpenQASM defines it: an angle may differ from its value by about
1e-15 (``rx(0.5)`` turns by 0.4999999999999997), and whole turns are removed: ``crx(-0.5)`` becomes a controlled turn
by 2 pi - 0.5.

The importer keeps the names of OpenQASM. Names that Q# reserves are renamed before; users see the original names of
inputs.
"""

from __future__ import annotations

from dataclasses import dataclass

from qsharp_bridge._warnings import warn
from qsharp_bridge.errors import CompilerCrashError, SourceError
from qsharp_bridge.programs.compiler import thread as compiler
from qsharp_bridge.programs.compiler.diagnostics import summary
from qsharp_bridge.syntax import KEYWORDS
from qsharp_bridge.syntax.declarations import CallableDeclaration, declarations

from .generated import check_operation_name, identifiers, names_comment, qsharp_name, wrapped

# Names that Q# reserves and OpenQASM does not. Std is the library that the importer calls.
_RESERVED = (KEYWORDS | {"Std", "_"}) - {
    "if", "else", "for", "in", "while", "break", "continue", "return", "let", "true", "false",
}  # fmt: skip


@dataclass(frozen=True)
class Imported:
    """The text of qdk's importer.

    Attributes:
        text: a namespace ``qasm_import``.
        operation: the declaration of the program's operation in it.
        own: the user's name of each parameter that was renamed, by its name in Q#.
    """

    text: str
    operation: CallableDeclaration
    own: dict[str, str]


def openqasm_as_qsharp(text: str, name: str) -> str:
    """Return the Q# text of an OpenQASM program: an operation ``qasm_import.NAME`` that allocates its own qubits.

    Raises:
        SourceError: the importer does not read the text, or ``name`` is not a Q# name.
    """
    if not isinstance(text, str):
        raise SourceError(f"OpenQASM source must be a string, not {type(text).__name__}")
    check_operation_name(name)
    if "." in name:
        raise SourceError(f"{name!r}: the name of an OpenQASM program cannot have a namespace")
    words = {match["name"] for match in identifiers(text)}
    if name not in words and name != "Main":
        made = import_openqasm(text, name)
        return made.text.replace(f"operation {name}(", f"{names_comment(made.own)}operation {name}(", 1)
    made = import_openqasm(text, qsharp_name(f"{name}_of_values", words))
    parameters = [(one.name, one.type) for one in made.operation.parameters]
    return wrapped(name, parameters, made.text, made.operation, [one for one, _ in parameters], own=made.own)


def warn_of_register_ints(made: str) -> None:
    """Warn if the importer's text converts between registers and ints, which it does with the other bit first.

    The order of the bits is qdk's, so that a program has the same results there.
    """
    if "Std.OpenQASM.Convert.ResultArrayAsIntBE(" in made or "Std.OpenQASM.Convert.IntAsResultArrayBE(" in made:
        warn(
            "the int of a register has bit 0 as its most significant bit in qdk's OpenQASM, and as its least "
            "significant one in Qiskit: test single bits, as in `if (c[0])`, or use "
            "Program.from_qiskit(qiskit.qasm3.loads(text))"
        )


def import_openqasm(text: str, name: str) -> Imported:
    """Return the Q# text that qdk's importer makes, with an operation of this name.

    Raises:
        SourceError: the importer does not read the text.
        CompilerCrashError: the importer panicked.
    """
    words = {match["name"] for match in identifiers(text)}
    renamed: dict[str, str] = {}
    parts, end = [], 0
    for match in identifiers(text):
        word = match["name"]
        if word in _RESERVED:
            new = renamed.setdefault(word, qsharp_name(word, words | set(renamed.values())))
            parts += [text[end : match.start()], new]
            end = match.end()
    made = compiler.run(lambda _: _convert("".join([*parts, text[end:]]), name))
    (operation,) = (
        one
        for one in declarations(made)
        if isinstance(one, CallableDeclaration) and one.name.rpartition(".")[2] == name
    )
    names = {one.name for one in operation.parameters}
    return Imported(made, operation, {new: word for word, new in renamed.items() if new in names})


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
    except BaseException as error:  # a panic of the importer; its class cannot be imported
        if type(error).__name__ != "PanicException":
            raise
        crash = " ".join(str(error).split())[:300]
    if crash:
        raise CompilerCrashError(f"the OpenQASM importer panicked: {crash}")
    raise SourceError(f"the OpenQASM does not compile: {problem}", advice=advice)

"""Names in generated Q# text, and the user's names of its parameters.

A circuit may have parameters that Q# cannot name, such as "while", "a b" or "phi[0]". They are renamed in the text; a
comment above the operation has the user's own names, and the signature is read from it:

    // Names of the parameters in Python: {"_while": "while"}
    operation Circuit(_while : Double) : Result[] {

So the text is the whole program: it can be resumed from a journal, and compiled by a worker, without Qiskit or Cirq.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from qsharp_bridge.errors import QsharpValueError, SourceError
from qsharp_bridge.literals import callable_path
from qsharp_bridge.programs.signature import Signature
from qsharp_bridge.programs.sources import Sources
from qsharp_bridge.syntax.declarations import CallableDeclaration

BODY = "QsharpBridge.Circuit"
"""The namespace of the importer's text where another operation calls it. There, an operation with the name of a gate
does not hide the gates that the text imports by their short names."""

_IMPORTED = "namespace qasm_import {"
_COMMENT = "// Names of the parameters in Python: "
# qdk takes an operation Main for the entry point, which has no parameters, unless another one is marked.
_ENTRY = "namespace QsharpBridge.Entry {\n    @EntryPoint()\n    operation Nothing() : Unit {}\n}"
_NO_NAME = re.compile(r"\W")


def qsharp_name(wanted: str, taken: Collection[str]) -> str:
    """Return a Q# name that is not taken and is as close to the wanted one as possible.

    >>> qsharp_name("theta", []), qsharp_name("while", []), qsharp_name("a b", ["_a_b"]), qsharp_name("x²", ["x²"])
    ('theta', '_while', '_a_b_', 'x²_')
    """
    try:
        name = callable_path(wanted) if wanted.strip("_") else ""
    except ValueError:
        name = ""
    name = name if name and "." not in name else f"_{_NO_NAME.sub('_', wanted)}"
    name = name if name.strip("_") else "_parameter"
    while name in taken:
        name += "_"
    return name


def check_operation_name(name: str) -> None:
    """Check the name that a user gives the operation.

    Raises:
        SourceError: ``name`` is not a Q# name.
    """
    try:
        callable_path(name)
    except QsharpValueError as error:
        raise SourceError(error.problem, advice='use letters, digits and underscores: "Circuit"') from None


def names_comment(own: Mapping[str, str], indent: str = "    ") -> str:
    """Return the comment, with its line break, that has the user's names; "" if nothing was renamed.

    ``own`` has the user's name of each parameter, by its name in Q#.
    """
    kept = {name: one for name, one in own.items() if name != one}
    return f"{_COMMENT}{json.dumps(kept)}\n{indent}" if kept else ""


def with_own_names(signature: Signature, sources: Sources) -> Signature:
    """Return the signature with the user's names of its parameters, if the text has any."""
    name = signature.name.rpartition(".")[2]
    found = re.compile(rf"{re.escape(_COMMENT)}(\{{.*\}})\s+operation {re.escape(name)}\(")
    for _, text in sources.files:
        for match in found.finditer(text):
            try:
                own = json.loads(match[1])
            except ValueError:
                continue
            names = [str(own.get(one.name, one.name)) for one in signature.parameters]
            if len(set(names)) == len(names):
                named = (replace(one, name=new) for one, new in zip(signature.parameters, names, strict=True))
                return replace(signature, parameters=tuple(named))
    return signature


def wrapped(
    name: str,
    parameters: Sequence[tuple[str, str]],
    imported: str,
    inner: CallableDeclaration,
    given: Sequence[str],
    *,
    own: Mapping[str, str],
    checks: Sequence[str] = (),
) -> str:
    """Return the text of an operation ``qasm_import.NAME`` that calls the importer's.

    Args:
        name: the name of the operation.
        parameters: the name and the type of each of its parameters.
        imported: the text of qdk's importer.
        inner: the importer's operation.
        given: the argument for each parameter of the importer's operation.
        own: the user's name of each parameter, by its name in Q#.
        checks: the first statements.
    """
    header = f"{name}({', '.join(f'{one} : {kind}' for one, kind in parameters)}) : {inner.output}"
    call = f"{BODY}.{inner.name.rpartition('.')[2]}("
    arguments = ",\n            ".join(given)
    begin = "".join(f"{one}\n        " for one in checks)
    around = f"""\
namespace qasm_import {{
    {names_comment(own)}operation {header} {{
        {begin}{call}
            {arguments}
        )
    }}
}}"""
    parts = [around, imported.replace(_IMPORTED, f"namespace {BODY} {{", 1)]
    return "\n".join([*parts, _ENTRY] if name == "Main" and inner.parameters else parts)


def identifiers(text: str) -> Iterator[re.Match[str]]:
    """Yield the identifiers and keywords of an OpenQASM text, outside of comments and strings."""
    return (match for match in _QASM.finditer(text) if match["name"])


# Each alternative matches all that it begins, so the time is linear in the text.
_QASM = re.compile(
    r"""//[^\n]* | /\*(?:.*?\*/|.*) | "[^"\n]*"? | '[^'\n]*'? | \#?pragma\b[^\n]* | \d\w* | (?P<name>[^\W\d]\w*)""",
    re.DOTALL | re.VERBOSE,
)

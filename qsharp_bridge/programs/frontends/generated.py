"""Names in generated Q# text, and the names that its parameters have for the user.

A circuit has parameters that Q# cannot name, such as "while", "a b" or "phi[0]". In the text they are renamed; a
comment above the operation keeps the user's own names, and the signature takes them from there:

    // Names of the parameters in Python: {"_while": "while"}
    operation Circuit(_while : Double) : Result[] {

So the text is the whole program: a journal can resume it, and a worker compile it, without Qiskit or Cirq.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from qsharp_bridge.literals import callable_path
from qsharp_bridge.programs.signature import Signature
from qsharp_bridge.programs.sources import Sources
from qsharp_bridge.syntax.declarations import CallableDeclaration

BODY = "QsharpBridge.Circuit"
"""The namespace of an importer's text behind an operation of ours. The gates that it imports by their short names are
not hidden there by an operation that has the name of a gate."""

_IMPORTED = "namespace qasm_import {"
_COMMENT = "// Names of the parameters in Python: "
# qdk takes an operation called Main for the entry point, which has no parameters, unless there is another.
_ENTRY = "namespace QsharpBridge.Entry {\n    @EntryPoint()\n    operation Nothing() : Unit {}\n}"
_NO_NAME = re.compile(r"\W")


def qsharp_name(wanted: str, taken: Collection[str]) -> str:
    """Return a Q# name, as near to the wanted one as possible, that is not taken.

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


def names_comment(own: Mapping[str, str], indent: str = "    ") -> str:
    """Return the comment, with its line break, that keeps the user's names; "" where nothing was renamed.

    ``own`` has the user's name of each parameter, by its name in Q#.
    """
    kept = {name: one for name, one in own.items() if name != one}
    return f"{_COMMENT}{json.dumps(kept)}\n{indent}" if kept else ""


def with_own_names(signature: Signature, sources: Sources) -> Signature:
    """Return the signature with the parameters' own names, where the text keeps any."""
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
        name: of the operation.
        parameters: the name and the type of each.
        imported: the text of qdk's importer.
        inner: its operation.
        given: what the operation gives it, one expression for each of its parameters.
        own: the user's name of each parameter, by its name in Q#.
        checks: statements to begin with.
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
    """Yield the identifiers of an OpenQASM text, keywords among them; without comments and strings."""
    return (match for match in _QASM.finditer(text) if match["name"])


# Every alternative takes what it begins to the end: this is linear in the text.
_QASM = re.compile(
    r"""//[^\n]* | /\*(?:.*?\*/|.*) | "[^"\n]*"? | '[^'\n]*'? | \#?pragma\b[^\n]* | \d\w* | (?P<name>[^\W\d]\w*)""",
    re.DOTALL | re.VERBOSE,
)

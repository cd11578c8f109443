"""The lengths of the arrays that an operation of a circuit takes.

A vector of a circuit's parameters becomes an array, and a Q# array has any length. So the operation begins with

    QsharpBridge.Qiskit.NeedsLength("phi", Std.Core.Length(phi), 12);

which is read from the text when the operation is called: a wrong length is an error before anything is compiled.
"""

from __future__ import annotations

import re
from dataclasses import replace

from qsharp_bridge.programs.signature import Signature
from qsharp_bridge.programs.sources import Sources

LENGTH_HELPER = """\
namespace QsharpBridge.Qiskit {
    function NeedsLength(name : String, found : Int, wanted : Int) : Unit {
        if found != wanted {
            fail $"{name} has {found} values, and needs {wanted}";
        }
    }
}"""

_CHECK = r'QsharpBridge\.Qiskit\.NeedsLength\("(\w+)", Std\.Core\.Length\(\w+\), (\d+)\);\n'


def length_check(name: str, length: int) -> str:
    """Return the statement that fails for arrays of another length.

    >>> length_check("phi", 12)
    'QsharpBridge.Qiskit.NeedsLength("phi", Std.Core.Length(phi), 12);'
    """
    return f'QsharpBridge.Qiskit.NeedsLength("{name}", Std.Core.Length({name}), {length});'


def with_lengths(signature: Signature, sources: Sources) -> Signature:
    """Return the signature with the lengths that the first statements of the operation check."""
    namespace, _, name = signature.name.rpartition(".")
    if namespace != "qasm_import":
        return signature
    start = re.compile(rf"^ *operation {re.escape(name)}\([^\n]*\{{\n((?: *{_CHECK})+)", re.MULTILINE)
    for _, text in sources.files:
        if found := start.search(text):
            lengths = {one: int(length) for one, length in re.findall(_CHECK, found[1])}
            parameters = (replace(one, length=lengths.get(one.name)) for one in signature.parameters)
            return replace(signature, parameters=tuple(parameters))
    return signature

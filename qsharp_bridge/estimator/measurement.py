"""Operations that measure each qubit in a given basis."""

from __future__ import annotations

import dataclasses
import functools
import json
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qsharp_bridge.errors import ArgumentError, BridgeError, QsharpTypeError, QsharpValueError
from qsharp_bridge.literals.kinds import Kind, kind_of
from qsharp_bridge.literals.writers.scalars import pauli_text
from qsharp_bridge.programs import Operation, Program
from qsharp_bridge.programs.signature import Parameter
from qsharp_bridge.programs.sources import MANIFEST, Sources
from qsharp_bridge.results.names import free
from qsharp_bridge.syntax import QsharpType
from qsharp_bridge.syntax.types import ArrayType, TupleType

NAMESPACE = "QsharpBridge.Estimator"
_FILE = "QsharpBridgeEstimator.qs"
_FORMS = """\
declare it in one of these forms:
  operation Prepare(qubits : Qubit[], theta : Double) : Unit          (the qubits are measured for you)
  operation Measured(basis : Pauli[], theta : Double) : Result[]      (it measures qubit k in basis[k])"""


@dataclass(frozen=True)
class MeasuredOperation:
    """An operation that measures each qubit in a given basis.

    Attributes:
        operation: the operation that runs. It returns a ``Result[]``, one result for each basis.
        basis: the name of its parameter of type ``Pauli[]``.
        name: the name of the user's operation.
        wrapped: whether the toolkit wrote the measurement, by gates that it knows.
    """

    operation: Operation
    basis: str
    name: str
    wrapped: bool = False

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Parameters of the operation except the basis, in their order."""
        return tuple(one for one in self.operation.signature.parameters if one.name != self.basis)

    def point(self, values: Mapping[str, Any], letters: str) -> dict[str, Any]:
        """Return the point of a sweep at which the operation measures in a basis.

        Args:
            values: the other parameters, by name.
            letters: one letter a qubit; a qubit with the letter ``I`` is measured in the Z basis.
        """
        return {**values, self.basis: paulis(letters)}

    def named(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of a call by name: all parameters except the basis.

        Raises:
            ArgumentError: an argument is missing, extra or given twice.
        """
        names = [one.name for one in self.parameters]
        twice = sorted(set(names[: len(args)]) & kwargs.keys())
        if len(args) > len(names) or twice or set(kwargs) - set(names) or len(args) + len(kwargs) < len(names):
            wanted = ", ".join(f"{one.name} : {one.type}" for one in self.parameters) or "no arguments"
            given = ", ".join([*(["..."] * len(args)), *(f"{name}=..." for name in kwargs)]) or "none"
            raise ArgumentError(
                f"the arguments are {given}", operation=self.name, advice=f"give {wanted}, and then the observable"
            )
        return dict(zip(names, args, strict=False)) | dict(kwargs)

    def own(self, error: QsharpTypeError | QsharpValueError, point: int | None = None) -> BridgeError:
        """Return the error of a value that cannot be bound with the user's operation and point in place of ours."""
        kind = QsharpTypeError if isinstance(error, QsharpTypeError) else QsharpValueError
        return kind(error.problem, path=error.path, operation=self.name, point=point, advice=error.advice)


@functools.cache
def _letters() -> dict[str, Any]:
    from qdk.qsharp import Pauli

    return {"I": Pauli.Z, "X": Pauli.X, "Y": Pauli.Y, "Z": Pauli.Z}


def paulis(letters: str) -> list[Any]:
    """Return qdk's Pauli of each letter, with ``Pauli.Z`` for ``I``, since every qubit is measured."""
    known = _letters()
    return [known[letter] for letter in letters]


def letters_of(bases: Any) -> str | None:
    """Return the letters of a list of Paulis; None for any other value."""
    if type(bases) is not list or any(kind_of(type(one)) is not Kind.PAULI for one in bases):
        return None
    return "".join([pauli_text(one)[-1] for one in bases])


def prepares_a_state(operation: Operation) -> bool:
    """Return whether an operation prepares a state on its one ``Qubit[]``, and returns nothing."""
    signature = operation.signature
    arrays = [one for one in signature.parameters if str(one.type) == "Qubit[]"]
    kind, output = signature.kind, str(signature.output)
    others = [one for one in signature.parameters if one not in arrays and _has_qubits(one.type)]
    return kind == "operation" and output == "Unit" and len(arrays) == 1 and not others


def _has_qubits(kind: QsharpType) -> bool:
    """Return whether values of a type contain qubits; the type of an operation on qubits does not."""
    match kind:
        case ArrayType(element=element):
            return _has_qubits(element)
        case TupleType(items=items):
            return any(map(_has_qubits, items))
    return str(kind) == "Qubit"


def measured(operation: Operation, bases: str | None = None) -> MeasuredOperation:
    """Return an operation that measures each qubit in a given basis.

    Args:
        operation: an operation that prepares a state on a ``Qubit[]`` and returns Unit: the qubits are allocated
            before it, then rotated to the bases, measured and reset. Or an operation that takes the bases itself as a
            ``Pauli[]`` and returns ``Result[]``, one result for each basis, in their order.
        bases: the name of the parameter that takes the bases; None where only one parameter is a ``Pauli[]``.

    Raises:
        QsharpTypeError: the operation has neither form.
        ArgumentError: there is no parameter of that name.

    >>> from qsharp_bridge import Program
    >>> source = "operation Prepare(qubits : Qubit[], theta : Double) : Unit { Ry(theta, qubits[0]); }"
    >>> print(measured(Program.from_source(source).operation("Prepare")).operation.signature)
    QsharpBridge.Estimator.PrepareInBasis(theta : Double, basis : Pauli[]) : Result[]
    """
    signature = operation.signature
    arrays = [one.name for one in signature.parameters if str(one.type) == "Pauli[]"]
    if bases is not None and bases not in [one.name for one in signature.parameters]:
        raise ArgumentError(
            f"it has no parameter {bases!r}", path="bases", operation=operation.name,
            advice=f"its parameters of type Pauli[] are {', '.join(arrays)}" if arrays else _FORMS,
        )  # fmt: skip
    if bases is None and prepares_a_state(operation):
        return _around(operation)
    if str(signature.output) == "Result[]" and (bases in arrays or (bases is None and len(arrays) == 1)):
        return MeasuredOperation(operation, bases or arrays[0], operation.name)
    if str(signature.output) == "Result[]" and len(arrays) > 1 and bases is None:
        raise QsharpTypeError(
            f"{' and '.join(arrays)} are both of type Pauli[]", operation=operation.name,
            advice=f"name the one that takes the bases: bases={arrays[0]!r}",
        )  # fmt: skip
    raise QsharpTypeError(
        f"{signature} does not say how an observable is measured", operation=operation.name, advice=_FORMS
    )


@functools.lru_cache(maxsize=64)
def _around(operation: Operation) -> MeasuredOperation:
    """Return the operation that allocates qubits, prepares their state, and measures them in the bases."""
    signature = operation.signature
    taken = {one.name for one in signature.parameters}
    basis, qubits, place = (free(name, taken) for name in ("basis", "qubits", "place"))
    own = [one for one in signature.parameters if str(one.type) != "Qubit[]"]
    declared = ", ".join([*(f"{one.name} : {one.type}" for one in own), f"{basis} : Pauli[]"])
    passed = ", ".join(qubits if str(one.type) == "Qubit[]" else one.name for one in signature.parameters)
    short = f"{signature.name.rpartition('.')[2]}InBasis"
    text = f"""namespace {NAMESPACE} {{
    operation {short}({declared}) : Result[] {{
        use {qubits} = Qubit[Std.Core.Length({basis})];
        {signature.name}({passed});
        for {place} in 0..Std.Core.Length({basis}) - 1 {{
            if {basis}[{place}] == PauliX {{
                Std.Intrinsic.H({qubits}[{place}]);
            }} elif {basis}[{place}] == PauliY {{
                Adjoint Std.Intrinsic.S({qubits}[{place}]);
                Std.Intrinsic.H({qubits}[{place}]);
            }}
        }}
        Std.Measurement.MResetEachZ({qubits})
    }}
}}
"""
    made = Program(_with_file(operation.sources, text)).operation(f"{NAMESPACE}.{short}")
    return MeasuredOperation(made, basis, operation.name, wrapped=True)


def _with_file(sources: Sources, text: str) -> Sources:
    """Return a program with one more file. In a project, namespaces depend on the folder that all files share."""
    if sources.project is None:
        return dataclasses.replace(sources, files=(*sources.files, ("the measurement", text)))
    home = sources.project
    source = posixpath.normpath(f"{home}/src")
    folders = [posixpath.dirname(path) for path, _ in sources.files if path.endswith(".qs")]
    own = [folder for folder in folders if f"{folder}/".startswith(f"{source}/")]
    path = f"{posixpath.commonpath(own) if own else source}/{_FILE}"
    manifest = posixpath.normpath(f"{home}/{MANIFEST}")
    files = dict(sources.files) | {path: text}
    content = json.loads(files[manifest])
    if content.get("files"):  # then all files must be listed
        content["files"].append(posixpath.relpath(path, home))
        files[manifest] = json.dumps(content)
    return dataclasses.replace(sources, files=tuple(sorted(files.items())))

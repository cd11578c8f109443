"""Q# programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from qsharp_bridge._plural import counted
from qsharp_bridge._suggest import close_matches
from qsharp_bridge.errors import QsharpValueError, SourceError, UnknownOperationError
from qsharp_bridge.literals import QsharpCode, callable_path
from qsharp_bridge.syntax.declarations import CallableDeclaration, declarations
from qsharp_bridge.targets.profiles import PROFILES, UNRESTRICTED

from .compiler.cache import compile_program, home_profile
from .compiler.resolve import Resolver
from .declared import Declarations, declared_in
from .frontends import cirq as cirq_circuit
from .frontends import qiskit as qiskit_circuit
from .frontends.generated import with_own_names
from .frontends.notebook import sources_of
from .frontends.openqasm import openqasm_as_qsharp, warn_of_register_ints
from .frontends.vectors import with_lengths
from .operation import Operation
from .sources import Sources, project_of

if TYPE_CHECKING:
    from qdk._types import QirInputData

QdkConfig: TypeAlias = Mapping[str, bool | int | float | str]


class Program:
    """A Q# program: text, a file, a project, a notebook's cells, OpenQASM, or a circuit. Immutable, picklable.

    The files are read and compiled once, when the program is made; later changes of the files have no effect. Two
    programs are equal when their sources are.

    Args:
        sources: the texts of the program. The class methods read them from a text, a file, a folder and so on.

    Raises:
        SourceError: ``sources`` is not a `Sources`, or does not compile.

    >>> program = Program.from_source("operation Flip(n : Int) : Result[] { use q = Qubit[n]; MResetEachZ(q) }")
    >>> program.operations
    ('Flip',)
    """

    def __init__(self, sources: Sources) -> None:
        if not isinstance(sources, Sources):
            raise SourceError(
                f"Program() takes Sources, not {type(sources).__name__}",
                advice="use Program.from_source(text), Program.from_file(path) or Program.from_project(folder)",
            )
        self._sources = sources
        self._profile = home_profile(sources)
        self._operations: dict[str, Operation] = {}

    @classmethod
    def from_source(cls, text: str, *, qdk_config: QdkConfig | None = None) -> Program:
        """Return a program from Q# text, with or without ``namespace`` blocks.

        Args:
            text: Q# source.
            qdk_config: values for the program's ``Std.Core.ConfigValue(name, default)``, by name: bools, ints of
                64 bits, finite floats and strings. A value must be of the type of its default. Names that the
                program does not use have no effect. The values are part of the program: programs with different
                values are not equal, and a resumed sweep uses the values that it was started with.

        Raises:
            SourceError: the text does not compile; the error has the compiler's message, line and column. Or a
                value of ``qdk_config`` has another type than its default.

        >>> text = 'operation Layers() : Int { Std.Core.ConfigValue("layers", 1) }'
        >>> qb.Program.from_source(text, qdk_config={"layers": 3}).sources.qdk_config
        {'layers': 3}
        """
        return cls(Sources.from_text(text).with_config(qdk_config))

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], *, qdk_config: QdkConfig | None = None) -> Program:
        """Return a program from one ``.qs`` file.

        Args:
            path: the file, UTF-8.
            qdk_config: see `from_source`.

        Raises:
            SourceError: the file cannot be read, or does not compile.
        """
        try:
            return cls(Sources.from_file(path).with_config(qdk_config))
        except SourceError as error:
            project = project_of(path)
            if project is None:
                raise
            advice = f"the file belongs to a project: Program.from_project({str(project)!r}) has all of its files"
            raise SourceError(error.problem, advice=advice) from None

    @classmethod
    def from_project(cls, folder: str | os.PathLike[str], *, qdk_config: QdkConfig | None = None) -> Program:
        """Return a program from a folder with a ``qsharp.json``, with the projects it depends on.

        Args:
            folder: the folder that has the ``qsharp.json``.
            qdk_config: see `from_source`.

        Raises:
            SourceError: the project cannot be read, or does not compile.
        """
        return cls(Sources.from_project(folder).with_config(qdk_config))

    @classmethod
    def from_openqasm(cls, text: str, *, name: str = "Circuit") -> Program:
        """Return a program from OpenQASM 3 text: one operation, with the ``input`` variables as its parameters.

        The operation allocates its qubits itself, and returns the ``output`` variables, or all classical variables in
        their order. An ``angle`` is rounded to an integer fraction of a turn, as OpenQASM defines it: an error of about
        1e-15. In the int of a register, as in ``if (c == 2)``, bit 0 is the most significant bit, as in qdk, and a
        warning is given: in Qiskit it is the least significant one.

        Args:
            text: OpenQASM 3. Included files are searched in the current folder.
            name: name of the operation, in the namespace ``qasm_import``.

        Raises:
            SourceError: the text does not compile; the error has the compiler's message, line and column.

        >>> text = 'include "stdgates.inc"; input float a; qubit q; rx(a) q; output bit r; r = measure q;'
        >>> print(Program.from_openqasm(text, name="Turn").operation("Turn").signature)
        qasm_import.Turn(a : Double) : Result
        """
        made = openqasm_as_qsharp(text, name)
        warn_of_register_ints(made)
        return cls(Sources.from_text(made, name="OpenQASM"))

    @classmethod
    def from_qiskit(cls, circuit: Any) -> Program:
        """Return a program from a Qiskit circuit: one operation, with the free parameters as its parameters.

        The circuit is written as OpenQASM 3, which qdk imports: see `from_openqasm`. Angles may be real expressions of
        parameters, with all of Qiskit's functions; they become Q#. A ``ParameterVector("phi", 12)`` becomes one
        parameter ``phi : Double[]`` of 12 values, also where the circuit uses only some of them. The parameters are in
        Qiskit's order; characters that a Q# name cannot have become underscores. The bits of a result are in the
        order in which the circuit declares them, the first one first, not in Qiskit's reversed order.

        Args:
            circuit: a ``qiskit.QuantumCircuit``. The operation has its name where Q# allows it; otherwise, and where
                Qiskit made the name, such as "circuit-160", the operation is called "Circuit".

        Raises:
            MissingExtraError: Qiskit is not installed.
            QsharpTypeError: ``circuit`` is not a Qiskit circuit.
            SourceError: the circuit has a complex angle, or something that has no form in OpenQASM 3 or that qdk's
                importer does not read.

        >>> from qiskit import QuantumCircuit
        >>> from qiskit.circuit import Parameter
        >>> circuit = QuantumCircuit(1, 1, name="turn")
        >>> _ = circuit.rx(2 * Parameter("theta").sin(), 0)
        >>> _ = circuit.measure(0, 0)
        >>> print(qb.Program.from_qiskit(circuit).operation("turn").signature)
        qasm_import.turn(theta : Double) : Result[]
        """
        return cls(Sources.from_text(qiskit_circuit.circuit_as_qsharp(circuit), name="the Qiskit circuit"))

    @classmethod
    def from_cirq(cls, circuit: Any, *, name: str = "Circuit") -> Program:
        """Return a program from a Cirq circuit: one operation, with the circuit's symbols as its parameters.

        Gates that Q# has are kept, and Cirq decomposes all others. Global phases are left out. The parameters are in
        alphabetical order; characters that a Q# name cannot have become underscores. The operation returns a Result[]
        for each measurement key, in the order of the measurements.

        Args:
            circuit: a ``cirq.Circuit`` or ``cirq.FrozenCircuit`` of qubits, with measurements.
            name: name of the operation.

        Raises:
            MissingExtraError: Cirq is not installed.
            QsharpTypeError: ``circuit`` is not a Cirq circuit.
            SourceError: the circuit measures nothing, or has something that has no form in Q#, such as noise or a
                gate that a measurement controls; or ``name`` is not a Q# name.

        >>> import cirq, sympy
        >>> qubit = cirq.NamedQubit("q")
        >>> circuit = cirq.Circuit(cirq.rx(sympy.Symbol("theta"))(qubit), cirq.measure(qubit, key="m"))
        >>> print(qb.Program.from_cirq(circuit, name="Turn").operation("Turn").signature)
        Turn(theta : Double) : Result[]
        """
        return cls(Sources.from_text(cirq_circuit.circuit_as_qsharp(circuit, name), name="the Cirq circuit"))

    @classmethod
    def from_context(cls, *, qdk_config: QdkConfig | None = None) -> Program:
        """Return a program with the declarations of the ``%%qsharp`` cells that have run in this notebook.

        The cells since the last ``qsharp.init`` are taken from IPython's history and compiled again; statements in
        them are not run again. The program is a snapshot: call this again after another cell has run. Q# that was
        evaluated in another way, such as ``qsharp.eval`` or a project given to ``qsharp.init``, is not part of it: use
        `from_source` or `from_project` for that.

        Args:
            qdk_config: see `from_source`. The default is that of ``qsharp.init(qdk_config={"layers": 3})``.

        Raises:
            SourceError: this is not a notebook, or no Q# cell with a declaration has run; or the values of
                ``qsharp.init`` are not literals, as in ``qdk_config=values``.

        >>> qb.Program.from_context()
        Traceback (most recent call last):
        ...
        qsharp_bridge.errors.SourceError: ...
        """
        ipython = sys.modules.get("IPython")
        shell = ipython.get_ipython() if ipython is not None else None
        if shell is None:
            raise SourceError("this is not a notebook", advice="use Program.from_source or Program.from_file")
        return cls(sources_of(shell.history_manager.input_hist_parsed, qdk_config))

    @property
    def sources(self) -> Sources:
        """Return the texts of the program, which a worker process can compile again.

        >>> qb.Program.from_source("function Three() : Int { 3 }").sources.files
        (('', 'function Three() : Int { 3 }'),)
        """
        return self._sources

    @property
    def source_digest(self) -> str:
        """Return the SHA-256 over the sources, as 64 hexadecimal digits.

        >>> len(qb.Program.from_source("function Three() : Int { 3 }").source_digest)
        64
        """
        return self._sources.digest

    @cached_property
    def operations(self) -> tuple[str, ...]:
        """Return the qualified names of the operations and functions declared in the source, in its order."""
        units = list(self._sources.units())
        return tuple(
            dict.fromkeys(
                found.name
                for namespace, text in units
                for found in declarations(text, namespace)
                if isinstance(found, CallableDeclaration)
            )
        )

    def operation(self, name: str) -> Operation:
        """Return an operation or function by name.

        Args:
            name: qualified or not, such as "GenerateRandomBits" or "Main.GenerateRandomBits"; also of a library,
                such as "Std.Math.AbsI".

        Raises:
            UnknownOperationError: no operation or several operations have that name.
        """
        if not isinstance(name, str):
            raise UnknownOperationError(f"the name of an operation is a string, not {type(name).__name__}")
        found = self._operations.get(name)
        if found is None:
            found = self._operations[name] = self._find(name)
        return found

    def compile(self, expression: str | QsharpCode, profile: str = "Base") -> QirInputData:
        """Compile an entry expression for a target profile.

        Args:
            expression: one trusted Q# expression, such as that of `EntryTemplate.render` or `Operation.expression`.
            profile: "Base", "Adaptive_RI", "Adaptive_RIF" or "Adaptive", in any case.

        Raises:
            CompileError: the expression does not compile for the profile.
            CompilerCrashError: the compiler panicked.
        """
        return compile_program(self._sources, profile, str(expression))

    @cached_property
    def _declared(self) -> Declarations:
        return declared_in(self._sources)

    def _find(self, name: str) -> Operation:
        try:
            callable_path(name)
        except QsharpValueError as error:
            advice = 'give a name such as "GenerateRandomBits" or "Std.Math.AbsI"'
            raise UnknownOperationError(error.problem, advice=advice) from None
        names = self._declared.candidates(name)
        if names and not self._declared.means_one(names):
            raise UnknownOperationError(f"{name!r} may be any of {', '.join(names)}", advice="use the qualified name")
        # An operation that @Config hides from this profile exists in another.
        profiles = [self._profile]
        if names:
            profiles += [one for one in (UNRESTRICTED, *reversed(PROFILES)) if one != self._profile]
        for profile in profiles:
            resolver = Resolver(self._sources, profile, self._declared)
            for full in names or [name]:  # an unknown name may be that of a library
                try:
                    signature = resolver.signature(full)
                except SourceError:
                    break  # the program does not compile for this profile
                if signature is not None:
                    signature = with_own_names(with_lengths(signature, self._sources), self._sources)
                    return Operation(self._sources, signature, resolver.structs(signature), profile)
        raise self._unknown(name)

    def _unknown(self, name: str) -> UnknownOperationError:
        names = {known.rpartition(".")[2]: known for known in self._declared.callables}
        names |= {known: known for known in self._declared.callables}
        close = [names[one] for one in close_matches(name, names, 3) if names[one] != name]
        advice = f"did you mean {' or '.join(dict.fromkeys(close))}?" if close else None
        if not close and self.operations:
            advice = f"it has {', '.join(self.operations[:10])}{', ...' if len(self.operations) > 10 else ''}"
        return UnknownOperationError(f"{self._sources.name} has no operation {name!r}", advice=advice)

    def __repr__(self) -> str:
        return f"<Program {self._sources.name}: {counted(len(self.operations), 'operation')}>"

    def __eq__(self, other: object) -> bool:
        return self._sources == other._sources if isinstance(other, Program) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._sources)

    def __getstate__(self) -> dict[str, Any]:
        return {"_sources": self._sources, "_profile": self._profile, "_operations": {}}

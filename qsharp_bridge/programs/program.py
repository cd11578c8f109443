"""Q# programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from qsharp_bridge._plural import counted
from qsharp_bridge._suggest import close_matches
from qsharp_bridge.errors import SourceError, UnknownOperationError
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

    Two are equal when their sources are.

    The sources are read once; what happens to the files later does not matter. The compiler checks them at once.

    Args:
        sources: the texts; the class methods make them, from a text, a file, a folder and so on.

    Raises:
        SourceError: ``sources`` is something else, such as a text: use the class methods.

    >>> program = Program.from_source("operation Flip(n : Int) : Result[] { use q = Qubit[n]; MResetEachZ(q) }")
    >>> program.operations
    ('Flip',)
    """

    def __init__(self, sources: Sources) -> None:
        if not isinstance(sources, Sources):
            raise SourceError(
                f"Program() takes no {type(sources).__name__}",
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
                program does not ask for have no effect. The values are part of the program: two programs with
                other values are not equal, and a sweep that is resumed has the same ones.

        Raises:
            SourceError: it does not compile; with the compiler's message, line and column. Or a value of
                ``qdk_config`` is of another type.

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
            SourceError: it cannot be read, or does not compile.
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
            SourceError: it cannot be read, or does not compile.
        """
        return cls(Sources.from_project(folder).with_config(qdk_config))

    @classmethod
    def from_openqasm(cls, text: str, *, name: str = "Circuit") -> Program:
        """Return a program from OpenQASM 3 text: one operation, with the ``input`` variables as its parameters.

        It allocates its qubits itself, and returns the ``output`` variables, or all classical ones in their order.
        An ``angle`` is rounded to an integer fraction of a turn, as OpenQASM defines it: by some 1e-15. The int of a
        register, as in ``if (c == 2)``, has bit 0 as its most significant one, as in qdk, with a warning: to Qiskit
        it is the least significant one.

        Args:
            text: OpenQASM 3. Files that it includes are looked for in the current folder.
            name: of the operation, in the namespace ``qasm_import``.

        Raises:
            SourceError: it does not compile; with the compiler's message, line and column.

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

        By way of OpenQASM 3: see `from_openqasm`. Angles may be real expressions of parameters, with all of Qiskit's
        functions; they become Q#. A ``ParameterVector("phi", 12)`` is one parameter ``phi : Double[]`` that takes 12
        values, also where the circuit uses only some of them. The parameters are in Qiskit's order; one whose name
        Q# cannot have gets underscores for what cannot be. The bits of a result are in the order in which the circuit
        declares them, the first one first, not in Qiskit's reversed order.

        Args:
            circuit: a ``qiskit.QuantumCircuit``. Its name is the operation's where Q# allows it; "Circuit"
                where not, or where the name is Qiskit's own, such as "circuit-160".

        Raises:
            MissingExtraError: Qiskit is not installed.
            QsharpTypeError: it is no circuit.
            SourceError: the circuit has something that OpenQASM 3, or qdk's importer, cannot say, or a complex angle.

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

        Gates that Q# has stay what they are, all others are decomposed by Cirq. Phases of the whole circuit are left
        out. The parameters are in alphabetical order; a symbol that cannot be a Q# name gets underscores for what
        cannot be. What is measured is returned: a Result[] for each measurement key, in the order of the measurements.

        Args:
            circuit: a ``cirq.Circuit`` or ``cirq.FrozenCircuit`` of qubits, with measurements.
            name: of the operation.

        Raises:
            MissingExtraError: Cirq is not installed.
            QsharpTypeError: it is no circuit.
            SourceError: it measures nothing, or has something that has no form in Q#, such as noise or a gate that
                a measurement controls; or ``name`` is no Q# name.

        >>> import cirq, sympy
        >>> qubit = cirq.NamedQubit("q")
        >>> circuit = cirq.Circuit(cirq.rx(sympy.Symbol("theta"))(qubit), cirq.measure(qubit, key="m"))
        >>> print(qb.Program.from_cirq(circuit, name="Turn").operation("Turn").signature)
        Turn(theta : Double) : Result[]
        """
        return cls(Sources.from_text(cirq_circuit.circuit_as_qsharp(circuit, name), name="the Cirq circuit"))

    @classmethod
    def from_context(cls, *, qdk_config: QdkConfig | None = None) -> Program:
        """Return the program that the ``%%qsharp`` cells of this notebook make, as far as they have run.

        The cells are taken from IPython's history, since the last ``qsharp.init``, and compiled anew: what they
        declare counts, statements in them are not run again. A snapshot: after another cell, call it again.
        Q# that was evaluated by other means, such as ``qsharp.eval`` or a project given to ``qsharp.init``, is not
        in it: use `from_source` or `from_project` for that.

        Args:
            qdk_config: see `from_source`. By default that of ``qsharp.init(qdk_config={"layers": 3})``.

        Raises:
            SourceError: this is no notebook, or no Q# cell that declares anything has run; or the values of
                ``qsharp.init`` are no literals, as in ``qdk_config=values``.

        >>> qb.Program.from_context()
        Traceback (most recent call last):
        ...
        qsharp_bridge.errors.SourceError: ...
        """
        ipython = sys.modules.get("IPython")
        shell = ipython.get_ipython() if ipython is not None else None
        if shell is None:
            raise SourceError("this is no notebook", advice="use Program.from_source or Program.from_file")
        return cls(sources_of(shell.history_manager.input_hist_parsed, qdk_config))

    @property
    def sources(self) -> Sources:
        """Return the texts of the program. Picklable: all that a worker process needs.

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
            name: qualified or not: "GenerateRandomBits", "Main.GenerateRandomBits"; also one of a library:
                "Std.Math.AbsI".

        Raises:
            UnknownOperationError: there is none of that name, or there are several.
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
            expression: one Q# expression that you trust, such as `EntryTemplate.render` or
                `Operation.expression` gives.
            profile: "Base", "Adaptive_RI", "Adaptive_RIF" or "Adaptive", in any case.

        Raises:
            CompileError: it does not compile for the profile.
            CompilerCrashError: the compiler panicked.
        """
        return compile_program(self._sources, profile, str(expression))

    @cached_property
    def _declared(self) -> Declarations:
        return declared_in(self._sources)

    def _find(self, name: str) -> Operation:
        try:
            callable_path(name)
        except ValueError as error:
            raise UnknownOperationError(str(error)) from None
        names = self._declared.candidates(name)
        if names and not self._declared.means_one(names):
            raise UnknownOperationError(f"{name!r} may be any of {', '.join(names)}", advice="use the qualified name")
        # Where @Config hides it from this profile, another has it.
        profiles = [self._profile]
        if names:
            profiles += [one for one in (UNRESTRICTED, *reversed(PROFILES)) if one != self._profile]
        for profile in profiles:
            resolver = Resolver(self._sources, profile, self._declared)
            for full in names or [name]:  # it may be of a library
                try:
                    signature = resolver.signature(full)
                except SourceError:
                    break  # the whole program is not for this profile
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

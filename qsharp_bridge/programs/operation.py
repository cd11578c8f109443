"""Operations and functions of a program, called from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qsharp_bridge.errors import QsharpTypeError
from qsharp_bridge.literals import Structs, enclose

from .call import Call
from .compiler import thread as compiler
from .compiler.cache import compile_program
from .compiler.diagnostics import TYPE_MISMATCH
from .signature import Signature
from .sources import Sources

if TYPE_CHECKING:
    from qdk._types import QirInputData

    from qsharp_bridge.circuits import Circuit

    from .binding import BoundPoints
    from .resources import ResourceTable


class Operation(Call):
    """An operation or function of a program. Made by `Program.operation`; immutable, picklable.

    It can be the argument for a parameter of a callable type, where its name is written.

    >>> from qsharp_bridge import Program
    >>> program = Program.from_source("function Twice(x : Int) : Int { 2 * x }")
    >>> twice = program.operation("Twice")
    >>> print(twice.signature)
    Twice(x : Int) : Int
    >>> twice.expression(21)
    'Twice(21)'
    """

    def __init__(self, sources: Sources, signature: Signature, structs: Structs, profile: str) -> None:
        super().__init__(sources, signature, structs)
        self._profile = profile  # one under which the operation exists, for the compiler's type checker

    def check(self, *args: Any, **kwargs: Any) -> None:
        """Check the types of a call in microseconds, without running or compiling it.

        The literal layer checks every value, and the compiler's type checker the whole call. Whether the operation
        compiles for a target profile is not checked.

        Args:
            *args: the arguments by position.
            **kwargs: the arguments by name.

        Raises:
            ArgumentError, QsharpValueError, QsharpTypeError: as `literals`; QsharpTypeError also when the
                compiler finds a type error, such as a callable of another type.
        """
        literals = self.literals(*args, **kwargs)
        text = enclose(f"{self.signature.name}(", literals, ")")
        # The call has its own lines: trusted code may end with a comment, which must not hide the rest. The type error
        # on the last line makes sure that nothing runs.
        fragment = f"{{ let _ = (\n{text}\n);\nlet __probe : Unit = 0; }}"
        last = fragment.count("\n") + 1
        said = compiler.probe(self.sources, fragment, profile=self._profile)
        wrong = [one for one in said if (one.code, one.line) != (TYPE_MISMATCH, last)]
        if wrong:
            first = wrong[0]
            problem = f"{first.kind}: {first.message}" if first.message else first.kind
            raise QsharpTypeError(
                problem,
                path=self._parameter_at(text, literals, first.line - 2, first.column - 1),
                operation=self.name,
                advice=first.help or f"it is declared as {self.signature}",
            )

    def compile(self, *args: Any, profile: str = "Base", **kwargs: Any) -> QirInputData:
        """Compile the program that calls the operation with these arguments for a target profile.

        The result is that of qdk's own ``compile``, byte for byte. It is read from a cache on disk if the program was
        compiled before.

        Args:
            *args: the arguments by position; a Q# parameter called ``profile`` can be given only so.
            profile: "Base", "Adaptive_RI", "Adaptive_RIF" or "Adaptive", in any case.
            **kwargs: the arguments by name.

        Returns:
            qdk's ``QirInputData``, for ``target.submit(input_data=...)``; ``str()`` of it is the QIR text.

        Raises:
            ArgumentError, QsharpValueError, QsharpTypeError: as `literals`.
            CompileError: the operation does not compile for the profile.
            CompilerCrashError: the compiler panicked.
        """
        expression = self.expression(*args, **kwargs)
        types = compiler.plain_types(self.signature)
        return compile_program(self.sources, profile, expression, operation=self.name, types=types)

    def circuit(self, *args: Any, symbols: bool = False, **kwargs: Any) -> Circuit:
        """Return the circuit diagram of a call, for ``print`` or for a notebook.

        With all arguments the diagram is qdk's. Parameters of type Double without an argument are symbols in it, so
        that one diagram shows a whole sweep. Symbols come from the template that `bind` would use, and a program that
        branches on results has no template.

        Args:
            *args: the arguments by position; a Q# parameter called ``symbols`` can be given only so.
            symbols: whether all Doubles among the arguments are symbols, too: ``angle=[0.0, 1.0]`` is then shown
                as ``angle[0]`` and ``angle[1]``.
            **kwargs: the arguments by name.

        Raises:
            ArgumentError, QsharpValueError, QsharpTypeError: as `literals`.
            ProgramError: qdk cannot draw the program, or there is no template for symbols; the error has the reason.

        >>> from qsharp_bridge import Program
        >>> source = "operation Turn(theta : Double) : Result { use q = Qubit(); Rx(theta / 2.0, q); MResetZ(q) }"
        >>> Program.from_source(source).operation("Turn").circuit(theta=0.3)
        q_0    ─ Rx(0.1500) ──── M ──── |0〉 ──
                                 ╘════════════
        >>> Program.from_source(source).operation("Turn").circuit()
        q_0    ─ Rx(theta/2) ─── M ──── |0〉 ──
                                 ╘════════════
        """
        from .diagram import circuit

        return circuit(self, args, kwargs, symbols=symbols)

    def bind(self, points: Sequence[Mapping[str, Any]], *, profile: str = "Base", **options: Any) -> BoundPoints:
        """Return the programs of a whole sweep, bound lazily for the time of a few compiles: see `binding.bind`.

        Args:
            points: mappings from parameter names to values, such as a `Sweep`.
            profile: what the programs are compiled for: "Base", "Adaptive_RI", "Adaptive_RIF" or "Adaptive".
            **options: ``verify`` and ``executor``, as for `binding.bind`.

        >>> from qsharp_bridge import Program, Sweep
        >>> source = "operation Turn(theta : Double) : Result { use q = Qubit(); Rx(theta, q); MResetZ(q) }"
        >>> bound = Program.from_source(source).operation("Turn").bind(Sweep.linspace("theta", 0.0, 1.0, 100))
        >>> len(bound), bound.methods[50]
        (100, 'template')
        """
        from .binding import bind

        return bind(self, points, profile=profile, **options)

    def resources(
        self,
        points: Sequence[Mapping[str, Any]],
        *,
        profile: str = "Base",
        logical: bool = True,
        estimate: bool | Mapping[str, Any] = False,
    ) -> ResourceTable:
        """Return the qubits, depth, gates, logical counts and physical estimate of the program of each point.

        Args:
            points: a `Sweep`, or any sequence of mappings of parameter names to values.
            profile: what the programs are compiled for; qubits, depth and gates are those of the compiled program.
            logical: whether to add qdk's logical counts, which take one run of the program at each point, without a
                simulator.
            estimate: whether to add qdk's estimate of physical qubits and time: True for its default parameters, or a
                mapping such as ``{"qubitParams": {"name": "qubit_maj_ns_e6"}, "errorBudget": 0.01}``.

        Raises:
            ArgumentError, QsharpValueError, QsharpTypeError, CompileError: as `compile`, with the point; an
                ArgumentError also for wrong points, and for a parameter of the estimate that qdk does not have.
            ProgramError: qdk cannot count or estimate; with the point.

        >>> from qsharp_bridge import Program
        >>> source = "operation Chain(n : Int) : Unit { use q = Qubit[n]; for i in 1..n - 1 { CNOT(q[0], q[i]); } }"
        >>> print(Program.from_source(source).operation("Chain").resources([{"n": 2}, {"n": 4}], logical=False))
        n  qubits  depth  measurements  cx
        2       2      1             0   1
        4       4      3             0   3
        """
        from .resources import resources

        return resources(self, points, profile=profile, logical=logical, estimate=estimate)

    def _parameter_at(self, text: str, literals: Sequence[str], line: int, column: int) -> str:
        """Return the parameter whose literal is at a place of the expression, or ""."""
        lines = text.split("\n")
        if not text.isascii() or not 0 <= line < len(lines):  # the compiler may count other characters otherwise
            return ""
        place = sum(len(one) + 1 for one in lines[:line]) + column
        end = len(self.signature.name)
        for name, literal in zip((one.name for one in self.signature.parameters), literals, strict=True):
            start = text.index(literal, end)
            end = start + len(literal)
            if start <= place < end:
                return name
        return ""

"""Random Q# programs, and points at which something special may happen in them.

A program is typed, and mixes what binding has to follow: branches on parameters and on measurements, functors, lambdas,
slices, variables that are set anew, computations that nothing uses, calls of the library, failures, and code chosen by
``@Config``. Many are refused by the compiler, for a profile or at a point: so is what is bound.
"""

import math
import random
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from qsharp_bridge.errors import BridgeError, ProgramError
from qsharp_bridge.programs import Operation, Program
from qsharp_bridge.programs.binding import BindingWarning
from qsharp_bridge.programs.compiler.thread import compile_qir

IMPORTS = "import Std.Math.*; import Std.Convert.*; import Std.Arrays.*; import Std.Diagnostics.*;\n"

LEVELS = {"Base": 0, "Adaptive_RI": 1, "Adaptive_RIF": 2, "Adaptive": 2}
"""What a program for a profile may do: 0 nothing after a measurement, 1 branch on it, 2 compute with it."""

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.0, 3.0, 4.0, 7.0, 7.5, -7.0, 63.0, 64.0, 65.0, -64.0, 1e-9, 1e-15, -1e-15]
SPECIAL += [5e-324, -5e-324, 2.2e-308, 1e15, 1e16, 2.0**53, 2.0**62, 2.0**63, -(2.0**63), 1e19, 1e22, -1e300, 1.7e308]
SPECIAL += [math.pi, -math.pi, math.pi / 2, math.pi / 4, 2 * math.pi, 1 / 3, math.nextafter(1.0, 2.0), 0.1 + 0.2, 0.3]

_LITERALS = ["0.0", "-0.0", "1.0", "0.5", "2.0", "-1.5", "3.0", "7.0", "1e-9", "1e16", "PI()", "E()"]
_CAPABILITIES = ["Base", "Adaptive", "IntegerComputations", "FloatingPointComputations", "BackwardsBranching"]


@dataclass
class Scope:
    """The names that can be used at a place, by type."""

    doubles: list[str] = field(default_factory=list)
    ints: list[str] = field(default_factory=list)
    bools: list[str] = field(default_factory=list)
    arrays: list[tuple[str, int]] = field(default_factory=list)
    results: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)  # Double -> Double
    settable: list[tuple[str, str]] = field(default_factory=list)  # (name, type)

    def inner(self) -> "Scope":
        return Scope(*(list(getattr(self, name)) for name in self.__dataclass_fields__))


class Writer:
    """Writes one program after the other.

    Args:
        chance: decides.
        level: see `LEVELS`.
        config: whether functions are chosen by ``@Config``.
    """

    def __init__(self, chance: random.Random, level: int, config: bool = False) -> None:
        self.chance = chance
        self.level = level
        self.config = config
        self.number = 0

    def program(self, name: str) -> str:
        """Return the declarations of one operation ``name(a : Double, b : Double, v : Double[])`` and its parts."""
        self.qubits = self.chance.randint(1, 3)
        helper = f"{name}F"
        scope = Scope(["a", "b"], arrays=[("v", 2)])
        own = self._function(helper)
        self.helper = helper
        self.part = f"{name}S"
        part = self._part()
        body = self._block(scope, self.chance.randint(2, 7), 0)
        output, value = "Result[]", "MResetEachZ(q)"
        if self.chance.random() < 0.15:
            output, value = "(Double, Result[])", f"({self._double(scope, 1)}, MResetEachZ(q))"
        return (
            f"{own}{part}operation {name}(a : Double, b : Double, v : Double[]) : {output} {{\n"
            f"use q = Qubit[{self.qubits}];\n{body}{value}\n}}\n"
        )

    def _function(self, name: str) -> str:
        def one() -> str:
            inner = Scope(["x", "y"])
            text = f"function {name}(x : Double, y : Double) : Double {{ "
            if self.chance.random() < 0.3:
                text += f"let unused = {self._any(inner)}; "
            if self.chance.random() < 0.3:
                text += f"if {self._bool(inner, 1)} {{ return {self._double(inner, 1)}; }} "
            return text + self._double(inner, 2) + " }\n"

        self.helper = ""
        if not self.config:
            return one()
        capability = self.chance.choice(_CAPABILITIES)
        at = self.chance.choice(["@Config", "@ Config", "@ // which\n Config "])
        return f"{at}({capability}) {one()}{at}( not {capability}) {one()}"

    def _part(self) -> str:
        inner = Scope(["x"])
        gates = "".join(self._gate(inner, "p", 1) for _ in range(self.chance.randint(1, 2)))
        return f"operation {self.part}(x : Double, p : Qubit) : Unit is Adj + Ctl {{ {gates} }}\n"

    # Statements

    def _block(self, scope: Scope, statements: int, depth: int) -> str:
        return "".join(self._statement(scope, depth) for _ in range(statements))

    def _statement(self, scope: Scope, depth: int) -> str:
        kinds: list[tuple[int, Callable[[Scope, int], str]]] = [
            (8, lambda s, d: self._gate(s, self._qubit(), 0)),
            (3, self._let),
            (2, self._unused),
            (2, self._mutable),
            (3, self._set),
            (1, self._lambda),
            (1, self._fact),
        ]
        if depth < 2:
            kinds += [(4, self._if), (2, self._for), (1, self._within)]
        if self.level:
            kinds.append((3, self._measure))
        weights, writers = zip(*kinds, strict=True)
        return self.chance.choices(writers, weights)[0](scope, depth)

    def _name(self) -> str:
        self.number += 1
        return f"n{self.number}"

    def _qubit(self) -> str:
        return f"q[{self.chance.randrange(self.qubits)}]"

    def _gate(self, scope: Scope, qubit: str, nested: int) -> str:
        angle = self._double(scope, 2)
        gate = self.chance.choice(["Rx", "Ry", "Rz", "R1"])
        forms = [f"{gate}({angle}, {qubit});"] * 4
        forms += [f"Adjoint {gate}({angle}, {qubit});", f"R(PauliY, {angle}, {qubit});", f"H({qubit});"]
        forms.append(f"Exp([PauliZ], {angle}, [{qubit}]);")
        if not nested:
            forms += [
                f"{self.part}({angle}, {qubit});",
                f"Adjoint {self.part}({angle}, {qubit});",
                f"ApplyToEach({gate}({angle}, _), q);",
            ]
            if self.qubits > 1:
                one, other = self.chance.sample(range(self.qubits), 2)
                forms += [
                    f"Controlled {gate}([q[{one}]], ({angle}, q[{other}]));",
                    f"Controlled Adjoint {self.part}([q[{one}]], ({angle}, q[{other}]));",
                    f"Controlled {self.part}([q[{one}]], ({angle}, q[{other}]));",
                    f"CNOT(q[{one}], q[{other}]);",
                    f"Rzz({angle}, q[{one}], q[{other}]);",
                    f"Rxx({angle}, q[{one}], q[{other}]);",
                    f"Exp([PauliX, PauliZ], {angle}, [q[{one}], q[{other}]]);",
                ]
        return self.chance.choice(forms) + "\n"

    def _let(self, scope: Scope, depth: int) -> str:
        name = self._name()
        match self.chance.randrange(6):
            case 0 | 1:
                text = f"let {name} = {self._double(scope, 2)};\n"
                scope.doubles.append(name)
            case 2:
                text = f"let {name} = {self._int(scope, 2)};\n"
                scope.ints.append(name)
            case 3:
                text = f"let {name} = {self._bool(scope, 2)};\n"
                scope.bools.append(name)
            case 4:
                array, length = self._array(scope, 1)
                text = f"let {name} = {array};\n"
                scope.arrays.append((name, length))
            case _:
                text = f"let ({name}, _) = ({self._double(scope, 1)}, {self._any(scope)});\n"
                scope.doubles.append(name)
        return text

    def _unused(self, scope: Scope, depth: int) -> str:
        return f"let {self._name()} = {self._any(scope)};\n"

    def _mutable(self, scope: Scope, depth: int) -> str:
        name = self._name()
        if self.chance.random() < 0.3:
            array, length = self._array(scope, 1)
            scope.arrays.append((name, length))
            scope.settable.append((name, "Double[]"))
            return f"mutable {name} = {array};\n"
        if self.chance.random() < 0.3:
            scope.settable.append((name, "Int"))
            text = f"mutable {name} = {self._int(scope, 1)};\n"
            scope.ints.append(name)
            return text
        text = f"mutable {name} = {self._double(scope, 2)};\n"
        scope.doubles.append(name)
        scope.settable.append((name, "Double"))
        return text

    def _set(self, scope: Scope, depth: int) -> str:
        if not scope.settable:
            return self._mutable(scope, depth)
        name, kind = self.chance.choice(scope.settable)
        if kind == "Double[]":
            length = next(length for other, length in scope.arrays if other == name)
            return f"set {name} w/= {self.chance.randrange(length)} <- {self._double(scope, 1)};\n"
        if kind == "Int":
            return f"set {name} {self.chance.choice(['', '+', '-', '*'])}= {self._int(scope, 1)};\n"
        return f"set {name} {self.chance.choice(['', '', '+', '-', '*', '/', '%'])}= {self._double(scope, 1)};\n"

    def _lambda(self, scope: Scope, depth: int) -> str:
        name = self._name()
        inner = scope.inner()
        inner.settable = []
        settable = {other for other, _ in scope.settable}  # a lambda must not capture them
        inner.doubles = [one for one in inner.doubles if one not in settable] + ["x"]
        inner.ints = [one for one in inner.ints if one not in settable]
        inner.arrays = [one for one in inner.arrays if one[0] not in settable]
        text = f"let {name} = x -> {self._double(inner, 2)} + 0.0 * x;\n"
        scope.functions.append(name)
        return text

    def _fact(self, scope: Scope, depth: int) -> str:
        condition = self._bool(scope, 1)
        if self.chance.random() < 0.5:
            return f'Fact({condition}, "not so");\n'
        return f'if {condition} {{ fail "so"; }}\n'

    def _if(self, scope: Scope, depth: int) -> str:
        text = f"if {self._bool(scope, 2)} {{\n{self._block(scope.inner(), self.chance.randint(1, 3), depth + 1)}}}"
        if self.chance.random() < 0.3:
            text += f" elif {self._bool(scope, 1)} {{\n{self._block(scope.inner(), 1, depth + 1)}}}"
        if self.chance.random() < 0.5:
            text += f" else {{\n{self._block(scope.inner(), self.chance.randint(1, 2), depth + 1)}}}"
        return text + "\n"

    def _for(self, scope: Scope, depth: int) -> str:
        inner = scope.inner()
        name = self._name()
        array, length = self._array(scope, 1)
        if self.chance.random() < 0.5:
            inner.doubles.append(name)
            head = f"for {name} in {array}"
        else:
            inner.ints.append(name)
            head = f"for {name} in 0..{length - 1}"
        return f"{head} {{\n{self._block(inner, self.chance.randint(1, 2), depth + 1)}}}\n"

    def _within(self, scope: Scope, depth: int) -> str:
        gate = f"{self.chance.choice(['Rx', 'Ry', 'Rz'])}({self._double(scope, 1)}, {self._qubit()});"
        return f"within {{ {gate} }} apply {{\n{self._gate(scope, self._qubit(), 0)}}}\n"

    def _measure(self, scope: Scope, depth: int) -> str:
        name = self._name()
        scope.results.append(name)
        return f"let {name} = {self.chance.choice(['M', 'MResetZ'])}({self._qubit()});\n"

    # Expressions

    def _any(self, scope: Scope) -> str:
        return self.chance.choice([self._double, self._int, self._int, self._bool])(scope, 2)

    def _double(self, scope: Scope, depth: int) -> str:
        pick = self.chance.random()
        if depth <= 0 or pick < 0.3:
            return self.chance.choice(scope.doubles) if self.chance.random() < 0.75 else self.chance.choice(_LITERALS)
        more = depth - 1
        match self.chance.randrange(12):
            case 0 | 1 | 2 | 3:
                sign = self.chance.choice(["+", "-", "*", "/", "/", "%"])
                return f"({self._double(scope, more)} {sign} {self._double(scope, more)})"
            case 4:
                return f"(-{self._double(scope, more)})"
            case 5:
                name = self.chance.choice(["Sin", "Cos", "Tan", "ArcTan", "ArcSin", "ArcCos", "Sqrt", "Log", "Sinh"])
                return f"{name}({self._double(scope, more)})"
            case 6:
                name = self.chance.choice(["ArcTan2", "MaxD", "MinD"])
                return f"{name}({self._double(scope, more)}, {self._double(scope, more)})"
            case 7:
                return self.chance.choice(
                    [f"AbsD({self._double(scope, more)})", f"IntAsDouble({self._int(scope, more)})"]
                )
            case 8:
                return f"({self._bool(scope, more)} ? {self._double(scope, more)} | {self._double(scope, more)})"
            case 9:
                array, length = self._array(scope, more)
                index = self.chance.randrange(length)
                return f"({array})[{index}]" if self.chance.random() < 0.8 else f"Tail({array})"
            case 10:
                if scope.functions:
                    return f"{self.chance.choice(scope.functions)}({self._double(scope, more)})"
                return f"Fst(({self._double(scope, more)}, {self._any(scope) if more else '1'}))"
            case _:
                if self.helper:
                    return f"{self.helper}({self._double(scope, more)}, {self._double(scope, more)})"
                return f"(2.0 * {self._double(scope, more)})"

    def _int(self, scope: Scope, depth: int) -> str:
        if depth <= 0 or self.chance.random() < 0.2:
            if scope.ints and self.chance.random() < 0.6:
                return self.chance.choice(scope.ints)
            return self.chance.choice(["0", "1", "2", "3", "-1", "7", "63"])
        more = depth - 1
        match self.chance.randrange(10):
            case 0 | 1 | 2:
                return f"Truncate({self._double(scope, more)})"
            case 3:
                name = self.chance.choice(["Floor", "Ceiling", "Round"])
                return f"{name}({self._double(scope, more)})"
            case 4 | 5 | 6:
                sign = self.chance.choice(["+", "-", "*", "/", "%", "/", "%", "&&&", "|||", "^^^", ">>>", "<<<"])
                return f"({self._int(scope, more)} {sign} {self._int(scope, more)})"
            case 7:
                return f"(-{self._int(scope, more)})"
            case 8:
                return f"({self._int(scope, more)} ^ {self.chance.choice(['2', '3', '0'])})"
            case _:
                return f"({self._bool(scope, more)} ? {self._int(scope, more)} | {self._int(scope, more)})"

    def _bool(self, scope: Scope, depth: int) -> str:
        if scope.results and self.chance.random() < 0.5:
            return f"({self.chance.choice(scope.results)} == {self.chance.choice(['One', 'Zero'])})"
        if scope.bools and self.chance.random() < 0.25:
            return self.chance.choice(scope.bools)
        more = depth - 1
        if depth > 0 and self.chance.random() < 0.25:
            sign = self.chance.choice(["and", "or", "==", "!="])
            return f"({self._bool(scope, more)} {sign} {self._bool(scope, more)})"
        if self.chance.random() < 0.1:
            return f"(not {self._bool(scope, more)})"
        sign = self.chance.choice(["<", ">", "<=", ">=", "==", "!="])
        if self.chance.random() < 0.7:
            return f"({self._double(scope, more)} {sign} {self._double(scope, more)})"
        return f"({self._int(scope, more)} {sign} {self._int(scope, more)})"

    def _array(self, scope: Scope, depth: int) -> tuple[str, int]:
        name, length = self.chance.choice(scope.arrays) if scope.arrays else ("", 0)
        match self.chance.randrange(6) if name else 0:
            case 0:
                return f"[{self._double(scope, depth - 1)}, {self._double(scope, depth - 1)}]", 2
            case 1 if length > 1:
                return f"{name}[1...]", length - 1
            case 2:
                return f"{name}[...-1...]", length
            case 3:
                return f"Mapped(x -> x * {self.chance.choice(_LITERALS)}, {name})", length
            case 4:
                return f"({name} + [{self._double(scope, depth - 1)}])", length + 1
        return name, length


def points(chance: random.Random, special: int) -> list[dict[str, object]]:
    """Return ordinary points with special ones in their middle, where a sweep compares none with the compiler."""

    def ordinary() -> float:
        return chance.choice([chance.uniform(0.05, 0.95), chance.uniform(-7, 7), chance.uniform(0.1, 20)])

    def unusual() -> float:
        return chance.choice(SPECIAL) if chance.random() < 0.7 else ordinary()

    def point(number: Callable[[], float]) -> dict[str, object]:
        return {"a": number(), "b": number(), "v": [number(), number()]}

    near = {"a": chance.uniform(0.05, 0.95), "b": chance.uniform(0.05, 0.95), "v": [chance.random(), chance.random()]}

    def moved() -> dict[str, object]:
        return {
            "a": near["a"] * chance.uniform(0.9, 1.1),
            "b": near["b"] * chance.uniform(0.9, 1.1),
            "v": [one * chance.uniform(0.9, 1.1) for one in near["v"]],
        }

    def one_unusual() -> dict[str, object]:
        """One of the numbers, and rather on the path of the ordinary points."""
        found = moved()
        match chance.randrange(4):
            case 0:
                found["a"] = chance.choice(SPECIAL)
            case 1:
                found["b"] = chance.choice(SPECIAL)
            case place:
                found["v"][place - 2] = chance.choice(SPECIAL)
        return found

    middle = [one_unusual() if chance.random() < 0.6 else point(unusual) for _ in range(special)]
    return [moved(), moved(), moved(), point(ordinary), *middle, point(ordinary), moved(), moved(), moved()]


def batch(seed: int, profile: str, count: int) -> tuple[Sequence[str], random.Random]:
    """Return the texts of ``count`` programs ``P0``, ``P1`` ... for a profile."""
    chance = random.Random(f"{seed} {profile}")
    writer = Writer(chance, chance.randint(0, LEVELS[profile]), config=chance.random() < 0.1)
    return [writer.program(f"P{number}") for number in range(count)], chance


@dataclass
class Found:
    """What was compared.

    Attributes:
        programs: how many were bound.
        refused: how many of them the compiler refuses at every point, or altogether.
        points: those compared with a compile: all that a template gave, and all that were refused.
        differences: what was wrong: seed, profile, name, point and the two outcomes.
    """

    programs: int = 0
    refused: int = 0
    points: int = 0
    differences: list[str] = field(default_factory=list)


def check(found: Found, seed: int, profile: str, count: int = 20, lengths: Sequence[int] = (2,)) -> None:
    """Bind random programs and compare each point that a template gives with a compile of its own.

    A point that is compiled directly needs no comparison. Points with arrays of other ``lengths`` are of structures of
    their own, whose symbolic forms are compiled together.
    """
    texts, chance = batch(seed, profile, count)
    program = Program.from_source(IMPORTS + "".join(texts))
    for number in range(count):
        sweep = [
            {**point, "v": [*point["v"], *(chance.uniform(-7, 7) for _ in range(length - 2))]}
            for length in lengths
            for point in points(chance, 5 if len(lengths) == 1 else 1)
        ]
        operation = program.operation(f"P{number}")
        found.programs += 1
        problem = _compare(found, operation, sweep, profile)
        if problem:
            found.differences.append(f"seed {seed}, {profile}, P{number}: {problem}")


def _compare(found: Found, operation: Operation, sweep: list[dict[str, object]], profile: str) -> str:
    while sweep:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", BindingWarning)
                bound = operation.bind(sweep, profile=profile)
        except BindingWarning as warning:
            return str(warning)
        except ProgramError:  # no point compiles
            found.refused += 1
            return ""
        except BridgeError as error:
            place = error.point
            assert place is not None
            if _compiled(operation, sweep[place], profile) is not None:
                return f"refused at {sweep[place]}: {error}"
            found.points += 1
            sweep = sweep[:place] + sweep[place + 1 :]
            continue
        for place, method in enumerate(bound.methods):
            if method == "template":
                found.points += 1
                if str(bound[place]) != _compiled(operation, sweep[place], profile):
                    return f"differs at {sweep[place]}"
        return ""
    found.refused += 1
    return ""


def _compiled(operation: Operation, point: Mapping[str, object], profile: str) -> str | None:
    """Return what qdk compiles at a point, or None where it refuses it or prints a number that is none."""
    try:
        qir = compile_qir(operation.sources, profile, operation.expression(**point))
    except BridgeError:
        return None
    return None if any(f"double {text}" in qir for text in ("NaN", "inf", "-inf")) else qir

"""Residuals: symbolic forms specialised to a path, the programs that direct compiles must give.

The compiler was asked for the program with an intrinsic operation in the place of every Double parameter, so its
QIR computes with them. `specialise` runs that computation: a value computed from parameters and constants becomes an
expression, a branch on a parameter is decided, and what depends on a measurement stays.

Two points are on the same *path* when every comparison comes out the same at both. All comparisons count, used or
not: the compiler drops what follows from some of them, such as ``Fact(angle > 0.0, ...)``, and no argument is
better than one about what it drops where.

One comparison is not in the symbolic form. Where the two sides of a branch on a measurement leave different
values in a variable, there is a phi; but at a point where the two values happen to be within 2.2e-16 of each other
the compiler takes them for the same constant and prints no phi (measured). So the values of every phi that stays
are compared with each other here, and points where two of them are near are on a path without a template.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations

from qsharp_bridge.qir.entry import Block, Function, Instruction, Operand
from qsharp_bridge.qir.flow import UnknownShape, runs, topological

from .expressions import COMPARISONS, FUNCTIONS, NEAR, Expressions

Decision = tuple[int, bool]
"""A comparison of `Expressions`, and how it comes out."""

Term = int | None
"""An operand: the node of `Expressions` that gives it, or None when it depends on a measurement."""

_TOTAL = frozenset({"fadd", "fsub", "fmul", "fdiv", "frem", "sitofp"})  # a divisor of zero is looked for by itself

_Staying = list[tuple[str, tuple[Term, ...]]]


@dataclass(frozen=True)
class Use:
    """Instruction with a Double among its operands.

    Attributes:
        block: the ordinal of the straight run of code that it is in.
        op: as in `qirtext.Instruction`.
        doubles: its Double operands in order.
    """

    block: int
    op: str
    doubles: tuple[Term, ...]


@dataclass
class Residual:
    """Rest of a symbolic form on one path.

    Attributes:
        uses: in the order of the text.
        steps: the computations with parameters that the compiler makes on the way and may fail at, whether their
            results are used or not.
        divisors: what Doubles are divided by, where that depends on a parameter: also Doubles that were measured.
    """

    uses: list[Use] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    divisors: list[int] = field(default_factory=list)


def specialise(function: Function, parameter: str, expressions: Expressions, decide: Callable[[int], bool]) -> Residual:
    """Specialise a symbolic form to the path that ``decide`` (comparison -> outcome) leads along.

    Args:
        function: the entry point of the symbolic form.
        parameter: the name of the intrinsic operation that stands for the parameters.

    Raises:
        UnknownShape: something depends on a parameter that no template can follow.
    """
    return _Specialiser(function, parameter, expressions, decide).run()


class _Specialiser:
    def __init__(
        self, function: Function, parameter: str, expressions: Expressions, decide: Callable[[int], bool]
    ) -> None:
        self._function = function
        self._call = f"call {parameter}"
        self._expressions = expressions
        self._decide = decide
        self._terms: dict[str, Term] = {}
        self._decided: dict[int, bool] = {}
        self._edges: dict[tuple[str, str], None] = {}  # that can be taken
        self._staying: dict[str, _Staying] = {}
        self._steps: dict[int, None] = {}
        self._divisors: dict[int, None] = {}

    def run(self) -> Residual:
        order = topological(self._function.ways())
        ways: dict[str, tuple[str, ...]] = {}
        for label in order:
            sources = {source for source, target in self._edges if target == label}
            if sources or label == order[0]:
                block = self._function.blocks[label]
                self._staying[label] = []
                for instruction in block.instructions:
                    self._execute(instruction, sources, self._staying[label])
                ways[label] = self._leave(block)
                self._edges.update(dict.fromkeys((label, target) for target in ways[label]))
        residual = Residual(steps=list(self._steps), divisors=list(self._divisors))
        for label, ordinal in runs(ways).items():
            residual.uses.extend(Use(ordinal, op, doubles) for op, doubles in self._staying[label])
        return residual

    def _leave(self, block: Block) -> tuple[str, ...]:
        if block.condition is None:
            return block.successors
        condition = self._term(block.condition)
        if condition is None:
            return tuple(dict.fromkeys(block.successors))
        return (block.successors[0 if self._expressions.nodes[condition].leaf else 1],)

    def _execute(
        self, instruction: Instruction, sources: set[str], staying: list[tuple[str, tuple[Term, ...]]]
    ) -> None:
        op = instruction.op
        operands = instruction.operands
        if op == self._call:
            self._terms[instruction.result] = self._expressions.parameter(int(operands[0].text))
            return
        if op == "phi":
            operands = tuple(operand for operand in operands if operand.source in sources)
        terms = [self._term(operand) for operand in operands]
        result: Term = None
        known = [term for term in terms if term is not None]
        divisor = terms[1] if op in ("fdiv", "frem") else None
        if divisor is not None and self._expressions.depends(divisor):
            self._divisors[divisor] = None
        if len(known) == len(terms) and instruction.result:
            result = self._compute(instruction, known)
        if instruction.result:
            self._terms[instruction.result] = result
        if result is not None:
            return
        for operand, term in zip(operands, terms, strict=True):
            if term is not None and operand.type != "double" and self._expressions.depends(term):
                raise UnknownShape(f"an operand of type {operand.type} of {op} depends on a parameter")
        doubles = tuple(term for operand, term in zip(operands, terms, strict=True) if operand.type == "double")
        if doubles:
            staying.append((op, doubles))
            if op == "phi":
                self._tell_apart(doubles)

    def _compute(self, instruction: Instruction, terms: list[int]) -> Term:
        op = instruction.op
        if op == "phi":
            return terms[0] if len(set(terms)) == 1 else None
        if op == "select":
            return terms[1] if self._expressions.nodes[terms[0]].leaf else terms[2]
        if op in COMPARISONS:
            if instruction.operands[0].type == "i1":
                a, b = (bool(self._expressions.nodes[term].leaf) for term in terms)
                return self._expressions.constant("i1", (a == b) == (op == "icmp eq"))
            return self._expressions.constant("i1", self._outcome(op, (terms[0], terms[1])))
        if op.startswith("call "):
            name = op.removeprefix("call ")
            if FUNCTIONS.get(name) == len(terms) and all(o.type == "double" for o in instruction.operands):
                return self._step(name, terms)
            return None  # an operation of the target: its result is known only when it runs
        if instruction.type == "i1":
            a, b = (bool(self._expressions.nodes[term].leaf) for term in terms)
            return self._expressions.constant("i1", {"and": a and b, "or": a or b, "xor": a != b}[op])
        return self._step(op, terms)

    def _step(self, op: str, terms: list[int]) -> int:
        step = self._expressions.step(op, tuple(terms))
        if op not in _TOTAL and self._expressions.depends(step):
            self._steps[step] = None
        return step

    def _outcome(self, op: str, terms: tuple[int, int]) -> bool:
        comparison = self._expressions.step(op, terms)
        if comparison not in self._decided:
            self._decided[comparison] = self._decide(comparison)
        return self._decided[comparison]

    def _tell_apart(self, doubles: tuple[Term, ...]) -> None:
        for one, other in combinations((term for term in doubles if term is not None), 2):
            pair = (min(one, other), max(one, other))
            if self._expressions.depends(*pair) and self._outcome(NEAR, pair):
                raise UnknownShape("two values of one variable are so near that they may be one")

    def _term(self, operand: Operand) -> Term:
        if operand.is_variable:
            try:
                return self._terms[operand.text]
            except KeyError:
                raise UnknownShape(f"{operand.text} is used before it is defined") from None
        if operand.type == "double":
            return self._expressions.constant("double", float(operand.text))
        if operand.type == "i64":
            return self._expressions.constant("i64", int(operand.text))
        if operand.type == "i1":
            return self._expressions.constant("i1", operand.text == "true")
        return self._expressions.constant(operand.type, 0)  # a qubit, a result, a label: never computed with

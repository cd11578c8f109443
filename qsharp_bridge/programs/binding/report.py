"""Reports: how the points of a sweep were bound, and why some were not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qsharp_bridge._plural import counted

from .skeleton import Skeleton
from .structure import DIRECT, Structure
from .symbolic.angles import angle_of
from .symbolic.expressions import Expressions

_FORMS = 8  # expressions that a group shows
_LENGTH = 60  # characters of one of them

_INFIX = {
    "near": "~",
    "fadd": "+",
    "add": "+",
    "fsub": "-",
    "sub": "-",
    "fmul": "*",
    "mul": "*",
    "fdiv": "/",
    "sdiv": "/",
    "frem": "%",
    "srem": "%",
    "oeq": "==",
    "one": "!=",
    "ogt": ">",
    "oge": ">=",
    "olt": "<",
    "ole": "<=",
    "eq": "==",
    "ne": "!=",
    "sgt": ">",
    "sge": ">=",
    "slt": "<",
    "sle": "<=",
}


@dataclass(frozen=True)
class Group:
    """Points of one structure on one path, and how they were bound.

    Attributes:
        structure: the entry expression, its Doubles written as x0, x1 ... in order.
        points: how many.
        method: "template" or "direct".
        compiles: what the symbolic form and the proof cost; the direct compiles of points come on top.
        verified: the points of the sweep at which the template was compared with a direct compile.
        slots: the places in the text that depend on the point.
        forms: the first of the different expressions that fill them.
        decisions: how the comparisons on parameters come out, if there are any.
        reason: why the points are compiled directly, or "".
    """

    structure: str
    points: int
    method: str
    compiles: int
    verified: int
    slots: int
    forms: tuple[str, ...]
    decisions: tuple[str, ...]
    reason: str

    def __str__(self) -> str:
        lines = [f"{counted(self.points, 'point')} by {self.method}: {self.structure}"]
        if self.decisions:
            lines.append(f"  where {', '.join(self.decisions)}")
        if self.method == "template":
            lines.append(
                f"  {counted(self.slots, 'slot')}, {counted(self.compiles, 'compile')}, "
                f"{counted(self.verified, 'point')} compared with the compiler"
            )
            if self.forms:
                lines.append(f"  {', '.join(self.forms)}")
        else:
            lines.append(f"  because {self.reason}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Report:
    """Report on how the points of a sweep were bound, from `BoundPoints.report`; ``print`` it.

    Attributes:
        operation: the operation's name.
        profile: what the programs are compiled for.
        groups: the points of one structure on one path, each group with what was done and why.

    >>> source = "operation Turn(theta : Double) : Result { use q = Qubit(); Rx(theta, q); MResetZ(q) }"
    >>> bound = qb.Program.from_source(source).operation("Turn").bind(qb.Sweep.linspace("theta", 0.1, 3.0, 100))
    >>> report = bound.report()
    >>> report.groups[0].points, report.groups[0].method, report.compiles
    (100, 'template', ...)
    """

    operation: str
    profile: str
    groups: tuple[Group, ...]

    def __iter__(self) -> Iterator[Group]:
        return iter(self.groups)

    def __len__(self) -> int:
        return len(self.groups)

    @property
    def compiles(self) -> int:
        """The number of compiles that the symbolic forms and the proofs took."""
        return sum(group.compiles for group in self.groups)

    def __str__(self) -> str:
        points = sum(group.points for group in self.groups)
        bound = sum(group.points for group in self.groups if group.method == "template")
        head = f"{self.operation} for {self.profile}: {bound} of {points} points bound by template"
        return "\n".join([head, *map(str, self.groups)])


def group_of(skeleton: Skeleton, structure: Structure | None, index: int, points: int, reason: str = "") -> Group:
    """Report on the points of a structure that are on a path, or on none (`DIRECT`)."""
    named = skeleton.fill(f"x{n}" for n in range(skeleton.doubles))
    if len(named) > 200:
        named = f"{named[:120]} ... {named[-40:]}"
    if structure is None:
        return Group(named, points, "direct", 0, 0, 0, (), (), reason)
    if index == DIRECT or structure.form is None:
        why = structure.reason or reason or "arithmetic in doubt, or too many paths"
        return Group(named, points, "direct", structure.compiles, 0, 0, (), (), why)
    path = structure.paths[index]
    expressions = structure.form.expressions
    decisions = tuple(
        text if outcome else f"not {text}"
        for text, outcome in ((expression_text(expressions, n), out) for n, out in path.decisions[:_FORMS])
    )
    compiles = path.compiles + (structure.compiles if index == 0 else 0)
    template = path.template
    if template is None or reason:
        return Group(named, points, "direct", compiles, 0, 0, (), decisions, path.reason or reason)
    forms = tuple(expression_text(expressions, node) for node in template.nodes[:_FORMS])
    if len(template.nodes) > _FORMS:
        forms += (f"and {len(template.nodes) - _FORMS} more",)
    return Group(named, points, "template", compiles, path.verified, template.slots, forms, decisions, "")


def expression_text(expressions: Expressions, node: int, length: int = _LENGTH) -> str:
    """Return an expression in infix notation: ``(x0 * 2.0) / x3``. Cut where it is long."""
    text = _text(expressions, node, length)
    text = text[1:-1] if text.startswith("(") else text
    return text if len(text) <= length else f"{text[: length - 3]}..."


def _text(expressions: Expressions, node: int, budget: int) -> str:
    found = expressions.nodes[node]
    if found.op == "parameter":
        return f"x{found.leaf}"
    if (angle := angle_of(expressions, node)) is not None:
        return f"angle({expression_text(expressions, angle, budget)})"
    if not found.args:
        return repr(found.leaf)
    if budget <= 0:
        return "..."
    parts = [_text(expressions, arg, budget // 2 - 2) for arg in found.args]
    kind, _, condition = found.op.partition(" ")
    sign = _INFIX.get(condition or kind)
    if sign:
        return f"({parts[0]} {sign} {parts[1]})"
    name = {"fptosi": "Truncate", "sitofp": "IntAsDouble"}.get(found.op, found.op)
    return f"{name}({', '.join(parts)})"

"""Angles of OpenQASM as plain integers, which the compiler can take for unknown.

OpenQASM defines an angle as an integer fraction of a turn. qdk's importer keeps it in a struct, and a struct with
an unknown in it has no symbolic form. So the symbolic form of such a program is that of another one: the same Q#
text with plain Ints in the place of the structs, and with the parametrised gates of ``openqasm_angles.qs`` in the
place of the library's, which do the same.

The direct compiles are those of the program itself, and each proof compares the two in every instruction, here also
at angles that might be special; `unlike` compares the arithmetic. A program that says more about angles than is known
here does not compile in the other form, and is compiled point by point.
"""

from __future__ import annotations

import math
import random
import re
from dataclasses import replace
from functools import cache
from importlib.resources import files

import numpy as np

from qsharp_bridge.programs.compiler import thread as compiler
from qsharp_bridge.programs.compiler.cache import answer_cached
from qsharp_bridge.programs.compiler.contexts import COMPILED, Contexts
from qsharp_bridge.programs.sources import Sources
from qsharp_bridge.targets.profiles import UNRESTRICTED

from .expressions import Expressions
from .folding import Doubles

_OURS = "QsharpBridge.OpenQASM"
_ANGLES = "Std.OpenQASM.Angle."
_QISKIT = "QsharpBridge.Qiskit."
_GATES = "import Std.OpenQASM.Intrinsic.*;"
_LITERAL = re.compile(r"new Std\.OpenQASM\.Angle\.Angle \{\s*Value = (\d+),\s*Size = 53\s*\}")
_TYPE = re.compile(r"\bStd\.OpenQASM\.Angle\.Angle\b")
_GATE = re.compile(r"^ *operation ([a-zU]\w*)\(", re.MULTILINE)

_SPECIAL = (math.pi, -math.pi, 2 * math.pi, -1e-17, math.pi / 2, -4 * math.pi, 1e-9, -0.0, 3 * math.pi, 1e17, -7.0)
_TURN = 2 * math.pi
_STEP = _TURN / 2.0**53


def with_integer_angles(sources: Sources) -> Sources | None:
    """Return the program with Ints in the place of angles, or None when it has no angles. It need not compile.

    >>> program = Sources.from_text("function A(t : Double) : Int { Std.OpenQASM.Angle.DoubleAsAngle(t, 53).Value }")
    >>> print(with_integer_angles(program).texts[-1])
    function A(t : Double) : Int { QsharpBridge.OpenQASM.DoubleAsAngle(t, 53).Value }
    """
    if not any(_ANGLES in text for text in sources.texts):
        return None
    # A name that is imported alone counts for more than one that comes with all others.
    imports = " ".join([_GATES, *(f"import {_OURS}.{gate};" for gate in _GATE.findall(_library()))])
    texts = [_TYPE.sub("Int", _LITERAL.sub(r"\1", text)) for text in sources.texts]
    for old, new in ((_ANGLES, f"{_OURS}."), (_GATES, imports), (_QISKIT, f"{_OURS}.")):
        texts = [text.replace(old, new) for text in texts]
    return replace(Sources.from_cells([_library(), *texts]), config=sources.config)


@cache
def _library() -> str:
    return files(__package__).joinpath("openqasm_angles.qs").read_text(encoding="utf-8")


def special_rows(parameters: int) -> list[Doubles]:
    """Return points at which the rounding of angles, or rotations, might be special."""
    return [np.zeros(parameters), np.resize(np.array(_SPECIAL), parameters)]


@cache
def unlike() -> int:
    """Count the test values whose angle is not what qdk makes of it. Done once a process."""
    chance = random.Random(1979)
    values = [sign * turns * _TURN + steps * _STEP for turns in (0, 1, 2, 9) for steps in (0, 0.49, 0.5, -0.5, 1.5, 2.5)
              for sign in (1.0, -1.0)]  # fmt: skip
    values += [*_SPECIAL, 5e-324, -5e-324, 1e300, -1e300, math.nextafter(_TURN, 0.0), math.nextafter(-_TURN, 0.0)]
    values += [chance.uniform(-limit, limit) for limit in (1e-15, 1e-5, 1.0, 7.0, 1e4) for _ in range(50)]
    angles = [0, 1, 2, 3, 2**53, 2**53 - 1, 2**53 - 2, 2**52, *(chance.randrange(2**53) for _ in range(100))]
    return differing(values, angles)


def differing(values: list[float], angles: list[int]) -> int:
    """Count the values that are not converted to angles, and the angles not converted back, as qdk does."""
    lines = [f"{_ANGLES}DoubleAsAngle({x!r}, 53).Value == {_OURS}.DoubleAsAngle({x!r}, 53)" for x in values]
    for angle in angles:
        struct = f"new {_ANGLES}Angle {{ Value = {angle}, Size = 53 }}"
        lines.append(f"{_ANGLES}AngleAsDouble({struct}) == {_OURS}.AngleAsDouble({angle})")
    expression = "[" + ",\n".join(lines) + "]"

    library = Sources.from_text(_library())

    def work(contexts: Contexts) -> int:
        with contexts.using(library, UNRESTRICTED, growth=COMPILED * len(expression)) as context:
            (same,) = context.run(expression, 1)
            return sum(not one for one in same)

    return answer_cached(library, UNRESTRICTED, expression, lambda: compiler.run(work))


def angle_of(expressions: Expressions, node: int) -> int | None:
    """Return the node of which this one is the Double of an angle, or None: to print it shortly."""
    chain = ("fmul", "sitofp", "sub", "add", "fptosi", "fdiv", "fmul", "fadd", "frem")
    for op in chain:
        found = expressions.nodes[node]
        if found.op != op:
            return None
        node = found.args[0]
    return node

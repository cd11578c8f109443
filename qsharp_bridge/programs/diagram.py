"""Circuit diagrams of operations: qdk's own for given arguments, and diagrams with symbols for Doubles."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from typing import Any

import numpy as np

from qsharp_bridge.circuits import Circuit
from qsharp_bridge.circuits.steps import circuit_of_steps, number_text
from qsharp_bridge.errors import CompileError, ProgramError, SourceError
from qsharp_bridge.literals import enclose
from qsharp_bridge.qir.reader import read
from qsharp_bridge.syntax.types import Primitive
from qsharp_bridge.targets.profiles import UNRESTRICTED

from .binding.compiles import Compiling
from .binding.fixed import Frozen
from .binding.skeleton import Skeleton, split
from .binding.structure import DIRECT, LOCK, structure_of
from .binding.symbolic.folding import Doubles
from .binding.symbolic.text import expression_text, parameter_names
from .call import Call
from .compiler import thread as compiler
from .compiler.contexts import COMPILED, Contexts

_PROFILES = ("Adaptive_RI", "Adaptive_RIF")  # these keep a measurement that resets its qubit, as qdk's diagrams do
_MARK = 7.7e207  # far from any angle


def circuit(operation: Call, args: Sequence[Any], kwargs: Mapping[str, Any], *, symbols: bool) -> Circuit:
    """Return the circuit diagram of an operation: see `Operation.circuit`."""
    parameters = operation.signature.parameters
    given = {one.name for one, _ in zip(parameters, args, strict=False)} | set(kwargs)
    left_out = [one.name for one in parameters if one.name not in given and one.type == Primitive("Double")]
    # The symbols get Doubles that differ, so that few comparisons between them are close.
    stand_ins = {name: 0.7 + 0.37 * place for place, name in enumerate(left_out)}
    literals = operation.literals(*args, **{**kwargs, **stand_ins})
    expression = enclose(f"{operation.name}(", literals, ")")
    if not left_out and not (symbols and split(expression)[1]):
        return _drawn_by_qdk(operation, expression)
    names = []
    for one, literal in zip(parameters, literals, strict=True):
        doubles = parameter_names(one.name, literal)
        names += doubles if symbols or one.name in stand_ins else [""] * len(doubles)
    return _with_symbols(operation, expression, names, stand_ins)


def _drawn_by_qdk(operation: Call, expression: str) -> Circuit:
    """Return qdk's diagram. A program that depends on results is drawn from its code for Adaptive_RIF."""
    from qdk._native import CircuitGenerationMethod

    def draw(contexts: Contexts, profile: str, method: Any) -> tuple[str, str]:
        with contexts.using(operation.sources, profile, growth=COMPILED * len(expression)) as context:
            drawn = context.circuit(expression, generation_method=method)
            return drawn.json(), str(drawn)

    try:
        data, text = compiler.run(lambda contexts: draw(contexts, UNRESTRICTED, None))
    except CompileError as first:
        try:
            data, text = compiler.run(lambda contexts: draw(contexts, _PROFILES[-1], CircuitGenerationMethod.Static))
        except (CompileError, SourceError) as error:
            problem = f"qdk cannot draw it: {first.problem}"
            if error.problem != first.problem:
                problem += f"; and under the profile {_PROFILES[-1]}: {error.problem}"
            raise ProgramError(problem).at(operation=operation.name) from None
    return Circuit(json.loads(data), text)


def _with_symbols(operation: Call, expression: str, names: Sequence[str], open_: Container[str]) -> Circuit:
    """Return the diagram with the expressions of a template in the place of numbers.

    Args:
        operation: the operation.
        expression: its call, with Doubles in the place of symbols.
        names: the name of each Double of the expression; "" for one that stays a number.
        open_: the names without a value: only angles may depend on them.

    Raises:
        ProgramError: no template is known, or the program branches.
    """
    skeleton, values = split(expression)
    row, named = np.array(values, np.float64), np.array(list(map(bool, names)))
    if len(values) == len(names):
        skeleton, row = Frozen(row, named).into(skeleton), row[named]  # other Doubles are part of the program
    reason = "the Doubles in an argument of Q# code have no names"
    for profile in _PROFILES if len(values) == len(names) else ():
        found = _template(operation, skeleton, row, list(filter(None, names)), open_, profile)
        if not isinstance(found, str):
            return found
        reason = found
    raise ProgramError(f"it has no diagram with symbols: {reason}", advice="give a value for every parameter").at(
        operation=operation.name
    )


def _template(
    operation: Call, skeleton: Skeleton, row: Doubles, names: Sequence[str], open_: Container[str], profile: str
) -> Circuit | str:
    """Return the diagram of a template, or the reason why there is none."""
    compiling = Compiling(operation.sources, profile)
    with LOCK:
        structure = structure_of(skeleton, compiling)
        index = int(structure.assign(row.reshape(1, -1))[0])
        if structure.form is None or index == DIRECT:
            return structure.reason or "its gates depend on the values"
        path = structure.paths[index]
        asked = structure.form.expressions.parameters_of(node for node, _ in path.decisions)
        if decisive := [names[one] for one in sorted(asked) if names[one] in open_]:
            return f"its gates depend on the value of {decisive[0]}"
        structure.prove(path, [row], compiling)
        if path.template is None:
            return path.reason
        template, expressions = path.template, structure.form.expressions
        folding = structure.form.fold(row.reshape(1, -1))
        texts = [expression_text(expressions, node, names, folding) for node in template.nodes]
    marks = [f"{_MARK + place * 1e198}" for place in range(len(texts))]
    program = read(template.render(tuple(marks)))
    if program.structure.branch is not None:
        return f"it {program.structure.branch}"
    shown = {float(mark): text for mark, text in zip(marks, texts, strict=True)}
    return circuit_of_steps(program.structure, [shown.get(one) or number_text(one) for one in program.doubles])

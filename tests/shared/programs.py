"""What the simulator tests share: a writer of QIR text, exact probabilities from plain matrices, chi-square.

The matrices are written here from the textbook definitions, apart from both qulacs and qdk.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from scipy import stats

Step = tuple[Any, ...]

X = np.array([[0, 1], [1, 0]], dtype=complex)
Y = np.array([[0, -1j], [1j, 0]])
Z = np.diag([1, -1]).astype(complex)
FIXED = {
    "x": X,
    "y": Y,
    "z": Z,
    "h": (X + Z) / math.sqrt(2),
    "s": np.diag([1, 1j]),
    "s__adj": np.diag([1, -1j]),
    "t": np.diag([1, cmath.exp(0.25j * math.pi)]),
    "t__adj": np.diag([1, cmath.exp(-0.25j * math.pi)]),
    "sx": np.array([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]]) / 2,
    "sx__adj": np.array([[1 - 1j, 1 + 1j], [1 + 1j, 1 - 1j]]) / 2,
}
AXES = {"rx": [X], "ry": [Y], "rz": [Z], "rxx": [X, X], "ryy": [Y, Y], "rzz": [Z, Z]}
CONTROLLED = {"cx": (1, X), "cnot": (1, X), "cy": (1, Y), "cz": (1, Z), "ccx": (2, X)}
ARITY = {
    **dict.fromkeys(FIXED, 1),
    **{name: len(paulis) for name, paulis in AXES.items()},
    **{name: controls + 1 for name, (controls, _) in CONTROLLED.items()},
    "swap": 2,
}
QUBIT = "%Qubit* inttoptr (i64 {} to %Qubit*)"
RESULT = "%Result* inttoptr (i64 {} to %Result*)"


def matrix(name: str, angle: float | None) -> np.ndarray:
    """A gate's matrix; the first qubit is the most significant bit."""
    if name in FIXED:
        return FIXED[name]
    if name in AXES:
        pauli = np.eye(1)
        for factor in AXES[name]:
            pauli = np.kron(pauli, factor)
        return math.cos(angle / 2) * np.eye(len(pauli)) - 1j * math.sin(angle / 2) * pauli
    if name == "swap":
        return np.eye(4)[[0, 2, 1, 3]]
    controls, target = CONTROLLED[name]
    whole = np.eye(2 ** (controls + 1), dtype=complex)
    whole[-2:, -2:] = target
    return whole


def exact(steps: Sequence[Step], qubits: int) -> dict[tuple[int, ...], float]:
    """Outcome probabilities of gates, measurements and resets, by following every branch."""
    state = np.zeros((2,) * qubits, dtype=complex)
    state[(0,) * qubits] = 1
    branches: list[tuple[dict[int, int], np.ndarray]] = [({}, state)]
    for name, *args in steps:
        ids = [arg for arg in args if isinstance(arg, int)]
        if name in ("m", "mz", "mresetz", "reset"):
            following = []
            for known, vector in branches:
                for value in (0, 1):
                    part = np.zeros_like(vector)
                    at = (slice(None),) * ids[0] + (value,)
                    part[at] = vector[at]
                    if name in ("mresetz", "reset") and value:
                        part = np.flip(part, axis=ids[0])
                    if np.vdot(part, part).real > 1e-14:
                        following.append(({**known, ids[1]: value} if name != "reset" else known, part))
            branches = following
            continue
        angle = next((arg for arg in args if isinstance(arg, float)), None)
        tensor = matrix(name, angle).reshape((2,) * (2 * len(ids)))
        axes = range(len(ids), 2 * len(ids))
        branches = [
            (known, np.moveaxis(np.tensordot(tensor, vector, (axes, ids)), range(len(ids)), ids))
            for known, vector in branches
        ]
    count = 1 + max((args[1] for name, *args in steps if name in ("m", "mz", "mresetz")), default=-1)
    found: dict[tuple[int, ...], float] = {}
    for known, vector in branches:
        key = tuple(known.get(result, 0) for result in range(count))
        found[key] = found.get(key, 0.0) + np.vdot(vector, vector).real
    return found


def positional(value: float) -> str:
    """A Double as qdk prints it: always positional, always with a point."""
    return f"{value:.1f}" if value == int(value) else np.format_float_positional(value, trim="-")


def write_qir(
    steps: Sequence[Step],
    qubits: int,
    results: int,
    *,
    output: Sequence[tuple[str, Any]] | None = None,
    profile: str = "base_profile",
    number: Callable[[float], str] = positional,
) -> str:
    """QIR text. A step is ("rx", 0.5, 0), ("cx", 0, 1), ("m", qubit, result) or ("s__adj", 0)."""
    lines: list[str] = []
    declared: set[str] = set()
    for name, *args in steps:
        if name in ("m", "mz", "mresetz"):
            given = [QUBIT.format(args[0]), RESULT.format(args[1])]
        else:
            given = [f"double {number(arg)}" if isinstance(arg, float) else QUBIT.format(arg) for arg in args]
        callee = f"__quantum__qis__{name}" + ("" if "__" in name else "__body")
        declared.add(f"declare void @{callee}({', '.join(arg.split(' ')[0] for arg in given)})")
        lines.append(f"  call void @{callee}({', '.join(given)})")
    if output is None:
        output = [("array", results), *(("result", result) for result in range(results))]
    kinds = {"bool": "i1", "int": "i64", "double": "double", "array": "i64", "tuple": "i64"}
    for kind, value in output:
        text = RESULT.format(value) if kind == "result" else f"{kinds[kind]} {value}"
        callee = f"__quantum__rt__{kind}_record_output"
        declared.add(f"declare void @{callee}({text.split(' ')[0]}, i8*)")
        lines.append(f"  call void @{callee}({text}, i8* null)")
    return "\n".join(
        [
            "%Result = type opaque",
            "%Qubit = type opaque",
            "define i64 @ENTRYPOINT__main() #0 {",
            "block_0:",
            *lines,
            "  ret i64 0",
            "}",
            *sorted(declared),
            'attributes #0 = { "entry_point" "output_labeling_schema" '
            f'"qir_profiles"="{profile}" "required_num_qubits"="{qubits}" "required_num_results"="{results}" }}',
            "!llvm.module.flags = !{!0, !1}",
            '!0 = !{i32 1, !"qir_major_version", i32 1}',
            '!1 = !{i32 7, !"qir_minor_version", i32 0}',
            "",
        ]
    )


def chi_square(histogram: Sequence[tuple[Any, str, int]], expected: Mapping[tuple[int, ...], float]) -> float:
    """The probability of a deviation this large by chance; 0 when something impossible happened."""
    counts = {tuple(outcome): count for outcome, _, count in histogram}
    shots = sum(counts.values())
    if any(expected.get(key, 0.0) < 1e-12 for key in counts):
        return 0.0
    keys = [key for key, chance in expected.items() if chance > 1e-12]
    usual = [key for key in keys if expected[key] * shots >= 5]
    rare = [key for key in keys if key not in usual]
    seen = [counts.get(key, 0) for key in usual] + [sum(counts.get(key, 0) for key in rare)] * bool(rare)
    meant = [expected[key] for key in usual] + [sum(expected[key] for key in rare)] * bool(rare)
    if len(seen) < 2:
        return 1.0
    scale = shots / sum(meant)
    return float(stats.chisquare(seen, [chance * scale for chance in meant]).pvalue)


FALSE_ALARM = 1e-6
"""Below this a deviation is no chance. The seeds are fixed, so a test that passes once passes always."""


@pytest.fixture(scope="session")
def tools() -> Any:
    """The helpers of this file, in one namespace."""

    class Tools:
        arity = ARITY
        rotations = tuple(AXES)
        false_alarm = FALSE_ALARM
        exact = staticmethod(exact)
        qir = staticmethod(write_qir)
        chi_square = staticmethod(chi_square)

        @staticmethod
        def random_steps(rng: np.random.Generator, qubits: int, count: int, gates: Sequence[str]) -> list[Step]:
            """Random gates on random qubits."""
            steps: list[Step] = []
            fitting = [gate for gate in gates if ARITY[gate] <= qubits]
            for _ in range(count):
                gate = fitting[rng.integers(len(fitting))]
                ids = [int(qubit) for qubit in rng.permutation(qubits)[: ARITY[gate]]]
                steps.append((gate, float(rng.uniform(-7, 7)), *ids) if gate in AXES else (gate, *ids))
            return steps

    return Tools

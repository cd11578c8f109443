"""One parameter sweep, from values to programs: qsharp_bridge beside qdk, Qiskit, Cirq and Braket.

The circuit is an ansatz of 10 qubits and 4 layers with 80 angles, for the Base profile. What is compared is the
CPU time for one more point, and for the whole sweep with everything that comes before it. Ratios are what counts: the
absolute times are those of the machine. Each peer is measured where it is installed:

    pip install qiskit cirq-core amazon-braket-sdk
    python benchmarks/binding.py [--points 1000] [--quick] [--json PATH]

The peers are favoured: Qiskit, Cirq and Braket only fill in values, while what comes out of qsharp_bridge is the
text to submit. Programs compiled before are not taken from the disk.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

os.environ.setdefault("QDK_PYTHON_TELEMETRY", "none")
os.environ["QSHARP_BRIDGE_CACHE"] = "off"

import numpy as np
import orjson

from qsharp_bridge import Sweep
from qsharp_bridge.programs import Program
from qsharp_bridge.programs.binding import Binder

QUBITS, LAYERS = 10, 4
ANGLES = 2 * QUBITS * LAYERS

ANSATZ = """
operation Ansatz(qubits : Int, layers : Int, angles : Double[]) : Result[] {
    use q = Qubit[qubits];
    for layer in 0..layers - 1 {
        for i in 0..qubits - 1 {
            let at = 2 * (layer * qubits + i);
            Ry(angles[at], q[i]);
            Rz(angles[at + 1], q[i]);
        }
        for i in 0..qubits - 2 { CNOT(q[i], q[i + 1]); }
    }
    MResetEachZ(q)
}
"""

Values = list[list[float]]


@dataclass
class Row:
    """What one system took: seconds for a point, seconds for the sweep, and what comes out."""

    system: str
    gives: str
    point: float
    sweep: float


def timed(work: Callable[..., Any], *arguments: Any) -> float:
    """Return the CPU seconds of a call: all rows are measured by this clock."""
    start = time.process_time()
    work(*arguments)
    return time.process_time() - start


def median_of(work: Callable[[list[float]], Any], values: Values) -> float:
    """Return the median CPU seconds of a point."""
    return statistics.median(timed(work, one) for one in values)


def program() -> Any:
    return Program.from_source(ANSATZ).operation("Ansatz")


def ours(values: Values) -> list[Row]:
    operation = program()
    points = Sweep.zip(angles=np.array(values)) * Sweep.grid(qubits=[QUBITS], layers=[LAYERS])
    operation.compile(**points[0], profile="Base")  # qdk, too, is measured with its context made
    found: list[Any] = []
    preparing = timed(lambda: found.append(operation.bind(points, profile="Base")))
    (bound,) = found

    def each_text() -> None:
        for one in bound:
            str(one)

    making = statistics.median(timed(each_text) for _ in range(5))
    if set(bound.methods) != {"template"}:
        raise SystemExit("nothing was bound: the figures would mean nothing")
    binder = Binder(operation, profile="Base")
    for place in range(3):
        binder(points[place])
    single = median_of(lambda one: binder({"qubits": QUBITS, "layers": LAYERS, "angles": one}), values)
    each = making / len(points)
    printing = statistics.median(timed(print_and_join, bound, values) for _ in range(5)) / len(points)
    return [
        Row("qsharp_bridge, bind", "QIR", each, preparing + making),
        Row("qsharp_bridge, Binder", "QIR", single, preparing + single * len(points)),
        Row("printing alone", "QIR", printing, printing * len(points)),
    ]


def print_and_join(bound: Any, values: Values) -> None:
    """Print the numbers of each point and join them with the text between them, without any check: the least there is.

    orjson is the fastest printer of shortest Doubles for Python; 25 points are printed at a time.
    """
    template = next(iter(bound.chunks(0, 1))).template
    parts: list[str] = [""] * (2 * ANGLES + 1)
    parts[::2] = template.pieces
    numbers = np.array(values)
    for first in range(0, len(numbers), 25):
        text = orjson.dumps(numbers[first : first + 25].ravel(), option=orjson.OPT_SERIALIZE_NUMPY)
        texts = text[1:-1].decode().split(",")
        for start in range(0, len(texts), ANGLES):
            parts[1::2] = texts[start : start + ANGLES]
            "".join(parts)


def in_a_process(count: int, cache: str) -> float:
    """Return the CPU seconds from source to the programs of all points, in a process of its own after its imports."""
    code = (
        "import time, numpy, qdk.qsharp, qsharp_bridge.runner, binding, os, sys\n"
        f"os.environ['QSHARP_BRIDGE_CACHE'] = {cache!r}\n"
        f"values = numpy.random.default_rng(1).uniform(-3, 3, ({count}, binding.ANGLES))\n"
        "start = time.process_time()\n"
        "constant = binding.Sweep.grid(qubits=[binding.QUBITS], layers=[binding.LAYERS])\n"
        "points = binding.Sweep.zip(angles=values) * constant\n"
        "bound = binding.program().bind(points, profile='Base')\n"
        "texts = [str(one) for one in bound]\n"
        "print(time.process_time() - start)\n"
    )
    here = os.path.dirname(os.path.abspath(__file__))
    path = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, check=True
    )
    return float(done.stdout)


def whole(values: Values) -> list[Row]:
    """The whole sweep in a new process, without a cache and with a warm one. CPU time."""
    count = len(values)
    cold = statistics.median(in_a_process(count, "off") for _ in range(3))
    with tempfile.TemporaryDirectory() as folder:
        in_a_process(count, folder)
        warm = statistics.median(in_a_process(count, folder) for _ in range(5))
    return [
        Row("ours, cold process", "QIR", cold / count, cold),
        Row("ours, warm cache", "QIR", warm / count, warm),
    ]


def qdk(values: Values) -> list[Row]:
    import qdk.qsharp

    qdk.qsharp.init(target_profile=qdk.qsharp.TargetProfile.Base)
    qdk.qsharp.eval(ANSATZ)
    some = values[: max(5, len(values) // 50)]
    texts = [f"Ansatz({QUBITS}, {LAYERS}, {one})" for one in some]
    qdk.qsharp.compile(texts[0])
    by_text = statistics.median(timed(lambda one: str(qdk.qsharp.compile(one)), text) for text in texts)
    code = qdk.code.Ansatz if hasattr(qdk, "code") else None
    rows = [Row("qdk, expression", "QIR", by_text, by_text * len(values))]
    if code is not None:
        by_call = median_of(lambda one: str(qdk.qsharp.compile(code, QUBITS, LAYERS, one)), some)
        rows.append(Row("qdk, callable", "QIR", by_call, by_call * len(values)))
    return rows


def qiskit(values: Values) -> list[Row]:
    from qiskit import QuantumCircuit, qasm3
    from qiskit.circuit import ParameterVector

    angles = ParameterVector("a", ANGLES)
    circuit = QuantumCircuit(QUBITS, QUBITS)
    at = 0
    for _ in range(LAYERS):
        for i in range(QUBITS):
            circuit.ry(angles[at], i)
            circuit.rz(angles[at + 1], i)
            at += 2
        for i in range(QUBITS - 1):
            circuit.cx(i, i + 1)
    circuit.measure(range(QUBITS), range(QUBITS))
    assign = median_of(circuit.assign_parameters, values)
    text = median_of(lambda one: qasm3.dumps(circuit.assign_parameters(one)), values[:50])
    return [
        Row("Qiskit, assign_parameters", "circuit", assign, assign * len(values)),
        Row("Qiskit, with qasm3.dumps", "OpenQASM 3", text, text * len(values)),
    ]


def cirq(values: Values) -> list[Row]:
    import cirq
    import sympy

    names = [f"a{index}" for index in range(ANGLES)]
    symbols = [sympy.Symbol(name) for name in names]
    line = cirq.LineQubit.range(QUBITS)
    circuit = cirq.Circuit()
    at = 0
    for _ in range(LAYERS):
        for i in range(QUBITS):
            circuit.append([cirq.ry(symbols[at])(line[i]), cirq.rz(symbols[at + 1])(line[i])])
            at += 2
        circuit.append(cirq.CNOT(line[i], line[i + 1]) for i in range(QUBITS - 1))
    circuit.append(cirq.measure(*line))
    some = values[:200]
    each = median_of(lambda one: cirq.resolve_parameters(circuit, dict(zip(names, one, strict=True))), some)
    return [Row("Cirq, resolve_parameters", "circuit", each, each * len(values))]


def braket(values: Values) -> list[Row]:
    from braket.circuits import Circuit, FreeParameter
    from braket.circuits.serialization import IRType

    names = [f"a{index}" for index in range(ANGLES)]
    circuit = Circuit()
    at = 0
    for _ in range(LAYERS):
        for i in range(QUBITS):
            circuit.ry(i, FreeParameter(names[at])).rz(i, FreeParameter(names[at + 1]))
            at += 2
        for i in range(QUBITS - 1):
            circuit.cnot(i, i + 1)
    some, qasm = values[:10], IRType.OPENQASM
    each = median_of(lambda one: circuit.make_bound_circuit(dict(zip(names, one, strict=True))), some)
    text = median_of(lambda one: circuit.make_bound_circuit(dict(zip(names, one, strict=True))).to_ir(qasm), some)
    return [
        Row("Braket, make_bound_circuit", "circuit", each, each * len(values)),
        Row("Braket, with to_ir", "OpenQASM 3", text, text * len(values)),
    ]


SYSTEMS: list[tuple[str, str, Callable[[Values], list[Row]]]] = [
    ("qsharp_bridge", "qsharp_bridge", ours),
    ("qsharp_bridge, whole", "qsharp_bridge", whole),
    ("qdk", "qdk", qdk),
    ("Qiskit", "qiskit", qiskit),
    ("Cirq", "cirq", cirq),
    ("Braket", "braket", braket),
]


def seconds(value: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if value >= size or unit == "us":
            return f"{value / size:.3g} {unit}"
    raise AssertionError


def print_table(rows: list[Row], missing: list[str]) -> None:
    base = rows[0]
    print(f"{'system':<28}{'gives':<12}{'a point':>10}{'ratio':>10}{'the sweep':>12}{'ratio':>10}")
    for row in rows:
        print(
            f"{row.system:<28}{row.gives:<12}{seconds(row.point):>10}{row.point / base.point:>10,.1f}"
            f"{seconds(row.sweep):>12}{row.sweep / base.sweep:>10,.1f}"
        )
    for name in missing:
        print(f"{name:<28}not installed")
    sweeps = {row.system: row.sweep for row in rows}
    if "qdk, callable" in sweeps:
        for case in ("ours, cold process", "ours, warm cache"):
            print(f"the sweep, qdk's callable form / {case}: {sweeps['qdk, callable'] / sweeps[case]:,.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--quick", action="store_true", help="100 points")
    parser.add_argument("--json", metavar="PATH", help="write the figures there too")
    options = parser.parse_args()
    count = 100 if options.quick else options.points
    chance = random.Random(1)
    values = [[chance.uniform(-math.pi, math.pi) for _ in range(ANGLES)] for _ in range(count)]
    rows: list[Row] = []
    missing: list[str] = []
    for name, module, measure in SYSTEMS:
        if importlib.util.find_spec(module) is None:
            missing.append(name)
        else:
            rows += measure(values)
    print(f"{QUBITS} qubits, {LAYERS} layers, {ANGLES} angles, {count} points; ratios to the first line\n")
    print_table(rows, missing)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            about = {"python": sys.version.split()[0], "machine": platform.machine(), "points": count}
            json.dump({**about, "rows": [asdict(row) for row in rows], "missing": missing}, file, indent=1)


if __name__ == "__main__":
    main()

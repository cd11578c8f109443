"""How fast programs are simulated, as ratios against qdk's run_qir, bare qulacs and Aer, in one run.

    python benchmarks/simulation.py [--quick] [--json PATH]

Ours is the whole way, from QIR text to a histogram. "Known" means that a program of the same text but for its Doubles
was read before, as in a sweep; "new" that it was not. ``run_qir`` simulates every shot anew, so its time for 1,000
shots is reckoned from fewer where 1,000 take minutes; the row says so. Bare qulacs is the same circuit by hand,
with qulacs' own sampling, and nothing read or counted. With ``--quick`` all have one thread.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

import qsharp_bridge as qb
from qsharp_bridge.qir.reader import _structure
from qsharp_bridge.simulators import simulate

SHOTS = 1000
LAYERS = 4
SOURCE = """
operation Ansatz(n : Int, angles : Double[]) : Result[] {
    use qs = Qubit[n];
    for layer in 0..3 {
        for q in 0..n - 1 {
            Rx(angles[2 * (layer * n + q)], qs[q]);
            Rz(angles[2 * (layer * n + q) + 1], qs[q]);
        }
        for q in 0..n - 2 { CNOT(qs[q], qs[q + 1]); }
    }
    let found = MeasureEachZ(qs);
    ResetAll(qs);
    found
}
"""


@dataclass
class Row:
    """One measurement: seconds of ours and of the peer, and the goal for their ratio."""

    what: str
    ours: float
    peer: float
    ratio: float
    goal: str
    met: bool


def best(*runs: Callable[[], Any], times: int, clock: Callable[[], float] = time.perf_counter) -> list[float]:
    """The best time of each, run in turn so that what else the machine does hits all of them alike."""
    found = [float("inf")] * len(runs)
    for _ in range(times):
        for index, run in enumerate(runs):
            start = clock()
            run()
            found[index] = min(found[index], clock() - start)
    return found


def faster(what: str, ours: float, peer: float, at_least: float = 0.0) -> Row:
    """A row whose ratio is how many times faster ours is."""
    ratio = peer / ours
    return Row(what, ours, peer, ratio, f">= {at_least:g}" if at_least else "none", ratio >= at_least)


def slower(what: str, ours: float, peer: float, at_most: float) -> Row:
    """A row whose ratio is how many times slower ours is."""
    goal = "none" if at_most == float("inf") else f"<= {at_most:g}"
    return Row(what, ours, peer, ours / peer, goal, ours / peer <= at_most)


class Programs:
    """The ansatz, compiled by qdk: 4 layers of Rx, Rz on each qubit and a chain of CNOT."""

    def __init__(self) -> None:
        import qdk

        self._contexts = {}
        for profile in ("Base", "Adaptive_RIF"):
            context = qdk.Context(target_profile=getattr(qdk.TargetProfile, profile))
            context.eval(SOURCE)
            self._contexts[profile] = context

    def qir(self, profile: str, qubits: int, angles: np.ndarray) -> str:
        return str(self._contexts[profile].compile(f"Ansatz({qubits}, {angles.tolist()})"))


def angles(qubits: int) -> np.ndarray:
    return np.random.default_rng(qubits).uniform(0.1, 3.0, 2 * LAYERS * qubits)


def bare_qulacs(qubits: int, values: np.ndarray) -> Callable[[], Any]:
    from qulacs import QuantumCircuit, QuantumState

    def run() -> Any:
        circuit = QuantumCircuit(qubits)
        angle = iter(values)
        for _ in range(LAYERS):
            for qubit in range(qubits):
                circuit.add_RX_gate(qubit, -next(angle))
                circuit.add_RZ_gate(qubit, -next(angle))
            for qubit in range(qubits - 1):
                circuit.add_CNOT_gate(qubit, qubit + 1)
        state = QuantumState(qubits)
        circuit.update_quantum_state(state)
        return state.sampling(SHOTS, 1)

    return run


def bare_aer(qubits: int, values: np.ndarray) -> Callable[[], Any] | None:
    try:
        from qiskit import QuantumCircuit
        from qiskit_aer import AerSimulator
    except ImportError:
        return None
    circuit = QuantumCircuit(qubits, qubits)
    angle = iter(values)
    for _ in range(LAYERS):
        for qubit in range(qubits):
            circuit.rx(next(angle), qubit)
            circuit.rz(next(angle), qubit)
        for qubit in range(qubits - 1):
            circuit.cx(qubit, qubit + 1)
    circuit.measure(range(qubits), range(qubits))
    simulator = AerSimulator(method="statevector")
    return lambda: simulator.run(circuit, shots=SHOTS, seed_simulator=1).result().get_counts()


def ours(qir: str, shots: int = SHOTS) -> Callable[[], Any]:
    return lambda: simulate(qir, shots, seed=1).histogram()


def new(run: Callable[[], Any]) -> Callable[[], Any]:
    def forgetful() -> Any:
        _structure.cache_clear()
        return run()

    return forgetful


def against_run_qir(programs: Programs, quick: bool) -> list[Row]:
    from qdk.simulation import run_qir

    rows = []
    cases = [("Base", 8, 2 if quick else 10, 1000.0), ("Adaptive_RIF", 8, 200, 0.0), ("Base", 2, SHOTS, 0.0)]
    for profile, qubits, shots, goal in cases:
        qir = programs.qir(profile, qubits, angles(qubits))

        def peer(qir: str = qir, shots: int = shots) -> Any:
            return run_qir(qir, shots, seed=1, type="cpu")

        known, fresh = best(ours(qir), new(ours(qir)), times=9)
        (theirs,) = best(peer, times=1 if qubits == 8 and profile == "Base" else 3)
        theirs *= SHOTS / shots
        note = "" if shots == SHOTS else f" (from {shots} shots)"
        what = f"run_qir, {qubits} qubits, {profile}{note}"
        rows += [faster(f"{what}, known", known, theirs, goal), faster(f"{what}, new", fresh, theirs, goal)]
    return rows


def against_bare(programs: Programs, quick: bool) -> list[Row]:
    rows = []
    for qubits in (2, 8, 16) if quick else (2, 8, 12, 16, 18, 20):
        values = angles(qubits)
        qir = programs.qir("Base", qubits, values)
        peers = [bare_qulacs(qubits, values)]
        aer = bare_aer(qubits, values)
        if aer is not None:
            peers.append(aer)
        mine, fresh, *theirs = best(ours(qir), new(ours(qir)), *peers, times=5 if qubits > 16 else 15)
        goal = 1.5 if qubits >= 16 else float("inf")
        rows.append(slower(f"bare qulacs, {qubits} qubits, known", mine, theirs[0], goal))
        rows.append(slower(f"bare qulacs, {qubits} qubits, new", fresh, theirs[0], goal))
        if aer is not None:
            rows.append(faster(f"Aer, {qubits} qubits, known", mine, theirs[1]))
    return rows


def sweep(programs: Programs) -> list[Row]:
    """1,000 programs of 2 qubits that differ in their angles; as a peer, 3 seconds."""
    random = np.random.default_rng(1)
    template = programs.qir("Base", 2, angles(2))
    texts = []
    for _ in range(1000):
        text = template
        for old, value in zip(angles(2).tolist(), random.uniform(0.1, 3.0, 16).tolist(), strict=True):
            text = text.replace(f"double {old!r},", f"double {value!r},")
        texts.append(text)
    assert len(set(texts)) == 1000
    numbers = itertools.count()

    def run() -> None:
        for text in texts:
            simulate(text, 100, seed=next(numbers)).histogram()

    (mine,) = best(run, times=3)
    return [slower("1,000 programs, 2 qubits, 100 shots, QIR to counts (peer: 3 s)", mine, 3.0, 1.0)]


SWEEPS = """
operation Pair(a : Double, b : Double) : Result[] {
    use q = Qubit[2];
    Rx(a, q[0]); Ry(b, q[1]); CNOT(q[0], q[1]); Rx(b, q[0]);
    MResetEachZ(q)
}
operation Layer(a : Double, b : Double) : Result[] {
    use q = Qubit[8];
    for one in q { H(one); }
    for i in 0..7 { CNOT(q[i], q[(i + 1) % 8]); Rz(a, q[(i + 1) % 8]); CNOT(q[i], q[(i + 1) % 8]); }
    for one in q { Rx(b, one); }
    MResetEachZ(q)
}
"""


def pair_state(a: float, b: float) -> Any:
    from qulacs import QuantumCircuit, QuantumState

    circuit, state = QuantumCircuit(2), QuantumState(2)
    circuit.add_RX_gate(0, -a)
    circuit.add_RY_gate(1, -b)
    circuit.add_CNOT_gate(0, 1)
    circuit.add_RX_gate(0, -b)
    circuit.update_quantum_state(state)
    return state


def layer_state(a: float, b: float) -> Any:
    from qulacs import QuantumCircuit, QuantumState

    circuit, state = QuantumCircuit(8), QuantumState(8)
    for i in range(8):
        circuit.add_H_gate(i)
    for i in range(8):
        j = (i + 1) % 8
        circuit.add_CNOT_gate(i, j)
        circuit.add_RZ_gate(j, -a)
        circuit.add_CNOT_gate(i, j)
    for i in range(8):
        circuit.add_RX_gate(i, -b)
    circuit.update_quantum_state(state)
    return state


def bare(state: Callable[..., Any], points: list[dict[str, float]], *, exact: bool) -> Any:
    """The same by a loop over bare qulacs."""
    if exact:
        return [np.abs(state(**point).get_vector()) ** 2 for point in points]
    return [Counter(state(**point).sampling(100)) for point in points]


def aer_with_binds(a: np.ndarray, b: np.ndarray) -> Callable[[], Any]:
    """The layer at all points as one run of Aer with parameter binds, 100 shots."""
    from qiskit import QuantumCircuit
    from qiskit.circuit import Parameter
    from qiskit_aer import AerSimulator

    first, second = Parameter("a"), Parameter("b")
    circuit = QuantumCircuit(8, 8)
    circuit.h(range(8))
    for i in range(8):
        circuit.cx(i, (i + 1) % 8)
        circuit.rz(first, (i + 1) % 8)
        circuit.cx(i, (i + 1) % 8)
    circuit.rx(second, range(8))
    circuit.measure(range(8), range(8))
    simulator = AerSimulator(method="statevector")
    binds = [{first: a.tolist(), second: b.tolist()}]

    def run() -> Any:
        found = simulator.run(circuit, parameter_binds=binds, shots=100, seed_simulator=1).result()
        return [found.get_counts(index) for index in range(len(a))]

    return run


def pennylane_broadcast(a: np.ndarray, b: np.ndarray) -> Callable[[], Any]:
    """The layer at all points as one call of a QNode with parameter broadcasting, 100 shots."""
    import pennylane as qml

    @qml.set_shots(100)
    @qml.qnode(qml.device("default.qubit", wires=8, seed=1))
    def layer(a: Any, b: Any) -> Any:
        for wire in range(8):
            qml.Hadamard(wire)
        for wire in range(8):
            qml.CNOT([wire, (wire + 1) % 8])
            qml.RZ(a, (wire + 1) % 8)
            qml.CNOT([wire, (wire + 1) % 8])
        for wire in range(8):
            qml.RX(b, wire)
        return qml.counts()

    return lambda: layer(a, b)


def batches(what: str, mine: float, points: list[dict[str, float]]) -> list[Row]:
    """The batches of other simulators: how many times faster ours is. One run each."""
    rows = []
    for who, prepare in (("Aer, parameter binds", aer_with_binds), ("PennyLane, broadcasting", pennylane_broadcast)):
        try:
            run = prepare(*(np.array([point[name] for point in points]) for name in "ab"))
        except ImportError as error:
            print(f"{who}: left out, since {error.name} is not installed (pip install 'qsharp-bridge[bench]')")
            continue
        (theirs,) = best(run, times=1, clock=time.process_time)
        rows.append(faster(f"{who}, {what}, run_sweep", mine, theirs))
    return rows


def whole_sweeps(quick: bool) -> list[Row]:
    """``run_sweep`` on the local simulator, from values to counts; the peer is a loop of bare qulacs.

    Plan, journal, results and the counts of every point as texts are part of it. 100 shots, or exact probabilities,
    where the peer has arrays and ours the text of every outcome. The operation was swept
    once before: the compiler is no part of it. CPU time, since the machine may have other work.
    """
    program = qb.Program.from_source(SWEEPS)
    random = np.random.default_rng(1)
    pairs = qb.Sweep.zip(a=random.uniform(0.1, 3.0, 2000), b=random.uniform(0.1, 3.0, 2000))
    side = 30 if quick else 100
    landscape = qb.Sweep.linspace("a", 0.1, 3.0, side) * qb.Sweep.linspace("b", 0.1, 1.5, side)
    rows = []
    for what, name, sweep, state, goal, exact in (
        ("2,000 points of 2 qubits", "Pair", pairs, pair_state, 1.0, False),
        (f"{side**2:,} points of 8 qubits, a QAOA layer", "Layer", landscape, layer_state, 0.5, False),
        ("2,000 points of 2 qubits, exact", "Pair", pairs, pair_state, 1.0, True),
        (f"{side**2:,} points of 8 qubits, a QAOA layer, exact", "Layer", landscape, layer_state, 1.5, True),
    ):
        operation, points = program.operation(name), list(sweep)

        def ours(operation: Any = operation, sweep: Any = sweep, exact: bool = exact) -> Any:
            found = qb.run_sweep(operation, sweep, qb.LocalSimulator(seed=1), shots=None if exact else 100)
            return found.probabilities if exact else found.counts

        def peer(points: Any = points, state: Any = state, exact: bool = exact) -> None:
            bare(state, points, exact=exact)

        ours()
        mine, theirs = best(ours, peer, times=5, clock=time.process_time)
        rows.append(slower(f"bare qulacs in a loop, {what}, run_sweep", mine, theirs, goal))
        if exact:
            continue
        if name == "Pair":
            rows.append(slower(f"{what}, microseconds a point (peer: 30)", mine / 2000, 30e-6, 1.0))
        else:
            rows += batches(what, mine, points)
    return rows


def versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in ("qsharp-bridge", "qdk", "qulacs", "pyqir", "numpy", "qiskit-aer", "pennylane"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer sizes and shots: for CI")
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the rows and the versions there")
    options = parser.parse_args()
    if options.quick:
        # Before qulacs and Aer load. Their threads spin where other work has the cores, and ratios would mean nothing.
        os.environ.setdefault("OMP_NUM_THREADS", "1")

    rows = whole_sweeps(options.quick)  # before there are other objects, which Python's collector would go through
    programs = Programs()
    rows += [
        *sweep(programs),
        *against_run_qir(programs, options.quick),
        *against_bare(programs, options.quick),
    ]
    width = max(len(row.what) for row in rows)
    print(f"{'against':{width}}  {'ours':>10}  {'peer':>10}  {'ratio':>9}  goal")
    for row in rows:
        times = f"{row.ours * 1e3:7.2f} ms  {row.peer * 1e3:7.4g} ms"
        print(f"{row.what:{width}}  {times}  {row.ratio:9.4g}  {row.goal}{'' if row.met else '  NOT MET'}")
    if options.json is not None:
        document = {"benchmark": "simulation", "quick": options.quick, "versions": versions()}
        options.json.write_text(json.dumps({**document, "rows": [asdict(row) for row in rows]}, indent=1) + "\n")
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Independent parts of a program are simulated one by one: the same distribution, and limits for the largest part."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import qsharp_bridge as qb
from qsharp_bridge.simulators import simulate
from qsharp_bridge.simulators.select import NARROW
from tests.shared.programs import FALSE_ALARM, write_qir

PAIRS = 20


def coins(pairs: int = PAIRS) -> str:
    """Pairs of qubits, each pair by itself; the first qubit of pair k is 1 with probability sin(k/20)**2."""
    steps: list[tuple] = []
    for k in range(pairs):
        steps += [("rx", k / 10, 2 * k), ("cx", 2 * k, 2 * k + 1)]
    return write_qir([*steps, *(("m", q, q) for q in range(2 * pairs))], 2 * pairs, 2 * pairs)


def test_without_noise_one_state_for_each_part() -> None:
    outcomes = simulate(coins(), 4000, seed=1)
    assert (
        outcomes.why.endswith(f"in {PAIRS - 1} independent parts of at most 1 qubit")
        or "independent parts" in outcomes.why
    )
    ones = np.array(outcomes.shots).mean(axis=0)[::2]
    assert ones == pytest.approx(np.sin(np.arange(PAIRS) / 20) ** 2, abs=0.05)


def test_noise_of_40_qubits_in_parts_of_two() -> None:
    outcomes = simulate(coins(), 2000, seed=2, noise={"bitflip": 0.1})
    assert outcomes.engine == "cpu"
    assert (
        outcomes.why
        == f"{PAIRS} independent parts one by one, of at most 2 qubits: there is noise: every shot is simulated"
    )
    rows = np.array(outcomes.shots)
    # After RX and CX, each with bit flips: the parity of a pair is odd when the flips after the CX differ.
    odd = (rows[:, ::2] ^ rows[:, 1::2]).sum()
    assert stats.binomtest(int(odd), rows[:, ::2].size, 2 * 0.1 * 0.9).pvalue > FALSE_ALARM
    together = np.corrcoef(rows[:, ::2].T)[np.triu_indices(PAIRS, 1)]
    assert np.abs(together).max() < 0.15  # parts are independent
    assert simulate(coins(), 2000, seed=2, noise={"bitflip": 0.1}) == outcomes


BRANCHES = """
operation Half(t : Double, a : Qubit, b : Qubit) : Result[] {
    Rx(t, a); if MResetZ(a) == One { X(b); Ry(t, a); }
    [MResetZ(a), MResetZ(b)] }
operation Alone(t : Double) : Result[] { use q = Qubit[2]; Half(t, q[0], q[1]) }
operation Pack(ts : Double[]) : (Result[][], Double) {
    use q = Qubit[2 * Length(ts)]; mutable r = [];
    for i in 0..Length(ts) - 1 { set r += [Half(ts[i], q[2 * i], q[2 * i + 1])]; } (r, 0.5) }
"""


def test_branches_of_many_qubits_in_parts_of_two() -> None:
    program = qb.Program.from_source(BRANCHES)
    ts = [0.3 * k for k in range(1, 21)]
    whole = str(program.operation("Pack").compile(ts, profile="Adaptive_RIF"))
    outcomes = simulate(whole, 2000, seed=3)
    assert outcomes.why.startswith("20 independent parts one by one, of at most 2 qubits: the program branches")
    assert all(value == 0.5 for _, value in outcomes.shots)
    for k in (0, 9, 19):
        alone = simulate(str(program.operation("Alone").compile(ts[k], profile="Adaptive_RIF")), 2000, seed=4)
        seen: dict[tuple, list[int]] = {}
        for place, rows in enumerate(([r[k] for r, _ in outcomes.shots], alone.shots)):
            for row in rows:
                seen.setdefault(tuple(row), [0, 0])[place] += 1
        assert stats.chi2_contingency(np.array(list(seen.values()))).pvalue > FALSE_ALARM


def test_a_small_program_is_run_as_it_is() -> None:
    pairs = NARROW // 2 - 1
    assert "parts" not in simulate(coins(pairs), 10, seed=1, noise={"bitflip": 0.1}).why

"""A simulation ends soon after it is no longer wanted, however long it would take."""

import numpy as np
import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import RunError
from qsharp_bridge.qir.reader import read
from qsharp_bridge.simulators import kernels, qulacs_state
from qsharp_bridge.simulators.interruption import interruptible
from qsharp_bridge.simulators.statevector import groups_of

DEEP = """
operation Deep(theta : Double) : Result[] {
    use qs = Qubit[16];
    for r in 1..100 {
        for q in qs { Rx(theta, q); }
        for i in 0..14 { CNOT(qs[i], qs[i + 1]); }
    }
    MResetEachZ(qs)
}
"""


class NotWantedError(Exception):
    pass


@pytest.fixture(scope="module")
def deep():
    return qb.Program.from_source(DEEP).operation("Deep")


@pytest.fixture(scope="module")
def part(deep):
    """The one part of the program, and the angles of its slots."""
    program = read(str(deep.compile(0.3, profile="Base")))
    (group,) = groups_of(program.structure)
    return group, np.array([program.doubles])[:, group.slots[0]]


def after(number):
    """A check that ends the simulation at its call of this number, and its calls."""
    calls = []

    def check():
        calls.append(None)
        if len(calls) == number:
            raise NotWantedError

    return check, calls


@pytest.mark.skipif(not qulacs_state.available(), reason="qulacs is not installed")
def test_a_single_point_is_interrupted_between_its_gates(part):
    group, doubles = part
    check, calls = after(3)
    with interruptible(check), pytest.raises(NotWantedError):
        qulacs_state.probabilities(group.wires, group.gates, doubles[0].tolist())
    assert len(calls) == 3
    ours, theirs = (1 << 24) >> group.wires, len(group.gates)
    assert theirs > 3 * ours  # most of its gates were never applied


def test_arrays_are_interrupted_between_gates(part):
    group, doubles = part
    check, calls = after(2)
    with interruptible(check), pytest.raises(NotWantedError):
        kernels.probabilities(group.wires, group.gates, doubles)
    assert len(calls) == 2


def test_pieces_give_what_the_whole_gives(part, monkeypatch):
    group, doubles = part
    few = group.gates[:40]
    whole = qulacs_state.probabilities(group.wires, few, doubles[0].tolist())
    monkeypatch.setattr(qulacs_state, "_PIECE", 7 << group.wires)
    assert (qulacs_state.probabilities(group.wires, few, doubles[0].tolist()) == whole).all()


def test_a_run_that_is_stopped_does_not_wait_for_its_points(deep):
    sweep = qb.Sweep.linspace("theta", 0, 1, 40)
    run = qb.start_sweep(deep, sweep, qb.LocalSimulator(), 10, progress=False)
    with pytest.raises(RunError, match="0 of 40 points"):
        run.results(timeout=0.01)
    run.stop()
    assert run.results().states == ["planned"] * 40

"""The estimate of how long a simulation takes: it need not be right, but its proportions must."""

import time

import pytest

from qsharp_bridge.simulators import simulate
from qsharp_bridge.simulators.effort import effort


def chain(tools, qubits, layers=3):
    steps = [("rx", 0.3 + k, k) for k in range(qubits)]
    steps = (steps + [("cx", k, k + 1) for k in range(qubits - 1)]) * layers
    return tools.qir([*steps, *(("mz", k, k) for k in range(qubits))], qubits, qubits)


def test_more_is_more(tools):
    assert effort(chain(tools, 4), 100) < effort(chain(tools, 16), 100) < effort(chain(tools, 20), 100)
    assert effort(chain(tools, 4), 100) < effort(chain(tools, 4), 1_000_000)
    assert effort(chain(tools, 4), 100) < effort(chain(tools, 4), 100, {"bitflip": 0.1})
    assert effort(chain(tools, 4), 100, {"bitflip": 0.1}) < effort(chain(tools, 10), 100, {"bitflip": 0.1})


def test_what_is_refused_costs_nothing():
    assert effort("no QIR", 100) == 0.0


@pytest.mark.parametrize(("small", "large"), [((2, 100), (19, 100)), ((2, 10), (4, 1_000_000))])
def test_proportions_hold_within_a_factor_of_ten(tools, small, large):
    def seconds(size):
        qir = chain(tools, size[0])
        simulate(qir, size[1])
        found = []
        for _ in range(3):
            start = time.perf_counter()
            simulate(qir, size[1])
            found.append(time.perf_counter() - start)
        return min(found)

    real = seconds(large) / seconds(small)
    guess = effort(chain(tools, large[0]), large[1]) / effort(chain(tools, small[0]), small[1])
    assert 0.1 < guess / real < 10

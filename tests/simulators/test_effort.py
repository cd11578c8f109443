"""The estimate of how long a simulation takes: it need not be right, but its proportions must."""

import json
import os
import subprocess
import sys

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


MEASURE = """
import json, sys, time
from qsharp_bridge.simulators import simulate
least = []
for qir, shots in json.load(sys.stdin):
    simulate(qir, shots)
    found = []
    for _ in range(5):
        start = time.process_time()
        simulate(qir, shots)
        found.append(time.process_time() - start)
    least.append(min(found))
print(json.dumps(least))
"""


def test_proportions_hold_within_a_factor_of_ten(tools):
    """CPU time, on one thread: the threads of qulacs spin for whole time slices where other work has the cores."""
    sizes = [(2, 100), (19, 100), (2, 10), (4, 1_000_000)]
    programs = [(chain(tools, qubits), shots) for qubits, shots in sizes]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE],
        input=json.dumps(programs), capture_output=True, text=True, check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    real = json.loads(done.stdout)
    guess = [effort(*program) for program in programs]
    for small, large in ((0, 1), (2, 3)):
        assert 0.1 < (guess[large] / guess[small]) / (real[large] / real[small]) < 10

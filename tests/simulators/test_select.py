"""Which engine runs a program, forcing one, seeds, limits, threads."""

import threading

import numpy as np
import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import SimulationError, SimulationLimitError, UnsupportedQirError
from qsharp_bridge.simulators import limits, simulate

COIN = [("h", 0), ("m", 0, 0)]


GHZ = [("h", 0), ("cx", 0, 1), ("cx", 1, 2), *(("m", q, q) for q in range(3))]


def graph(qubits, *more):
    """A state that entangles all its qubits."""
    hadamards = [("h", q) for q in range(qubits)]
    steps = [*hadamards, *(("cz", q, q + 1) for q in range(qubits - 1)), *more, *hadamards]
    return steps + [("m", q, q) for q in range(qubits)]


def branching(tools, qubits=1, gate="x"):
    """Measures qubit 0, and if it gave 1 applies a gate; measures again."""
    text = tools.qir([("h", 0), ("m", 0, 0), (gate, 0), ("m", 0, 1)], qubits, 2, profile="adaptive_profile")
    call = f"  call void @__quantum__qis__{gate}__body(%Qubit* inttoptr (i64 0 to %Qubit*))\n"
    assert call in text
    branch = (
        "  %v = call i1 @__quantum__rt__read_result(%Result* null)\n"
        f"  br i1 %v, label %one, label %rest\none:\n{call}  br label %rest\nrest:\n"
    )
    text = text.replace(call, branch)
    return text.replace("declare", "declare i1 @__quantum__rt__read_result(%Result*)\ndeclare", 1)


@pytest.mark.parametrize(
    ("steps", "qubits", "noise", "engine", "why"),
    [
        (COIN, 1, None, "qulacs", "one simulation is enough"),
        (graph(12), 12, None, "qulacs", "one simulation is enough"),
        (graph(30), 30, None, "clifford", "30 qubits interact"),
        (graph(30, ("rx", 1.5707963267948966, 0)), 30, None, "clifford", "Clifford"),
        (graph(6), 6, {"depolarizing": 0.1}, "cpu", "there is noise"),
        (graph(9), 9, {"depolarizing": 0.1}, "clifford", "there is noise"),
        (graph(9, ("t", 0)), 9, {"measurement": 0.1}, "cpu", "there is noise"),
        (graph(6), 6, {"depolarizing": 0.0}, "qulacs", "one simulation is enough"),
    ],
)
def test_the_engine_fits_the_program_and_says_why(tools, steps, qubits, noise, engine, why):
    outcomes = simulate(tools.qir(steps, qubits, qubits), 20, seed=1, noise=noise)
    assert outcomes.engine == engine
    assert why in outcomes.why
    assert len(outcomes) == 20


def test_a_branch_is_run_shot_by_shot(tools):
    outcomes = simulate(branching(tools), 2000, seed=1)
    assert (outcomes.engine, outcomes.why) == ("cpu", "the program branches: every shot is simulated")
    assert set(outcomes.counts()) == {"[0, 0]", "[1, 0]"}
    assert 850 < outcomes.counts()["[1, 0]"] < 1150
    assert simulate(branching(tools, qubits=9), 50, seed=1).engine == "clifford"
    assert simulate(branching(tools, qubits=9, gate="t"), 50, seed=1).engine == "cpu"


def test_measurements_that_cannot_wait_are_simulated_once_where_that_is_less_work(tools):
    steps = [("ry", 0.3, q) for q in range(4)] + [("cx", q, q + 1) for q in range(3)]
    results = 0
    for _ in range(16):
        steps += [("m", 0, results), ("ry", 0.5, 0), ("cx", 0, 1)]
        results += 1
    text = tools.qir([*steps, ("m", 3, results)], 4, results + 1)
    assert simulate(text, 2**17, seed=1).engine == "qulacs"
    outcomes = simulate(text, 100, seed=1)
    assert outcomes.engine == "cpu"
    assert "measurements cannot wait" in outcomes.why


@pytest.mark.parametrize("engine", ["qulacs", "numpy", "clifford", "cpu"])
def test_an_engine_can_be_forced(tools, engine):
    outcomes = simulate(tools.qir(GHZ, 3, 3), 100, seed=1, engine=engine)
    assert (outcomes.engine, outcomes.why) == (engine, "it was asked for")
    assert set(outcomes.counts()) == {"[0, 0, 0]", "[1, 1, 1]"}


@pytest.mark.parametrize(
    ("engine", "noise", "message"),
    [
        ("gpu", None, "unknown engine 'gpu'; the engines are qulacs, numpy, clifford, cpu, qsharp"),
        ("qsharp", None, "the engine qsharp runs Q#, not QIR; use it in run_sweep"),
        ("qulacs", {"depolarizing": 0.1}, "the engine qulacs simulates once for all shots, but there is noise"),
        ("clifford", None, "the engine clifford runs Clifford gates only, but the program has rx by 0.1"),
    ],
)
def test_an_engine_that_cannot_is_an_error(tools, engine, noise, message):
    with pytest.raises(SimulationError, match=message):
        simulate(tools.qir([("rx", 0.1, 0), ("m", 0, 0)], 1, 1), 1, noise=noise, engine=engine)


def test_forcing_simulate_once_on_a_branch_is_an_error(tools):
    with pytest.raises(SimulationError, match="but the program branches"):
        simulate(branching(tools), 1, engine="qulacs")
    with pytest.raises(SimulationError, match=r"but the program has t$"):
        simulate(branching(tools, gate="t"), 1, engine="clifford")


@pytest.mark.parametrize("engine", ["qulacs", "numpy", "clifford", "cpu"])
def test_a_seed_makes_a_run_reproducible_whatever_ran_before(tools, engine):
    text = tools.qir([("h", q) for q in range(4)] + [("m", q, q) for q in range(4)], 4, 4)
    first = simulate(text, 200, seed=2**80 + 1, engine=engine)
    simulate(text, 77, engine=engine)
    assert simulate(text, 200, seed=2**80 + 1, engine=engine) == first
    assert simulate(text, 200, seed=1, engine=engine) != first
    assert simulate(text, 200, engine=engine) != simulate(text, 200, engine=engine)


@pytest.mark.parametrize("engine", ["qulacs", "cpu"])
def test_threads_do_not_disturb_each_other(tools, engine):
    texts = [tools.qir([("ry", 0.1 * k, 0), ("m", 0, 0)], 1, 1) for k in range(12)]
    alone = [simulate(text, 300, seed=k, engine=engine) for k, text in enumerate(texts)]
    found = [None] * len(texts)

    def work(k):
        found[k] = simulate(texts[k], 300, seed=k, engine=engine)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == alone


@pytest.mark.parametrize("engine", ["qulacs", "numpy", "clifford", "cpu"])
def test_no_shots_are_no_outcomes(tools, engine):
    outcomes = simulate(tools.qir(COIN, 1, 1), 0, engine=engine)
    assert (outcomes.shots, outcomes.histogram()) == ([], [])


@pytest.mark.parametrize("shots", [-1, 1.5, "many", None, True])
def test_what_is_no_number_of_shots(tools, shots):
    with pytest.raises(SimulationError, match=f"^shots is {shots!r}; give an integer from 0"):
        simulate(tools.qir(COIN, 1, 1), shots)


@pytest.mark.parametrize("seed", [-1, 1.5, "one", True])
def test_what_is_no_seed(tools, seed):
    with pytest.raises(SimulationError, match=f"^the seed is {seed!r}; give an integer from 0"):
        simulate(tools.qir(COIN, 1, 1), 1, seed=seed)


def test_integers_of_numpy_are_integers(tools):
    text = tools.qir(COIN, 1, 1)
    assert simulate(text, np.int64(50), seed=np.uint32(3)).shots == simulate(text, 50, seed=3).shots


def test_what_compile_gives_is_taken_as_it_is():
    source = "operation Flip(a : Double) : Result { use q = Qubit(); Rx(a, q); MResetZ(q) }"
    compiled = qb.Program.from_source(source).operation("Flip").compile(0.4)
    assert simulate(compiled, 100, seed=1).shots == simulate(str(compiled), 100, seed=1).shots


@pytest.mark.parametrize("qir", [None, 5, ["text"]])
def test_what_is_no_qir(qir):
    with pytest.raises(UnsupportedQirError, match=f"^a {type(qir).__name__} is not QIR; give QIR text"):
        simulate(qir, 1)


def test_a_state_too_large_is_refused_before_it_is_allocated(tools, monkeypatch):
    monkeypatch.setattr(limits, "available_memory", lambda: 2**30)
    text = tools.qir(graph(28, ("t", 0)), 28, 28)
    with pytest.raises(SimulationLimitError, match=r"a state of 28 qubits needs 8 GiB of memory, and 1 GiB are"):
        simulate(text, 1)
    with pytest.raises(SimulationLimitError, match="a run shot by shot of 28 qubits needs"):
        simulate(text, 1, engine="cpu")
    assert len(simulate(tools.qir(graph(20, ("t", 0)), 20, 20), 1)) == 1


def test_absurd_sizes_are_refused_by_their_number(tools):
    text = tools.qir(graph(200, ("t", 0)), 200, 200)
    with pytest.raises(SimulationLimitError, match=r"200 qubits needs 16 \* 2\*\*200 bytes"):
        simulate(text, 1)
    declared = tools.qir(COIN, 10**9, 1)
    with pytest.raises(SimulationLimitError, match=r"2\*\*1000000000"):
        simulate(declared, 1, engine="cpu")
    with pytest.raises(SimulationLimitError, match="a stabilizer simulation of 1000000000 qubits needs"):
        simulate(declared, 1, engine="clifford")
    assert len(simulate(declared, 1)) == 1
    with pytest.raises(SimulationLimitError, match="shots of 1 recorded value need"):
        simulate(declared, 10**15)


def test_memory_is_known():
    assert limits.available_memory() > 2**24


def test_output_that_is_not_recorded_on_every_path_is_refused(tools):
    text = branching(tools).replace("  br label %rest\n", "  ret i64 0\n", 1)
    with pytest.raises(UnsupportedQirError, match="does not record its output on every path"):
        simulate(text, 50, seed=1)


def test_output_recorded_on_two_paths_is_refused(tools):
    record = "  call void @__quantum__rt__result_record_output(%Result* null, i8* null)\n"
    text = branching(tools).replace("one:\n", f"one:\n{record}")
    with pytest.raises(UnsupportedQirError, match=r"output recorded on more than one path, line \d+"):
        simulate(text, 1)

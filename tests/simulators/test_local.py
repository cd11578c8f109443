"""This machine as a target."""

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import SimulationError, UnsupportedQirError
from qsharp_bridge.simulators import LocalSimulator


@pytest.fixture
def texts(tools):
    return [tools.qir([("ry", 0.2 * k + 0.1, 0), ("m", 0, 0)], 1, 1) for k in range(8)]


def test_the_engine_can_be_forced_for_a_whole_sweep(tmp_path):
    op = qb.Program.from_source("operation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }").operation(
        "Flip"
    )
    sweep = qb.Sweep.grid(n=[1, 2])
    journal = tmp_path / "run.db"
    results = qb.run_sweep(op, sweep, qb.LocalSimulator(seed=1, engine="clifford"), 10, journal=journal)
    assert [b'"engine": "clifford"' in row.raw for row in results] == [True, True]
    with pytest.raises(qb.BridgeError, match="engine clifford"):  # another engine draws other outcomes
        qb.resume_sweep(journal, qb.LocalSimulator(seed=1))
    with pytest.raises(SimulationError, match=r"unknown engine 'best'; the engines are"):
        qb.LocalSimulator(engine="best")


def test_it_is_a_target():
    target = qb.LocalSimulator()
    assert (target.name, target.profile) == ("local.simulator", "Adaptive_RIF")


def test_points_have_seeds_of_their_own(texts):
    target = LocalSimulator(seed=3)
    one, other = (target.run(texts[3], 200, index) for index in (0, 1))
    assert one != other
    assert target.run(texts[3], 200, 0) == one
    assert LocalSimulator(seed=4).run(texts[3], 200, 0) != one
    assert len({target.point_seed(index) for index in range(1000)}) == 1000


def test_without_a_seed_runs_differ(texts):
    target = LocalSimulator()
    assert target.point_seed(0) is None
    assert target.run(texts[3], 500, 0) != target.run(texts[3], 500, 0)


@pytest.mark.parametrize("noise", [None, {"depolarizing": 0.1}])
def test_workers_and_order_change_nothing(texts, noise):
    target = LocalSimulator(noise=noise, seed=2**70)
    alone = [target.run(text, 100, index).shots for index, text in enumerate(texts)]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        runs = [pool.submit(target.run, text, 100, index) for index, text in reversed(list(enumerate(texts)))]
        assert [run.result().shots for run in reversed(runs)] == alone


def test_outcomes_and_errors_can_be_sent_between_processes(texts, tools):
    outcomes = LocalSimulator(seed=1).run(texts[2], 50, 2)
    again = pickle.loads(pickle.dumps(outcomes))
    assert again == outcomes
    assert (again.engine, again.why) == (outcomes.engine, outcomes.why)
    assert pickle.loads(pickle.dumps(LocalSimulator(noise={"loss": 0.1}, seed=1))) == LocalSimulator({"loss": 0.1}, 1)


def test_errors_name_the_point():
    with pytest.raises(UnsupportedQirError, match=r"^point 7: malformed QIR"):
        LocalSimulator().run("hello", 1, 7)


@pytest.mark.parametrize("seed", [-1, 1.5, "one", True])
def test_what_is_no_seed(seed):
    with pytest.raises(SimulationError, match=f"the seed is {seed!r}; give an integer from 0"):
        LocalSimulator(seed=seed)


def test_noise_is_checked_before_anything_runs():
    with pytest.raises(SimulationError, match=r"^noise: unknown name 'depolarising'"):
        LocalSimulator(noise={"depolarising": 0.1})


def test_noise_is_applied(tools):
    text = tools.qir([("x", 0), ("m", 0, 0)], 1, 1)
    assert LocalSimulator(noise={"x": {"bitflip": 1.0}}).run(text, 20, 0).counts() == {"[0]": 20}

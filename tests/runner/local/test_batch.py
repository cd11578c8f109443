"""Points simulated together: the counts of each point are those that it has when it is simulated by itself."""

from __future__ import annotations

import shutil
from itertools import pairwise

import numpy as np
import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import SimulationError
from qsharp_bridge.qir import reader
from qsharp_bridge.results.formats.packed import PACKED_FORMAT
from qsharp_bridge.results.formats.readers import HISTOGRAM_FORMAT
from qsharp_bridge.results.from_journal import open_for_reading
from qsharp_bridge.simulators.outcomes import display

PROGRAMS = {
    "bits": ("operation Op(a : Double, b : Double) : Result[] { use q = Qubit[3]; Rx(a, q[0]); Ry(b, q[1]);"
             " CNOT(q[0], q[1]); Rz(0.25, q[1]); Rx(2.0 * b, q[1]); H(q[2]); MResetEachZ(q) }", PACKED_FORMAT),
    "one": ("operation Op(a : Double, b : Double) : Result { use q = Qubit(); Rx(a, q); Ry(b, q); MResetZ(q) }",
            PACKED_FORMAT),
    "nested": ("operation Op(a : Double, b : Double) : (Result, (Result[], Result[][])) { use q = Qubit[4];"
               " for one in q { Rx(a, one); } CNOT(q[0], q[3]); Ry(b, q[3]);"
               " let r = MResetEachZ(q); (r[0], (r[1..2], [[r[3]], []])) }", PACKED_FORMAT),
    "nothing": ("operation Op(a : Double, b : Double) : Result[] { use q = Qubit(); Rx(a + b, q); Reset(q); [] }",
                PACKED_FORMAT),
    "computed": ("operation Op(a : Double, b : Double) : (Int, Result[]) { use q = Qubit[3];"
                 " for one in q { Rx(a, one); } Ry(b, q[0]); let r = MResetEachZ(q); mutable n = 0;"
                 " for one in r { if one == One { set n += 1; } } (n, r[0..1]) }", HISTOGRAM_FORMAT),
    "recorded": ("operation Op(a : Double, b : Double) : (Result, Double) { use q = Qubit(); Rx(a, q);"
                 " Ry(b, q); (MResetZ(q), a) }", HISTOGRAM_FORMAT),
    "twice": ("operation Op(a : Double, b : Double) : Result[] { use q = Qubit[2]; Rx(a, q[0]); Ry(b, q[1]);"
              " let r = MResetZ(q[0]); [r, MResetZ(q[1]), r] }", PACKED_FORMAT),
    "adaptive": ("operation Op(a : Double, b : Double) : Result[] { use q = Qubit[2]; Rx(a, q[0]);"
                 " if MResetZ(q[0]) == One { Ry(b, q[1]); } MResetEachZ(q) }", HISTOGRAM_FORMAT),
}  # fmt: skip


def operation(name: str) -> qb.Operation:
    return qb.Program.from_source(PROGRAMS[name][0]).operation("Op")


def random_points(count: int) -> list[dict[str, float]]:
    rng = np.random.default_rng(count)
    return [{"a": a, "b": b} for a, b in rng.uniform(-7, 7, (count, 2)).tolist()]


def alone(operation: qb.Operation, sweep: qb.Sweep, simulator: qb.LocalSimulator, shots: int) -> list[dict[str, int]]:
    programs = operation.bind(sweep, profile=simulator.profile)
    return [simulator.run(str(program), shots, index).counts() for index, program in enumerate(programs)]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_sweep_has_the_counts_that_each_point_has_alone(name: str) -> None:
    op, simulator = operation(name), qb.LocalSimulator(seed=3)
    sweep = qb.Sweep.points(random_points(20))
    results = qb.run_sweep(op, sweep, simulator, shots=50)
    expected = alone(op, sweep, simulator, 50)
    assert results.counts == expected
    assert [list(counts) for counts in results.counts] == [list(counts) for counts in expected]
    with qb.HybridSession(op, simulator, shots=50) as session:
        rows = session.map(list(sweep[:7])) + session.map(list(sweep[7:]), shots=[50] * 13)
        kept = session.results
    assert rows == expected
    assert {row.raw_format for row in kept} == {PROGRAMS[name][1]}
    assert {row.raw_format for row in results} == {PROGRAMS[name][1]}
    for row in results:
        assert {display(value): value for value in row.output.outcomes.values()} == row.output.outcomes
        assert b'"engine": "' in row.raw
        assert b'"why": "' in row.raw


def test_points_of_several_structures_and_few_points_of_one() -> None:
    source = """operation Op(n : Int, a : Double) : Result[] {
        use q = Qubit[n]; for one in q { Rx(a, one); } for i in 1..n - 1 { CNOT(q[i - 1], q[i]); } MResetEachZ(q) }"""
    op, simulator = qb.Program.from_source(source).operation("Op"), qb.LocalSimulator(seed=5)
    points = [{"n": n, "a": 0.1 + 0.3 * k} for k in range(9) for n in (1, 2, 3)] + [{"n": 4, "a": 0.5}]
    results = qb.run_sweep(op, qb.Sweep.points(points), simulator, shots=40)
    assert results.counts == alone(op, qb.Sweep.points(points), simulator, 40)
    assert [row.index for row in results] == list(range(len(points)))
    assert [row.raw_format for row in results].count(HISTOGRAM_FORMAT) == 1


def test_numbers_that_look_like_the_constants_of_the_program() -> None:
    """Zero of both signs, and values that a constant of the program has as well."""
    sweep = qb.Sweep.points({"a": a, "b": b} for a in (0.0, -0.0, 0.25, 577_215.6649015329) for b in (0.25, 1e-9, -3.0))
    op, simulator = operation("bits"), qb.LocalSimulator(seed=8)
    assert qb.run_sweep(op, sweep, simulator, shots=60).counts == alone(op, sweep, simulator, 60)


@pytest.mark.parametrize(
    "how", [{"noise": {"depolarizing": 0.01}}, {"engine": "cpu"}, {"engine": "numpy"}], ids=["noise", "cpu", "numpy"]
)
def test_with_noise_or_a_chosen_engine_each_point_is_simulated_by_itself(how: dict) -> None:
    op, simulator = operation("bits"), qb.LocalSimulator(seed=3, **how)
    sweep = qb.Sweep.points(random_points(6))
    results = qb.run_sweep(op, sweep, simulator, shots=30)
    assert results.counts == alone(op, sweep, simulator, 30)
    assert {row.raw_format for row in results} == {HISTOGRAM_FORMAT}


def test_workers_give_the_same_counts() -> None:
    op, sweep = operation("nested"), qb.Sweep.points(random_points(12))
    here = qb.run_sweep(op, sweep, qb.LocalSimulator(seed=3), shots=30)
    there = qb.run_sweep(op, sweep, qb.LocalSimulator(seed=3, executor=1), shots=30)
    assert there.counts == here.counts


def test_a_resumed_sweep_has_the_counts_of_one_that_was_not_interrupted(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("qsharp_bridge.runner.local.batch._SHOTS", 5 * 50)  # batches of five points
    monkeypatch.setattr("qsharp_bridge.runner.local.simulate._LITTLE", 0.0)
    op, sweep, simulator = operation("bits"), qb.Sweep.points(random_points(23)), qb.LocalSimulator(seed=3)
    whole = qb.run_sweep(op, sweep, simulator, shots=50)
    done: list[int] = []

    def interrupt(progress: qb.Progress) -> None:
        done.append(progress.done)
        if progress.done >= 10:
            raise ZeroDivisionError

    path = tmp_path / "run.db"
    with pytest.raises(ZeroDivisionError):
        qb.run_sweep(op, sweep, simulator, shots=50, journal=path, progress=interrupt)
    assert done == [0, 5, 10]
    resumed = qb.resume_sweep(path, simulator)
    assert resumed == whole
    assert [row.raw for row in resumed] == [row.raw for row in whole]
    assert qb.SweepResults.from_journal(path) == whole


def test_jobs_of_many_points_are_resumed_with_and_without_an_executor(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("qsharp_bridge.runner.local.batch._SHOTS", 40 * 50)  # jobs of 40 points, and 13 of one
    monkeypatch.setattr("qsharp_bridge.runner.local.simulate._LITTLE", 0.0)
    op, sweep, simulator = operation("bits"), qb.Sweep.points(random_points(93)), qb.LocalSimulator(seed=3)
    whole = qb.run_sweep(op, sweep, simulator, shots=50)
    assert whole.counts == alone(op, sweep, simulator, 50)

    def interrupt(progress: qb.Progress) -> None:
        if progress.done >= 40:
            raise ZeroDivisionError

    path, copy = tmp_path / "run.db", tmp_path / "copy.db"
    with pytest.raises(ZeroDivisionError):
        qb.run_sweep(op, sweep, simulator, shots=50, journal=path, progress=interrupt)
    shutil.copy(path, copy)
    done: list[qb.Progress] = []
    for file, target in ((path, simulator), (copy, qb.LocalSimulator(seed=3, executor=1))):
        before = qb.SweepResults.from_journal(file)
        assert before.states == ["Succeeded"] * 40 + ["planned"] * 53
        assert qb.resume_sweep(file, target, progress=done.append) == whole
    assert (done[0].done, done[-1].done, done[-1].total) == (40, 93, 93)
    again = qb.run_sweep(op, sweep, qb.LocalSimulator(seed=3, executor=1), shots=50, journal=copy)
    assert again == whole


def test_a_batch_that_needs_too_much_memory_names_the_operation_and_a_point(monkeypatch) -> None:
    monkeypatch.setattr("qsharp_bridge.simulators.limits._SMALL", 0)
    monkeypatch.setattr("qsharp_bridge.simulators.limits.available_memory", lambda: 1000)
    with pytest.raises(SimulationError, match=r"Op.*point 0"):
        qb.run_sweep(operation("bits"), qb.Sweep.points(random_points(6)), qb.LocalSimulator(), shots=100)


def test_chunks_have_each_point_once_and_the_programs_of_the_points() -> None:
    source = "operation Op(n : Int, a : Double) : Result[] { use q = Qubit[n]; Rx(a, q[0]); MResetEachZ(q) }"
    op = qb.Program.from_source(source).operation("Op")
    bound = op.bind(qb.Sweep.grid(a=[0.1 * k for k in range(6)], n=[1, 2]))
    chunks = list(bound.chunks(1, 11))
    assert sorted(index for chunk in chunks for index in chunk.indices) == list(range(1, 11))
    assert len(chunks) == 2
    for chunk in chunks:
        assert all(first < second for first, second in pairwise(chunk.indices))
        assert [chunk.text(place) for place in range(len(chunk.indices))] == [str(bound[i]) for i in chunk.indices]


def test_points_share_a_job_also_when_the_reader_has_dropped_their_structure(tmp_path) -> None:
    op, sweep, simulator = operation("bits"), qb.Sweep.points(random_points(40)), qb.LocalSimulator(seed=3)
    first = qb.run_sweep(op, sweep, simulator, shots=20)
    reader._structure.cache_clear()  # as 128 other structures do
    assert qb.run_sweep(op, sweep, simulator, shots=20, journal=tmp_path / "run.db").counts == first.counts
    with open_for_reading(tmp_path / "run.db") as record:
        assert [row.size for row in record.jobs()] == [40]

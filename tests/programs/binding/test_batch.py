"""Programs that travel: the same texts, in little space."""

import pickle

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge.programs.binding.batch import ProgramBatch

SOURCE = """
operation Chain(n : Int, angles : Double[]) : Result[] {
    use qs = Qubit[n];
    for angle in angles { for q in qs { Rx(angle, q); Rz(2.0 * angle, q); } }
    MResetEachZ(qs)
}
"""


@pytest.fixture(scope="module")
def bound():
    points = [{"n": n, "angles": [0.1 + 0.01 * k, 1.0 * k]} for n in (1, 2) for k in range(40)]
    points += [{"n": 3, "angles": []}]  # one alone: compiled directly
    return qb.Program.from_source(SOURCE).operation("Chain").bind(points)


@given(st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_run_of_programs_arrives_as_it_was(bound, data):
    start = data.draw(st.integers(0, len(bound)))
    stop = data.draw(st.integers(start, len(bound)))
    parcel = pickle.loads(pickle.dumps(ProgramBatch.of(list(bound.parts(start, stop)))))
    assert list(parcel) == [str(bound[index]) for index in range(start, stop)]
    assert len(parcel) == stop - start


def test_each_template_travels_once(bound):
    assert set(bound.methods) == {"template", "direct"}
    parcel = ProgramBatch.of(list(bound.parts(0, len(bound))))
    assert len(parcel.templates) == 2
    texts = [str(one) for one in bound]
    assert len(pickle.dumps(parcel)) < len(pickle.dumps(texts)) / 5

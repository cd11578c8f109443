"""Resources of a sweep: against circuits counted by hand, against qdk's own counts, and by laws."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge.qir.counts import circuit_size

CHAIN = """
operation Chain(n : Int, theta : Double) : Result[] {
    use q = Qubit[n];
    for one in q { Rx(theta, one); }
    for i in 1..n - 1 { CNOT(q[0], q[i]); }
    Adjoint S(q[0]);
    MResetEachZ(q)
}
"""


@pytest.fixture(scope="module")
def chain():
    return qb.Program.from_source(CHAIN).operation("Chain")


def test_a_sweep_counted_by_hand(chain):
    table = chain.resources(qb.Sweep.grid(n=[2, 4], theta=[0.3]), profile="Adaptive_RIF")
    assert [row.qubits for row in table] == [2, 4]
    assert [dict(row.gates) for row in table] == [
        {"rx": 2, "cx": 1, "s_adj": 1},
        {"rx": 4, "cx": 3, "s_adj": 1},
    ]
    assert [row.depth for row in table] == [4, 6]  # rx, the CNOTs one after the other, S, the measurement
    assert [row.measurements for row in table] == [2, 4]
    assert [row.logical["rotationCount"] for row in table] == [2, 4]


def test_profiles_that_unroll_have_the_same_gates_and_adaptive_keeps_its_loops(chain):
    points = [{"n": 3, "theta": 0.3}]
    base, integers, floats, adaptive = (
        chain.resources(points, profile=one, logical=False)[0]
        for one in ("Base", "Adaptive_RI", "Adaptive_RIF", "Adaptive")
    )
    assert base.gates == integers.gates == floats.gates == {"rx": 3, "cx": 2, "s_adj": 1}
    assert integers.depth == floats.depth == 5
    assert set(adaptive.gates) == {"rx", "cx", "s_adj"}
    assert adaptive.depth is None
    assert adaptive.qubits == 3


def test_the_logical_counts_are_qdks(chain):
    import qdk

    row = chain.resources([{"n": 3, "theta": 0.3}])[0]
    context = qdk.Context(target_profile=qdk.TargetProfile.Unrestricted)
    context.eval(CHAIN)
    counts = context.logical_counts("Chain(3, 0.3)")
    assert row.logical == dict(counts)
    estimated = chain.resources([{"n": 3, "theta": 0.3}], estimate={"errorBudget": 0.01})[0]
    assert estimated.estimate == dict(counts.estimate({"errorBudget": 0.01}))
    assert (
        estimated.row()["physical_qubits"] == counts.estimate({"errorBudget": 0.01})["physicalCounts"]["physicalQubits"]
    )


def test_a_rotation_by_a_right_angle_costs_no_t_states(chain):
    table = chain.resources(qb.Sweep.grid(n=[2], theta=[0.3, math.pi / 2]), estimate=True)
    assert [row.logical["rotationCount"] for row in table] == [2, 0]
    assert table[0].row()["physical_qubits"] > table[1].row()["physical_qubits"]


def test_branches_are_bounded_and_loops_left_open():
    branch = qb.Program.from_source(
        "operation B() : Result { use q = Qubit(); H(q); if M(q) == One { X(q); Y(q); Z(q); } MResetZ(q) }"
    ).operation("B")
    assert branch.resources([{}], profile="Adaptive_RIF")[0].depth == 6  # H, M, X, Y, Z, M
    loop = qb.Program.from_source(
        "operation L() : Result { use q = Qubit(); mutable r = One; while r == One { H(q); set r = M(q); } MResetZ(q) }"
    ).operation("L")
    open_ended = loop.resources([{}], profile="Adaptive")[0]
    assert open_ended.depth is None
    assert (open_ended.gates, open_ended.measurements) == ({"h": 1}, 2)


def test_rows_and_tables(chain):
    table = chain.resources(qb.Sweep.grid(n=[2], theta=[0.3, 0.4]), logical=False)
    frame = table.to_pandas()
    assert list(frame.columns) == ["n", "theta", "qubits", "depth", "measurements", "cx", "rx", "s_adj"]
    assert len(str(table).splitlines()) == 3
    assert len(table[1:]) == 1
    assert table[:1] != table[1:]
    assert repr(table) == "<ResourceTable: 2 points>"
    assert str(chain.resources([], logical=False)) == "no points"


def test_a_notebook_shows_a_table():
    source = "operation Op(name : String, n : Int) : Unit { use q = Qubit[n]; ApplyToEach(H, q); }"
    op = qb.Program.from_source(source).operation("Op")
    shown = op.resources(qb.Sweep.grid(name=["<b>"], n=[1, 2]), logical=False)._repr_html_()
    assert shown.count("<tr>") == 3
    assert "<th>qubits</th>" in shown
    assert "<td>&lt;b&gt;</td><td>2</td><td>2</td>" in shown  # values are data, never markup
    many = op.resources(qb.Sweep.grid(name=["a"], n=[1] * 70), logical=False)
    assert "and 10 more points" in many._repr_html_()
    assert many[:0]._repr_html_() == "<i>no points</i>"


def test_a_parameter_with_the_name_of_a_figure():
    source = "operation D(depth : Int) : Unit { use q = Qubit(); for _ in 1..depth { X(q); } }"
    rows = qb.Program.from_source(source).operation("D").resources([{"depth": 3}], logical=False).rows()
    assert rows == [{"point.depth": 3, "qubits": 1, "depth": 3, "measurements": 0, "x": 3}]


@pytest.mark.parametrize("estimate", [{"errorBudget": -1}, {"qubitParams": {"name": "no such"}}])
def test_what_qdk_cannot_estimate_is_an_error_with_its_point(chain, estimate):
    with pytest.raises(qb.errors.ProgramError, match="Chain, point 0: its resources cannot be estimated"):
        chain.resources([{"n": 2, "theta": 0.3}], estimate=estimate)


def test_a_bad_value_is_an_error_with_its_point(chain):
    with pytest.raises(qb.QsharpValueError, match="point 1: theta"):
        chain.resources([{"n": 2, "theta": 0.3}, {"n": 2, "theta": math.nan}])


def layers(gates: list[tuple[int, ...]]) -> int:
    """Depth by its definition: the longest chain of gates of which each shares a qubit with the next."""
    chains: list[int] = []
    for index, gate in enumerate(gates):
        before = [chains[earlier] for earlier in range(index) if set(gate) & set(gates[earlier])]
        chains.append(max(before, default=0) + 1)
    return max(chains, default=0)


@settings(max_examples=50)
@given(st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=2, unique=True).map(tuple), max_size=12))
def test_depth_is_the_longest_chain(gates):
    def qubit(number: int) -> str:
        return f"%Qubit* inttoptr (i64 {number} to %Qubit*)"

    calls = "\n".join(
        f"  call void @__quantum__qis__{'cx' if len(gate) == 2 else 'h'}__body({', '.join(map(qubit, gate))})"
        for gate in gates
    )
    qir = f'\ndefine i64 @ENTRYPOINT__main() #0 {{\nblock_0:\n{calls}\n  ret i64 0\n}}\n"required_num_qubits"="5"\n'
    qubits, depth, counted, measurements = circuit_size(qir)
    assert (qubits, depth, measurements) == (5, layers(gates), 0)
    assert sum(counted.values()) == len(gates)


@pytest.mark.parametrize("points", [3, "n", {"n": 2}, iter([{"n": 2}])])
def test_what_are_no_points(chain, points):
    with pytest.raises(qb.errors.ArgumentError, match=r"Chain: expected the points of a sweep, found .*; give a Sweep"):
        chain.resources(points)
    with pytest.raises(qb.errors.ArgumentError, match=r"Chain, point 0: a point is a mapping .*, not int"):
        chain.resources([3])


def test_a_parameter_of_the_estimate_that_qdk_would_pass_over(chain):
    points = [{"n": 2, "theta": 0.3}]
    with pytest.raises(qb.errors.ArgumentError, match="no parameter 'errorBudgit'; did you mean errorBudget"):
        chain.resources(points, estimate={"errorBudgit": 0.1})
    with pytest.raises(qb.errors.ArgumentError, match="no parameter 'x'; the parameters are errorBudget, qubitParams"):
        chain.resources(points, estimate={"x": 0.1})

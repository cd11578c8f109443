"""Observables by name, and the bases that all of them share."""

import pytest

import qsharp_bridge as qb
from qsharp_bridge.estimator.observables import Observables, as_sum


def test_observables_share_their_bases():
    found = Observables.of({"a": "0.5 Z0 + 0.5 Z1", "b": {"ZZ": 2.0, "XX": 1.0}, "c": "II"})
    assert found.names == ("a", "b", "c")
    assert set(found.bases) == {"ZZ", "XX"}
    assert found.constants == (0.0, 0.0, 1.0)
    both = dict(zip(found.bases, found.terms, strict=True))
    assert both["ZZ"] == ({"ZI": 0.5, "IZ": 0.5}, {"ZZ": 2.0}, {})
    assert dict(zip(found.bases, found.weights, strict=True))["XX"] == 1.0


@pytest.mark.parametrize("form", ["ZZ", {"ZZ": 1}, "Z0 Z1", qb.PauliSum({"ZZ": 1.0})])
def test_what_makes_an_observable(form):
    assert as_sum(form) == qb.PauliSum({"ZZ": 1.0})
    assert Observables.of(form).single


def test_operators_of_others():
    cirq = pytest.importorskip("cirq")
    qiskit = pytest.importorskip("qiskit.quantum_info")
    openfermion = pytest.importorskip("openfermion")
    wanted = qb.PauliSum({"XZ": 0.5})
    assert as_sum(qiskit.SparsePauliOp.from_list([("ZX", 0.5)])) == wanted
    zero, one = cirq.LineQubit.range(2)
    assert as_sum(0.5 * cirq.X(zero) * cirq.Z(one)) == wanted
    assert as_sum(openfermion.QubitOperator("X0 Z1", 0.5)) == wanted


def test_mistakes_name_the_observable():
    with pytest.raises(qb.QsharpTypeError, match=r"observable\['b'\]"):
        Observables.of({"a": "Z0", "b": 3})
    with pytest.raises(qb.QsharpValueError, match=r"different numbers of qubits \(a: 1, b: 2\)"):
        Observables.of({"a": "Z0", "b": "ZZ"})
    with pytest.raises(qb.QsharpValueError, match="there is no observable"):
        Observables.of({})

"""Pauli sums: the algebra against matrices, and every way in against the library that it comes from."""

from __future__ import annotations

import json
import math
import pickle
import subprocess
import sys
from fractions import Fraction
from typing import Any

import cirq
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openfermion import QubitOperator, get_sparse_operator
from qiskit.circuit import Parameter
from qiskit.quantum_info import Pauli, SparsePauliOp

import qsharp_bridge as qb
from qsharp_bridge import PauliSum
from qsharp_bridge.errors import QsharpTypeError, QsharpValueError

COEFFICIENTS = st.integers(-8, 8).map(lambda number: number / 4)  # exact in every product and sum


def sums(qubits: int, most: int = 6) -> st.SearchStrategy[PauliSum]:
    strings = st.text("IXYZ", min_size=qubits, max_size=qubits)
    return st.dictionaries(strings, COEFFICIENTS, max_size=most).map(lambda terms: PauliSum(terms, qubits=qubits))


SAME_SIZE = st.integers(1, 3).flatmap(lambda qubits: st.tuples(sums(qubits), sums(qubits), sums(qubits)))
ANY = st.integers(1, 4).flatmap(sums)


@given(SAME_SIZE, COEFFICIENTS)
def test_arithmetic_is_that_of_matrices(three: tuple[PauliSum, ...], number: float) -> None:
    a, b, _ = three
    one = np.eye(2**a.qubits)
    for found, expected in [
        (a + b, a.matrix() + b.matrix()),
        (a - b, a.matrix() - b.matrix()),
        (a + number, a.matrix() + number * one),
        (number - a, number * one - a.matrix()),
        (number * a, number * a.matrix()),
        (-a, -a.matrix()),
        (a / 2, a.matrix() / 2),
        (a * b + b * a if _real_product(a, b) else a, None),
    ]:
        if expected is not None:
            assert np.array_equal(found.matrix(), expected)


def _real_product(a: PauliSum, b: PauliSum) -> bool:
    try:
        return bool(a * b + 1)
    except QsharpValueError:
        return False


@given(SAME_SIZE)
def test_a_product_is_that_of_matrices_or_no_observable(three: tuple[PauliSum, ...]) -> None:
    a, b, _ = three
    product = a.matrix() @ b.matrix()
    if np.array_equal(product, product.conj().T):
        assert np.array_equal((a * b).matrix(), product)
    else:
        with pytest.raises(QsharpValueError, match="the product is no observable: the coefficient of"):
            a * b


@given(SAME_SIZE)
def test_equality_is_that_of_matrices(three: tuple[PauliSum, ...]) -> None:
    a, b, c = three
    assert (a == b) == np.array_equal(a.matrix(), b.matrix())
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert hash(a + b) == hash(b + a)
    assert a - a == PauliSum({}, qubits=a.qubits)


@given(ANY)
def test_round_trips(a: PauliSum) -> None:
    assert eval(repr(a)) == a
    assert PauliSum.from_json(a.to_json()) == a
    assert pickle.loads(pickle.dumps(a)) == a
    assert PauliSum(str(a), qubits=a.qubits) == a
    assert PauliSum(dict(a), qubits=a.qubits) == a


@settings(max_examples=50)
@given(ANY)
def test_matrices_are_those_of_the_other_libraries(a: PauliSum) -> None:
    """Qubit 0 is the first letter here, the last in Qiskit's labels, and the most significant bit in Cirq's."""
    if not len(a):
        return
    qubits = cirq.LineQubit.range(a.qubits)
    in_cirq = sum(
        (
            number * cirq.PauliString(dict(zip(qubits, map(_cirq_letter, term), strict=True)))
            for term, number in a
        ),
        start=cirq.PauliSum(),
    )  # fmt: skip
    assert np.allclose(in_cirq.matrix(qubits), a.matrix())
    assert PauliSum.from_cirq(in_cirq, qubits=qubits) == a
    in_qiskit = SparsePauliOp.from_list([(term[::-1], number) for term, number in a])
    # Qiskit's index has qubit 0 as its least significant bit: turn its axes round.
    turned = in_qiskit.to_matrix().reshape([2] * (2 * a.qubits))
    axes = [*reversed(range(a.qubits)), *(a.qubits + place for place in reversed(range(a.qubits)))]
    assert np.allclose(turned.transpose(axes).reshape(a.matrix().shape), a.matrix())
    assert PauliSum.from_qiskit(in_qiskit) == a
    in_openfermion = QubitOperator()
    for term, number in a:
        in_openfermion += QubitOperator(tuple((q, p) for q, p in enumerate(term) if p != "I"), number)
    assert np.allclose(get_sparse_operator(in_openfermion, a.qubits).toarray(), a.matrix())
    back = PauliSum.from_openfermion(in_openfermion)
    assert [(term.ljust(a.qubits, "I"), number) for term, number in back] == [*a]


def _cirq_letter(letter: str) -> Any:
    return {"I": cirq.I, "X": cirq.X, "Y": cirq.Y, "Z": cirq.Z}[letter]


def test_an_asymmetric_observable_keeps_its_qubits() -> None:
    expected = PauliSum({"ZIX": 0.5})
    assert PauliSum.from_qiskit(SparsePauliOp(["XIZ"], [0.5])) == expected
    assert PauliSum.from_qiskit(Pauli("XIZ")) == 2 * expected
    assert PauliSum.from_qiskit(Pauli("-XIZ")) == -2 * expected
    qubits = cirq.LineQubit.range(3)
    assert PauliSum.from_cirq(0.5 * cirq.Z(qubits[0]) * cirq.X(qubits[2])) == expected
    assert PauliSum.from_openfermion(QubitOperator("Z0 X2", 0.5)) == expected
    assert PauliSum("0.5 Z0 X2") == expected


def test_cirq_qubits() -> None:
    """A LineQubit is at its own number, even when others are not used; qubits of other kinds are in Cirq's order."""
    assert PauliSum.from_cirq(1.0 * cirq.Z(cirq.LineQubit(2))) == PauliSum({"IIZ": 1})
    grid = cirq.GridQubit.square(2)
    assert PauliSum.from_cirq(1.0 * cirq.Z(grid[3]) * cirq.X(grid[1])) == PauliSum({"XZ": 1})
    assert PauliSum.from_cirq(1.0 * cirq.Z(grid[3]), qubits=grid) == PauliSum({"IIIZ": 1})
    with pytest.raises(QsharpValueError, match="not among the qubits given"):
        PauliSum.from_cirq(1.0 * cirq.Z(grid[3]), qubits=grid[:2])
    with pytest.raises(QsharpValueError, match="negative number"):
        PauliSum.from_cirq(1.0 * cirq.Z(cirq.LineQubit(-1)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.3435 Z0 + 0.091 X0 X1", {"ZI": 0.3435, "XX": 0.091}),
        ("Z1", {"IZ": 1.0}),
        ("-Z0 - -2*X0", {"Z": -1.0, "X": 2.0}),
        ("1e-3 * Y2 Z0 + 2", {"ZIY": 1e-3, "III": 2.0}),
        (".5X0Z1", {"XZ": 0.5}),
        ("3 I + Z_1", {"II": 3.0, "IZ": 1.0}),
        ("2 0.5 Z0", {"Z": 1.0}),
        ("Z0 + Z0", {"Z": 2.0}),
        ("ZX", {"ZX": 1.0}),
        ("0.5 ZI - 2*XY + 3", {"ZI": 0.5, "XY": -2.0, "II": 3.0}),
        ("IZI + X1", {"IZI": 1.0, "IXI": 1.0}),
        ("Z", {"Z": 1.0}),
    ],
)
def test_text(text: str, expected: dict[str, float]) -> None:
    if text == ".5X0Z1":
        with pytest.raises(QsharpValueError, match="expected X, Y, Z or I"):
            PauliSum(text)
        text = ".5 X0 Z1"
    assert PauliSum(text) == PauliSum(expected)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "expected a number or a Pauli such as Z0, found the end"),
        ("0.5 Q0", "expected X, Y, Z or I with the number of a qubit"),
        ("z0", "expected X, Y, Z or I with the number of a qubit"),
        ("ZI + X", "expected a string of 2 letters, as before, found 'X'"),
        ("ZI X0", "qubit 0 has a letter in this term already"),
        ("X0 ZI", "a string of letters is the only Pauli of its term"),
        ("ZI + X2", "qubit 2 is beyond the 2 letters of a string"),
        ("Z0 Z0", "qubit 0 has a letter in this term already"),
        ("0.5 Z0 +", "expected a number or a Pauli such as Z0, found the end before position 8"),
        ("0.5j Z0", "a complex coefficient, and an observable has real ones, found 'j' before position 4"),
        ("Z0 ; X0", "expected '+', '-' or the end, found ';'"),
        ("* Z0", "expected a number or a Pauli"),
        ("Z99999999", "expected X, Y, Z or I with the number of a qubit"),
    ],
)
def test_what_is_no_text_of_a_sum(text: str, problem: str) -> None:
    with pytest.raises(QsharpValueError) as caught:
        PauliSum(text)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    ("terms", "kind", "said"),
    [
        ({"ZQ": 1}, QsharpValueError, "'ZQ'[1]: 'Q' is no Pauli letter; use I, X, Y and Z"),
        ({"zi": 1}, QsharpValueError, "'zi'[0]: 'z' is no Pauli letter"),
        ({"ZI": 1, "Z": 1}, QsharpValueError, "'Z': 1 letter for 2 qubits"),
        ({"ZI": 1j}, QsharpTypeError, "the coefficient of 'ZI' is complex"),
        ({"ZI": "1"}, QsharpTypeError, "the coefficient of 'ZI' is '1', not a number"),
        ({"ZI": True}, QsharpTypeError, "the coefficient of 'ZI' is True, not a number"),
        ({"ZI": None}, QsharpTypeError, "the coefficient of 'ZI' is NoneType, not a number"),
        ({"ZI": math.nan}, QsharpValueError, "'ZI': the coefficient nan is not finite"),
        ({"ZI": 10**400}, QsharpValueError, "the coefficient of 'ZI' is beyond the range of a Double"),
        ({0: 1}, QsharpTypeError, "0 is no Pauli string"),
        ({}, QsharpValueError, "a sum without terms has no number of qubits; give qubits="),
        (["ZI"], QsharpTypeError, "list is no Pauli sum"),
    ],
)
def test_errors_say_where(terms: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind) as caught:
        PauliSum(terms)
    assert said in str(caught.value)


def test_errors_of_other_libraries_sums() -> None:
    with pytest.raises(QsharpTypeError, match="the coefficient of 'XZ' is complex"):
        PauliSum.from_qiskit(SparsePauliOp(["ZX"], [1j]))
    with pytest.raises(QsharpTypeError, match="complex"):
        PauliSum.from_qiskit(Pauli("iZX"))
    with pytest.raises(QsharpValueError, match="the coefficient of Z has parameters; assign them"):
        PauliSum.from_qiskit(SparsePauliOp(["Z"], np.array([Parameter("t")])))
    with pytest.raises(QsharpTypeError, match="complex"):
        PauliSum.from_openfermion(QubitOperator("X0", 1j))
    for convert in (PauliSum.from_qiskit, PauliSum.from_cirq, PauliSum.from_openfermion):
        with pytest.raises(QsharpTypeError, match="dict is no"):
            convert({"ZI": 1})


def test_what_is_no_operand() -> None:
    two = PauliSum({"ZI": 1})
    with pytest.raises(QsharpValueError, match="one sum acts on 2 qubits, the other on 1"):
        two + PauliSum({"Z": 1})
    for wrong in ("ZI", None, [1], np.ones(2)):
        with pytest.raises(TypeError):
            two + wrong
    with pytest.raises(QsharpTypeError, match="the factor is complex"):
        two * 1j
    with pytest.raises(QsharpValueError, match="divided by zero"):
        two / 0
    assert two != "ZI"
    assert two * np.float64(2) == np.float64(2) * two == 2 * two
    assert two * Fraction(1, 2) == two / 2


def test_terms_cannot_be_changed() -> None:
    energy = PauliSum({"ZI": 1})
    with pytest.raises(TypeError):
        energy.terms["ZI"] = 2  # type: ignore[index]
    with pytest.raises(AttributeError):
        energy.more = 1  # type: ignore[attr-defined]


def test_zero_terms_go_and_the_constant_is_known() -> None:
    energy = PauliSum({"ZI": 0.0, "II": -1.5})
    assert (dict(energy.terms), energy.constant, energy.qubits) == ({"II": -1.5}, -1.5, 2)
    assert PauliSum({"ZI": 1}).constant == 0.0


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"qsharp_bridge.pauli_sum":2,"qubits":1,"terms":[]}', "null"])
def test_what_is_no_json_of_a_sum(text: str) -> None:
    with pytest.raises(QsharpValueError, match="not the JSON of a Pauli sum"):
        PauliSum.from_json(text)


def test_json_of_a_stranger_is_checked() -> None:
    data = json.loads(PauliSum({"ZI": 1}).to_json())
    for terms in ([["ZQ", 1]], [["Z", 1]], [["ZI", "1"]], [[1, 1]]):
        with pytest.raises(qb.BridgeError):
            PauliSum.from_json(json.dumps({**data, "terms": terms}))


def test_a_wide_matrix_is_refused() -> None:
    with pytest.raises(QsharpValueError, match=r"4\*\*13 elements"):
        PauliSum({"Z" * 13: 1}).matrix()


def test_importing_is_cheap() -> None:
    code = "import sys; from qsharp_bridge import PauliSum; PauliSum('Z0 + X0').groups(); print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_sum_is_made_wider() -> None:
    wide = PauliSum("0.5 Z0 + 2", qubits=3)
    assert PauliSum(PauliSum("0.5 Z0 + 2"), qubits=np.int64(3)) == wide
    assert PauliSum(wide) == wide
    assert PauliSum.from_openfermion(QubitOperator("Z0", 0.5) + 2, qubits=3) == wide
    with pytest.raises(QsharpValueError, match="the sum acts on 3 qubits, not 2"):
        PauliSum(wide, qubits=2)
    with pytest.raises(QsharpValueError, match="qubit 2, and there are 2 qubits"):
        PauliSum.from_openfermion(QubitOperator("Z2"), qubits=2)
    for wrong in (True, -1, 1.0, "2"):
        with pytest.raises(QsharpTypeError, match="no number of qubits"):
            PauliSum("Z0", qubits=wrong)


def test_a_rounding_error_makes_no_product_complex() -> None:
    product = PauliSum("0.1 X0 + 0.3 Z0") * PauliSum("0.7 X0 + 2.1 Z0")  # the second is seven times the first
    assert product.constant == pytest.approx(0.7)
    assert len(product) == 1
    with pytest.raises(QsharpValueError, match="the product is no observable"):
        PauliSum("0.1 X0 + 0.3 Z0") * PauliSum("0.7 X0 + 2.1000001 Z0")


def test_a_fermion_operator_is_refused() -> None:
    from openfermion import FermionOperator

    with pytest.raises(QsharpTypeError, match="map fermions first"):
        PauliSum.from_openfermion(FermionOperator("1^ 0"))

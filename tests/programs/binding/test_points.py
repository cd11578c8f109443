"""Values that are read without being printed are what they are when printed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from qdk.qsharp import Pauli

from qsharp_bridge import Sweep
from qsharp_bridge.errors import BridgeError
from qsharp_bridge.programs import Program
from qsharp_bridge.programs.binding.points import PointReader
from qsharp_bridge.programs.binding.skeleton import split

TYPES = ["Double", "Double[]", "Double[][]", "Int", "Int[]", "Bool", "Bool[]", "String", "(Double, Int)",
         "(Double, Double[])", "(Int, (Bool, Double))[]", "Pauli", "Pauli[]"]  # fmt: skip
DTYPES = ["f2", "f4", "f8", ">f8", "i1", "i8", "u8", "?", "O", "c16", "g"]

paulis = st.sampled_from([Pauli.I, Pauli.X, Pauli.Y, Pauli.Z])
floats = st.floats() | st.sampled_from([0.0, -0.0, 1e22, 5e-324, float("nan"), float("inf")])
scalars = (
    floats
    | st.integers(-(2**65), 2**65)
    | st.integers(-(2**54), 2**54)
    | st.booleans()
    | st.sampled_from(["", "1.5", 'a"', None, 1j])
    | floats.map(np.float64)
    | st.floats(width=32).map(np.float32)
    | st.floats(width=16).map(np.float16)
    | st.integers(-(2**63), 2**63 - 1).map(np.int64)
    | st.integers(0, 2**64 - 1).map(np.uint64)
    | st.booleans().map(np.bool_)
    | paulis
)
arrays = st.sampled_from(DTYPES[:8]).flatmap(lambda one: hnp.arrays(one, hnp.array_shapes(min_dims=0, max_side=3)))
values = st.recursive(
    scalars
    | arrays
    | st.lists(floats, max_size=3)
    | st.lists(st.integers(-5, 5), max_size=3)
    | st.lists(paulis, max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def operations():
    names = {type_: f"O{number}" for number, type_ in enumerate(TYPES)}
    program = Program.from_source(
        "\n".join(f"operation {name}(x : {type_}) : Unit {{}}" for type_, name in names.items())
    )
    return {type_: program.operation(name) for type_, name in names.items()}


def outcome(work):
    try:
        return work()
    except BridgeError as error:
        return str(error)


@settings(deadline=None, max_examples=300)
@given(data=st.data(), type_=st.sampled_from(TYPES))
def test_a_point_is_read_as_it_is_printed(operations, data, type_):
    reader = PointReader(operations[type_])
    for value in data.draw(st.lists(values, min_size=1, max_size=4)):
        for _ in range(2):  # met before, it is recognised
            found = outcome(lambda value=value: reader.read({"x": value}, 0))
            printed = outcome(lambda value=value: split(reader.expression({"x": value}, 0)))
            assert repr(found) == repr(printed)  # so that 0.0 is not -0.0


angles = np.random.default_rng(7).normal(size=80)
SIBLINGS = {
    "floats": ("Double[]", angles.tolist()),
    "float64": ("Double[]", angles),
    "float32": ("Double[]", angles.astype(np.float32)),
    "list of float32": ("Double[]", list(angles.astype(np.float32))),
    "list of float64": ("Double[]", list(angles)),
    "ints": ("Double[]", list(range(80))),
    "two dimensions": ("Double[][]", angles.reshape(40, 2)),
    "rows": ("Double[][]", angles.reshape(40, 2).tolist()),
    "int64": ("(Double, Int)", (0.5, np.int64(7))),
    "in a tuple": ("(Double, Double[])", (0.5, angles.tolist())),
    "Paulis": ("Pauli[]", [Pauli.X, Pauli.Z]),
}


@pytest.mark.parametrize("name", SIBLINGS)
def test_common_kinds_are_recognised(operations, name, monkeypatch):
    """A second point is not printed: that takes 40 times as long."""
    type_, value = SIBLINGS[name]
    reader = PointReader(operations[type_])
    first = reader.read({"x": value}, 0)
    monkeypatch.setattr(reader, "expression", None)
    assert reader.read({"x": value}, 1) == first


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_of_every_dtype(operations, dtype):
    for type_, shape in (("Double[]", (3,)), ("Double[][]", (2, 2)), ("Double[][]", (2, 0)), ("Int[]", (3,))):
        reader = PointReader(operations[type_])
        value = np.ones(shape, dtype)
        read = [outcome(lambda reader=reader, value=value: reader.read({"x": value}, 0)) for _ in range(3)]
        assert repr(read[0]) == repr(read[1]) == repr(read[2])


COLUMNS = {
    "Double": [hnp.arrays(kind, 6) for kind in ("f8", "f4", "i8")],
    "Double[]": [hnp.arrays(kind, (6, 3)) for kind in ("f8", "i8")],
    "Double[][]": [hnp.arrays("f8", (6, 2, 2)), hnp.arrays("f8", (6, 2, 0))],
    "Int": [hnp.arrays("i8", 6, elements=st.integers(-1, 1)), hnp.arrays("i4", 6)],
    "Int[]": [hnp.arrays("i8", (6, 2), elements=st.integers(0, 1))],
    "Bool": [hnp.arrays("?", 6)],
    "String": [st.just(["a", "b"] * 3)],
    "Pauli": [st.lists(paulis, min_size=6, max_size=6)],
    "Pauli[]": [st.lists(st.lists(paulis, max_size=2), min_size=6, max_size=6)],
    "(Double, Int)": [st.just([(0.5, 1)] * 6)],
}


@settings(deadline=None, max_examples=150)
@given(data=st.data(), first=st.sampled_from(sorted(COLUMNS)), second=st.sampled_from(sorted(COLUMNS)))
def test_columns_are_read_as_their_points(data, first, second):
    call = Program.from_source(f"operation O(x : {first}, y : {second}) : Unit {{}}").operation("O")
    values = {
        name: data.draw(st.sampled_from(COLUMNS[type_]).flatmap(lambda one: one))
        for name, type_ in (("x", first), ("y", second))
    }
    sweep = Sweep.zip(**values)
    reader, one_by_one = PointReader(call), PointReader(call)
    by_columns = outcome(lambda: reader.read_columns(sweep.columns(2), sweep[2], 2))
    if by_columns is None or isinstance(by_columns, str):
        return
    found = {
        index: (skeleton, row.tobytes())
        for skeleton, indices, rows in by_columns
        for index, row in zip(indices.tolist(), rows, strict=True)
    }
    for index in range(2, 6):
        skeleton, doubles = one_by_one.read(sweep[index], index)
        assert found[index] == (skeleton, np.array(doubles, np.float64).tobytes())
    assert sorted(found) == [2, 3, 4, 5]


def test_a_product_with_lists_is_read_by_columns(monkeypatch):
    """The bases of an estimate times its points: no point is read, or printed, by itself."""
    call = Program.from_source("operation O(x : Double[], b : Pauli[]) : Unit {}").operation("O")
    sweep = Sweep.points([{"x": [0.5, k / 8]} for k in range(6)]) * Sweep.grid(b=[[Pauli.X], [Pauli.Z, Pauli.Y]])
    reader, one_by_one = PointReader(call), PointReader(call)
    reader.read_columns(sweep.columns(0, 2), sweep[0], 0)  # each structure is met once
    monkeypatch.setattr(reader, "read", None)
    found = reader.read_columns(sweep.columns(), sweep[0], 0)
    assert [(skeleton, indices.tolist()) for skeleton, indices, _ in found] == [
        (one_by_one.read(sweep[first], first)[0], list(range(first, 12, 2))) for first in (0, 1)
    ]

"""Reading QIR: structures shared by sweeps, shapes of output, what is refused and how it is said."""

import contextlib
import traceback

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.errors import UnsupportedQirError
from qsharp_bridge.qir.bitcode import as_text
from qsharp_bridge.qir.program import Shape
from qsharp_bridge.qir.reader import _Reader, _structure, read
from qsharp_bridge.simulators import simulate


@pytest.fixture
def bitcode():
    import pyqir

    return lambda text: pyqir.Module.from_ir(pyqir.Context(), text).bitcode


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(FINITE, min_size=1, max_size=4))
def test_doubles_are_read_bit_for_bit_and_share_one_structure(tools, angles):
    def text(values):
        return tools.qir([("ry", v, 0) for v in values] + [("m", 0, 0)], 1, 1)

    program = read(text(angles))
    assert list(map(repr, program.doubles)) == list(map(repr, angles))
    assert read(text([1.0] * len(angles))).structure is program.structure


def test_the_cached_and_the_plain_way_read_the_same(tools):
    steps = [("rx", 0.1, 0), ("rzz", -2.5, 0, 1), ("ry", 1e-10, 1), ("m", 0, 0), ("m", 1, 1)]
    hexadecimal = tools.qir(steps, 2, 2, number=lambda value: f"0x{np.float64(value).view(np.uint64):016X}")
    decimal = tools.qir(steps, 2, 2)
    assert read(hexadecimal).doubles == read(decimal).doubles == (0.1, -2.5, 1e-10)
    assert read(hexadecimal).structure is not read(decimal).structure
    assert simulate(hexadecimal, 200, seed=1) == simulate(decimal, 200, seed=1)


def test_doubles_in_comments_labels_and_odd_spacing_are_not_taken_for_angles(tools):
    steps = [("rx", 0.25, 0), ("m", 0, 0)]
    text = tools.qir(steps, 1, 1)
    odd = text.replace("double 0.25", "double  0.75") + "; double 0.25)\n"
    assert read(odd).doubles == (0.75,)
    assert read(odd.replace("0.25", "0.5")).doubles == (0.75,)
    label = '@0 = internal constant [12 x i8] c"double 0.5)\\00"\n' + text
    assert read(label).doubles == (0.25,)


def test_doubles_beyond_the_range_are_refused_as_angles(tools):
    with pytest.raises(UnsupportedQirError, match=r"rx__body with the angle inf, line \d+"):
        read(tools.qir([("rx", 0.5, 0)], 1, 0, number=lambda value: "1.0e400"))


def test_bitcode_is_read_as_its_text(tools, bitcode):
    text = tools.qir([("ry", 0.1, 0), ("cx", 0, 1), ("m", 0, 0), ("m", 1, 1)], 2, 2)
    assert simulate(bitcode(text), 300, seed=5) == simulate(text, 300, seed=5)
    assert simulate(text.encode(), 300, seed=5) == simulate(text, 300, seed=5)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ([("result", 0)], 1),
        ([("array", 2), ("result", 0), ("result", 1)], [1, 0]),
        ([("tuple", 2), ("result", 1), ("result", 0)], (0, 1)),
        ([("array", 1), ("result", 0)], [1]),
        ([("tuple", 1), ("result", 0)], (1,)),
        ([("tuple", 0)], ()),
        ([("array", 0)], []),
        ([], ()),
        ([("tuple", 3), ("array", 0), ("tuple", 0), ("result", 0)], ([], (), 1)),
        ([("array", 2), ("array", 1), ("result", 0), ("array", 1), ("result", 1)], [[1], [0]]),
        ([("result", 0), ("result", 1)], (1, 0)),
        ([("result", 0), ("array", 1), ("result", 0)], (1, [1])),
        ([("array", 2), ("result", 0), ("result", 0)], [1, 1]),
        ([("int", 7)], 7),
        ([("int", -7)], -7),
        ([("int", -(2**63))], -(2**63)),
        ([("bool", "true")], True),
        ([("bool", "false")], False),
        ([("double", "-0.0")], -0.0),
        ([("double", "0.1")], 0.1),
        (
            [("tuple", 4), ("int", 3), ("bool", "true"), ("double", "1.5"), ("array", 1), ("result", 0)],
            (3, True, 1.5, [1]),
        ),
    ],
)
@pytest.mark.parametrize("engine", ["qulacs", "cpu", "clifford"])
@pytest.mark.parametrize("profile", ["base_profile", "adaptive_profile"])
def test_output_of_every_shape(tools, output, expected, engine, profile):
    text = tools.qir([("x", 0), ("m", 0, 0), ("m", 1, 1)], 2, 2, output=output, profile=profile)
    shots = simulate(text, 3, seed=1, engine=engine).shots
    assert repr(shots) == repr([expected] * 3)


def test_a_result_records_what_it_held_when_recorded(tools):
    text = tools.qir([("x", 0), ("m", 0, 0)], 1, 1, output=[("tuple", 2), ("result", 0), ("result", 0)])
    record = "  call void @__quantum__rt__result_record_output"
    head, first, second = text.split(record)
    again = "  call void @__quantum__qis__x__body(%Qubit* null)\n"
    again += "  call void @__quantum__qis__m__body(%Qubit* null, %Result* null)\n"
    outcome = (1, 0)
    for engine in ("qulacs", "cpu"):
        assert simulate(head + record + first + again + record + second, 2, engine=engine).shots == [outcome] * 2


def test_straight_blocks_are_followed(tools):
    text = tools.qir([("x", 0), ("m", 0, 0)], 1, 1)
    split = text.replace("  call void @__quantum__qis__m", "  br label %next\nnext:\n  call void @__quantum__qis__m")
    assert split != text
    program = read(split)
    assert program.structure.branch is None
    assert simulate(split, 2).shots == [[1], [1]]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "@__quantum__qis__h__body",
            "@__quantum__qis__foo__body",
            "unknown instruction __quantum__qis__foo__body, line 5",
        ),
        ("@__quantum__qis__h__body", "@__quantum__qis__h__ctl", "unknown instruction __quantum__qis__h__ctl, line 5"),
        ('"entry_point"', "", "0 entry points"),
        ("ret i64 0", "ret i32 0", "malformed QIR"),
        ("define i64", "defne i64", "malformed QIR"),
        ('"required_num_qubits"="2"', '"required_num_qubits"="1"', "number 1 of qubits is used, and 1 are declared"),
        ('"required_num_results"="2"', '"required_num_results"="1"', "number 1 of results is used"),
        ("i64 2, i8*", "i64 3, i8*", "the output has an array of 3 with 2 items"),
        ("i64 2, i8*", "i64 1000000000000, i8*", "array of 1000000000000 with 2 items"),
        ("i64 2, i8*", "i64 -2, i8*", "with 2 items"),
        (
            "cx__body(%Qubit* inttoptr (i64 0 to %Qubit*), %Qubit* inttoptr (i64 1 to %Qubit*)",
            "cx__body(%Qubit* inttoptr (i64 1 to %Qubit*), %Qubit* inttoptr (i64 1 to %Qubit*)",
            "on the same qubit twice",
        ),
        ("h__body(%Qubit* inttoptr (i64 0 to %Qubit*)", "h__body(%Qubit* undef", "ptr undef, which is not a qubit"),
        ("h__body(%Qubit* inttoptr (i64 0 to %Qubit*)", "h__body(%Qubit* inttoptr (i32 0 to %Qubit*)", None),
        (
            "h__body(%Qubit* inttoptr (i64 0 to %Qubit*)",
            "h__body(%Qubit* inttoptr (i32 1 to %Qubit*)",
            "which is not a qubit",
        ),
    ],
)
def test_what_is_refused_is_named(tools, old, new, message):
    steps = [("h", 0), ("cx", 0, 1), ("m", 0, 0), ("m", 1, 1)]
    text = tools.qir(steps, 2, 2)
    assert old in text
    broken = text.replace(old, new)
    if message is None:
        assert len(simulate(broken, 1)) == 1
        return
    with pytest.raises(UnsupportedQirError, match=message):
        simulate(broken, 10)


def test_an_error_may_go_to_another_thread(tools):
    """pyqir's objects may not: only the thread that made them can free them, so no frame of the error has one."""
    broken = tools.qir([("h", 0), ("m", 0, 0)], 1, 1).replace("qis__h__body", "qis__foo__body")
    with pytest.raises(UnsupportedQirError) as caught:
        simulate(broken, 10)
    walked = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    frames = [frame for frame in walked if "qsharp_bridge" in frame.f_code.co_filename]
    assert {frame.f_code.co_name for frame in frames} >= {"simulate", "read"}
    held = [type(value).__module__ for frame in frames for value in frame.f_locals.values()]
    assert held
    assert not [name for name in held if name.startswith(("pyqir", _Reader.__module__))]
    assert caught.value.__context__ is caught.value.__cause__ is None


def test_output_nested_too_deep_is_refused(tools):
    output = [("array", 1)] * 101 + [("result", 0)]
    with pytest.raises(UnsupportedQirError, match="nested more than 100"):
        read(tools.qir([("m", 0, 0)], 1, 1, output=output))
    nested = simulate(tools.qir([("m", 0, 0)], 1, 1, output=output[1:]), 1)
    assert len(nested.histogram()) == 1


@pytest.mark.parametrize("junk", ["", "hello", "\0", b"", b"\xff\xfe", b"BC\xc0\xde", b"BC\xc0\xde" + b"a" * 40])
def test_junk_is_an_error_not_a_crash(junk):
    with pytest.raises(UnsupportedQirError):
        simulate(junk, 1)


def test_bitcode_that_crashes_llvm_is_an_error(tools, bitcode):
    """Some of these make LLVM's bitcode reader segfault; that must not reach this process."""
    whole = bitcode(tools.qir([("h", 0), ("m", 0, 0)], 1, 1))
    rng = np.random.default_rng(4)
    refused = 0
    for _ in range(25):
        damaged = bytearray(whole)
        for place in rng.integers(8, len(whole), 6):
            damaged[place] = rng.integers(256)
        with contextlib.suppress(UnsupportedQirError):
            as_text(bytes(damaged))
            continue
        refused += 1
    assert refused > 5


@given(st.data())
def test_damaged_text_is_read_or_refused(tools, data):
    text = tools.qir([("h", 0), ("rx", 0.5, 1), ("cx", 0, 1), ("m", 0, 0), ("m", 1, 1)], 2, 2)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        gone = data.draw(st.integers(0, 3))
        text = (
            text[:at]
            + data.draw(st.sampled_from(["", " ", "(", ")", "%", "@", '"', "0", "i64", "*"]))
            + text[at + gone :]
        )
    try:
        outcomes = simulate(text, 2, engine="qulacs")
    except UnsupportedQirError:
        return
    assert len(outcomes) == 2


def test_names_that_are_not_utf8_are_an_error(tools):
    text = tools.qir([("h", 0), ("m", 0, 0)], 1, 1).replace("@__quantum__qis__h__body", '@"h\\FF"')
    with pytest.raises(UnsupportedQirError, match="malformed QIR"):
        simulate(text, 1)


def test_structures_are_cached_by_text_without_doubles(tools):
    _structure.cache_clear()
    for k in range(50):
        read(tools.qir([("rx", 0.01 * k + 0.5, 0), ("m", 0, 0)], 1, 1))
    info = _structure.cache_info()
    assert (info.misses, info.hits) == (1, 49)


def test_shape_builds_nested_values():
    assert Shape("tuple", (0, Shape("array", (1, 2)))).build([5, 6, 7]) == (5, [6, 7])

"""The quick reader against LLVM's: on what qdk prints, on random programs in its manner, and on damaged ones."""

import gc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qsharp_bridge.errors import UnsupportedQirError
from qsharp_bridge.qir.gates import GATES
from qsharp_bridge.qir.llvm import contained
from qsharp_bridge.qir.plain import read_plain
from qsharp_bridge.qir.reader import _Reader

SOURCE = """
operation Every(n : Int) : (Result, Result[], (Result, Result[]), Unit) {
    use qs = Qubit[4];
    let (a, b, c) = (qs[0], qs[1], qs[2]);
    X(a); Y(b); Z(c); H(a); S(b); Adjoint S(c); T(a); Adjoint T(b); SX(c);
    Rx(0.1, a); Ry(-2.5, b); Rz(1e-20, c); Rxx(0.2, a, b); Ryy(1e10, b, c); Rzz(3.0, a, c);
    CNOT(a, b); CY(b, c); CZ(c, a); SWAP(a, c); CCNOT(a, b, c);
    for k in 1..n { H(qs[k % 4]); }
    let r = MeasureEachZ(qs);
    ResetAll(qs);
    (r[0], r[1..2], (r[3], []), ())
}
operation Silent() : Unit { use q = Qubit(); H(q); Reset(q); }
operation Untouched() : Unit { }
operation Single() : Result { use q = Qubit(); H(q); MResetZ(q) }
"""
VALUED = """
operation Valued() : (Result, Int, Double, Bool, Int[], (Double, Int)) {
    use q = Qubit();
    H(q);
    (MResetZ(q), -3, 1e300, true, [9223372036854775807, 0], (-0.0, 1))
}
"""
LIMITED = """
operation Branching() : Result { use q = Qubit(); H(q); if M(q) == One { X(q); } MResetZ(q) }
operation Computed() : Bool { use q = Qubit(); H(q); MResetZ(q) == One }
"""


@pytest.fixture(scope="module")
def printed():
    """What qdk prints, by profile and entry expression."""
    import qdk

    plain = [f"Every({n})" for n in range(3)] + ["Silent()", "Untouched()", "Single()"]
    entries = {
        "Base": (SOURCE, plain),
        "Adaptive_RI": (SOURCE + LIMITED, [*plain, "Branching()", "Computed()"]),
        "Adaptive_RIF": (SOURCE + LIMITED + VALUED, [*plain, "Valued()", "Branching()", "Computed()"]),
        "Adaptive": (SOURCE + LIMITED + VALUED, [*plain, "Valued()", "Branching()", "Computed()"]),
    }
    made = {}
    for profile, (source, wanted) in entries.items():
        context = qdk.Context(target_profile=getattr(qdk.TargetProfile, profile))
        context.eval(source)
        made.update({(profile, entry): str(context.compile(entry)) for entry in wanted})
        del context
    gc.collect()
    return made


def slowly(text):
    """The program as LLVM reads it; None when it refuses."""
    try:
        return contained(UnsupportedQirError, "LLVM", lambda: _Reader(text).program())
    except UnsupportedQirError:
        return None


def quickly(text):
    """The program as the quick reader reads it; None when it leaves it to LLVM, which then has the last word."""
    try:
        return read_plain(text)
    except UnsupportedQirError:
        assert slowly(text) is None
        return None


def same(quick, slow):
    return (
        slow is not None
        and list(map(repr, quick.doubles)) == list(map(repr, slow.doubles))
        and {**vars(quick.structure), "plan": None} == {**vars(slow.structure), "plan": None}
    )


def test_what_qdk_prints_for_straight_programs_is_read_quickly(printed):
    for (profile, entry), text in printed.items():
        quick = read_plain(text)
        straight = profile != "Adaptive" and entry not in ("Branching()", "Computed()", "Silent()", "Untouched()")
        if straight:
            assert quick is not None, (profile, entry)
        if quick is not None:
            assert same(quick, slowly(text)), (profile, entry)
            assert quick.structure.branch is None
        if entry in ("Branching()", "Computed()"):
            assert quick is None


QUBIT = "%Qubit* inttoptr (i64 {} to %Qubit*)"
RESULT = "%Result* inttoptr (i64 {} to %Result*)"
TYPES = {"result": "%Result*", "bool": "i1 zeroext", "int": "i64", "double": "double", "array": "i64", "tuple": "i64"}
QUBITS, RESULTS = 4, 3


def write(calls, records):
    """The text of a program, in the manner of qdk."""
    lines, types = ["  call void @__quantum__rt__initialize(i8* null)"], {"__quantum__rt__initialize": "i8*"}
    for callee, arguments in calls:
        types[callee] = ", ".join(argument.split(" ")[0] for argument in arguments)
        lines.append(f"  call void @{callee}({', '.join(arguments)})")
    constants = []
    for number, (kind, value) in enumerate(records):
        label = f"{number}_a{number}r"
        size = f"[{len(label) + 1} x i8]"
        constants.append(f'@{number} = internal constant {size} c"{label}\\00"\n')
        callee = f"__quantum__rt__{kind}_record_output"
        types[callee] = f"{TYPES[kind]}, i8*"
        given_ = RESULT.format(value) if kind == "result" else f"{TYPES[kind]} {value}"
        where = f"i8* getelementptr inbounds ({size}, {size}* @{number}, i64 0, i64 0)"
        lines.append(f"  call void @{callee}({given_}, {where})")
    declared = "".join(f"declare void @{callee}({text})\n\n" for callee, text in types.items())
    return (
        "%Result = type opaque\n%Qubit = type opaque\n\n"
        + "".join(constants)
        + "\ndefine i64 @ENTRYPOINT__main() #0 {\nblock_0:\n"
        + "\n".join(lines)
        + "\n  ret i64 0\n}\n\n"
        + declared
        + 'attributes #0 = { "entry_point" "output_labeling_schema" "qir_profiles"="base_profile" '
        f'"required_num_qubits"="{QUBITS}" "required_num_results"="{RESULTS}" }}\n'
        'attributes #1 = { "irreversible" }\n\n; module flags\n\n!llvm.module.flags = !{!0, !1, !2, !3}\n\n'
        '!0 = !{i32 1, !"qir_major_version", i32 1}\n!1 = !{i32 7, !"qir_minor_version", i32 0}\n'
        '!2 = !{i32 1, !"dynamic_qubit_management", i1 false}\n'
        '!3 = !{i32 1, !"dynamic_result_management", i1 false}\n\n'
    )


@st.composite
def programs(draw):
    """Texts in the manner of qdk: now and then with a qubit or result too many, or a wrong size."""
    qubit, result = st.integers(0, QUBITS), st.integers(0, RESULTS)
    angle = st.floats(-1e9, 1e9).map(lambda value: f"{value:.12f}") | st.sampled_from(
        ["0.", "1e5", "1.0e400", "2.5e-3"]
    )
    callees = [*GATES, *(f"__quantum__qis__{name}__body" for name in ("m", "mz", "mresetz", "reset", "barrier"))]
    calls = []
    for callee in draw(st.lists(st.sampled_from(callees), max_size=8)):
        kind = GATES.get(callee)
        if kind is not None:
            arguments = [f"double {draw(angle)}"] * kind.angle
            arguments += [QUBIT.format(draw(qubit)) for _ in range(kind.qubits)]
        else:
            arguments = [QUBIT.format(draw(qubit))] if "barrier" not in callee else []
            if callee.split("__")[3][0] == "m":
                arguments.append(RESULT.format(draw(result)))
        calls.append((callee, arguments))
    values = {
        "result": result,
        "bool": st.sampled_from(["true", "false"]),
        "int": st.integers(-(2**63), 2**63 - 1),
        "double": angle,
        "array": st.integers(0, 2),
        "tuple": st.integers(0, 2),
    }
    kinds = draw(st.lists(st.sampled_from([*values, "result", "result"]), max_size=5))
    records = [(kind, draw(values[kind])) for kind in kinds]
    return write(calls, records)


@settings(max_examples=400)
@given(programs())
def test_random_programs_are_read_alike(text):
    quick = quickly(text)
    if quick is not None:
        assert same(quick, slowly(text))


def test_most_random_programs_are_read_quickly():
    """Else the test above would show nothing."""
    gate, measure = "__quantum__qis__h__body", "__quantum__qis__m__body"
    text = write(
        [(gate, [QUBIT.format(0)]), (measure, [QUBIT.format(0), RESULT.format(1)])],
        [("tuple", 3), ("result", 1), ("int", -5), ("double", "0.5")],
    )
    assert same(quickly(text), slowly(text))


PIECES = [*'019x %.-()}\n\v\u2028"', "\\00", "i64", "double", "#1", "#0", "!4", ", ", "; note\n", "null", "undef"]
PIECES.append("declare void @__quantum__qis__h__body(%Qubit*)\n")


@settings(max_examples=600)
@given(data=st.data())
def test_a_damaged_program_is_left_to_llvm_or_read_as_by_llvm(printed, data):
    """A line lost, doubled or moved; a piece put in, taken out or in the place of another."""
    text = printed[data.draw(st.sampled_from([("Base", "Every(0)"), ("Adaptive_RIF", "Valued()")]))]
    lines = text.splitlines(keepends=True)
    match data.draw(st.sampled_from(["lose", "double", "move", "put", "take", "replace"])):
        case "lose":
            del lines[data.draw(st.integers(0, len(lines) - 1))]
        case "double":
            place = data.draw(st.integers(0, len(lines) - 1))
            lines.insert(place, lines[place])
        case "move":
            line = lines.pop(data.draw(st.integers(0, len(lines) - 1)))
            lines.insert(data.draw(st.integers(0, len(lines))), line)
        case how:
            start = data.draw(st.integers(0, len(text)))
            end = start if how == "put" else data.draw(st.integers(start, min(start + 3, len(text))))
            lines = [text[:start], "" if how == "take" else data.draw(st.sampled_from(PIECES)), text[end:]]
    damaged = "".join(lines)
    quick = quickly(damaged)
    if quick is not None:
        assert same(quick, slowly(damaged))

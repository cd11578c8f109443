"""Results as targets send them: every recorded shape, what agrees with the client, and junk."""

from __future__ import annotations

import copy
import json
import math
import pickle
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from azure.quantum.job import Job
from hypothesis import given
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge import SweepResults
from qsharp_bridge.emulator import LocalService
from qsharp_bridge.errors import ResultFormatError
from qsharp_bridge.results.formats import Output, read_memory, read_output
from qsharp_bridge.results.formats.outcome_values import outcome_json, outcome_value
from qsharp_bridge.results.formats.packed import PACKED_FORMAT
from qsharp_bridge.results.formats.readers import HISTOGRAM_FORMAT
from qsharp_bridge.results.point import PointResult
from qsharp_bridge.simulators.outcomes import display

V1, V2 = "microsoft.quantum-results.v1", "microsoft.quantum-results.v2"
IONQ, HONEYWELL, RIGETTI = "ionq.quantum-results.v1", "honeywell.quantum-results.v1", "rigetti.quil-results.v1"
FORMATS = (V1, V2, IONQ, HONEYWELL, RIGETTI, HISTOGRAM_FORMAT, PACKED_FORMAT)


def read(data: Any, output_format: str, shots: int = 0) -> Output:
    return read_output(json.dumps(data).encode(), output_format, shots)


def v2(*rows: tuple[Any, str, int], shots: list[Any] | None = None) -> dict[str, Any]:
    result: dict[str, Any] = {"Histogram": [{"Outcome": o, "Display": d, "Count": c} for o, d, c in rows]}
    if shots is not None:
        result["Shots"] = shots
    return {"DataFormat": V2, "Results": [result]}


# --- the recorded shapes


def test_v2_of_an_array() -> None:
    found = read(v2(([0, 0, 0], "[0, 0, 0]", 3), ([1, 1, 1], "[1, 1, 1]", 1), shots=[[0, 0, 0]] * 3 + [[1, 1, 1]]), V2)
    assert found == Output({"[0, 0, 0]": 3, "[1, 1, 1]": 1}, {"[0, 0, 0]": [0, 0, 0], "[1, 1, 1]": [1, 1, 1]})
    assert (found.shots, found.derived, found.failed_shots) == (4, False, 0)


@pytest.mark.parametrize(
    ("outcome", "text", "value"),
    [
        ({"Item1": 1, "Item2": 1}, "(1, 1)", (1, 1)),
        (
            {"Item1": [0, 0, 0], "Item2": [0, 0, 0], "Item3": [0, 0, 1]},
            "([0, 0, 0], [0, 0, 0], [0, 0, 1])",
            ([0, 0, 0], [0, 0, 0], [0, 0, 1]),
        ),
        (
            {
                "Item1": [1, 0],
                "Item2": {"Item1": -2.71, "Item2": 67},
                "Item3": [{"Item1": 6, "Item2": True}, {"Item1": 12, "Item2": False}],
            },
            "([1, 0], (-2.71, 67), [(6, true), (12, false)])",
            ([1, 0], (-2.71, 67), [(6, True), (12, False)]),
        ),
        ({"Item2": 0, "Item1": 1}, "(1, 0)", (1, 0)),  # the names count, not the order
        ({f"Item{i}": i for i in range(1, 12)}, str(tuple(range(1, 12))), tuple(range(1, 12))),
        (1, "1", 1),
        (True, "true", True),
        ({}, "()", ()),
        ([], "[]", []),
        ([2, 0], "[2, 0]", [2, 0]),
        (["-", 0], "[-, 0]", ["-", 0]),
        ([[1], []], "[[1], []]", [[1], []]),
        (1e300, "1e+300", 1e300),
    ],
)
def test_v2_of_other_outcomes(outcome: Any, text: str, value: Any) -> None:
    found = read(v2((outcome, text, 7), shots=[outcome] * 7), V2)
    assert found.counts == {text: 7}
    assert repr(found.outcomes[text]) == repr(value)
    assert Job._convert_tuples(Job.__new__(Job), outcome) == value  # what the client makes of it


def test_v2_with_failed_shots() -> None:
    error = {"Error": {"Code": "0x20", "Name": "TestErrorThirtyTwo"}}
    rows = [(error, "Error 0x20: TestErrorThirtyTwo", 2), ([0], "[0]", 5)]
    told = [{"Error": {**error["Error"], "Arg0": 7}}, error, *[[0]] * 5]
    found = read(v2(*rows, shots=told), V2)
    assert found.counts == {"Error 0x20: TestErrorThirtyTwo": 2, "[0]": 5}
    assert (found.shots, found.failed_shots, dict(found.outcomes)) == (7, 2, {"[0]": [0]})


def test_v2_without_shots_is_read_by_its_histogram() -> None:
    assert read(v2(([0], "[0]", 5)), V2).shots == 5
    assert read(v2(shots=[]), V2) == Output({}, {})


def test_v1_has_probabilities() -> None:
    found = read({"Histogram": ["[0]", 0.5, "[1]", 0.5]}, V1, 7)
    assert found == Output({"[0]": 4, "[1]": 3}, {"[0]": [0], "[1]": [1]}, derived=True)
    told = read({"Histogram": ["(1, [0, true])", 0.75, "text", 0.125, "-1.5", 0.125]}, V1, 8)
    assert told.outcomes == {"(1, [0, true])": (1, [0, True]), "text": "text", "-1.5": -1.5}


def test_ionq_has_probabilities_of_states() -> None:
    found = read({"histogram": {"0": 0.5, "7": 0.5}}, IONQ, 1000)
    assert found == Output({"0": 500, "7": 500}, {"0": 0, "7": 7}, derived=True)


def test_honeywell_has_bit_strings_for_registers() -> None:
    found = read({"c0": ["0", "0"], "c1": ["0", "1"], "c2": ["1", "1"]}, HONEYWELL)
    assert found.counts == {"([0], [0], [1])": 1, "([0], [1], [1])": 1}
    assert found.outcomes["([0], [1], [1])"] == ([0], [1], [1])
    one = read({"c": ["01", "01", "2-"]}, HONEYWELL)
    assert one == Output({"[0, 1]": 2, "[2, 2]": 1}, {"[0, 1]": [0, 1], "[2, 2]": [2, 2]})


def test_rigetti_has_bits_for_shots() -> None:
    assert read({"ro": [[0, 0], [1, 1], [0, 0]]}, RIGETTI).counts == {"[0, 0]": 2, "[1, 1]": 1}


def test_our_own_format() -> None:
    rows = [[{"Item1": 0, "Item2": [True]}, "(0, [true])", 3], [{}, "()", 1]]
    found = read({"histogram": rows, "engine": "cpu"}, HISTOGRAM_FORMAT)
    assert found == Output({"(0, [true])": 3, "()": 1}, {"(0, [true])": (0, [True]), "()": ()})


def test_nothing_of_an_output_can_be_changed() -> None:
    output = Output({"0": 1}, {"0": 0})
    for change in (
        lambda: output.counts.update({"0": 2}),  # type: ignore[attr-defined]
        lambda: output.counts.__setitem__("1", 2),  # type: ignore[attr-defined]
        lambda: output.outcomes.pop("0"),  # type: ignore[attr-defined]
        lambda: output.outcomes.__delitem__("0"),  # type: ignore[attr-defined]
        lambda: output.counts.setdefault("1", 0),  # type: ignore[attr-defined]
        lambda: output.counts.__ior__({"1": 2}),  # type: ignore[attr-defined]
    ):
        with pytest.raises(TypeError, match="cannot be changed"):
            change()
    assert output == Output({"0": 1}, {"0": 0}) == pickle.loads(pickle.dumps(output)) == copy.deepcopy(output)
    assert json.dumps(output.counts) == '{"0": 1}'


# --- counts from probabilities


@given(st.lists(st.integers(0, 500), min_size=1, max_size=40).filter(any))
def test_counts_come_back_exactly_from_their_own_shares(counts: list[int]) -> None:
    """The trap: 1,000 shots that come back as 992."""
    shots = sum(counts)
    found = read({"histogram": {str(i): count / shots for i, count in enumerate(counts)}}, IONQ, shots)
    assert found.counts == {str(i): count for i, count in enumerate(counts) if count}


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40).filter(lambda ps: sum(ps) > 1e-9), st.integers(0, 10**6))
def test_derived_counts_sum_to_the_shots_and_are_near(weights: list[float], shots: int) -> None:
    total = math.fsum(weights)
    found = read({"histogram": {str(i): weight / total for i, weight in enumerate(weights)}}, IONQ, shots)
    assert found.shots == shots
    assert all(abs(found.counts.get(str(i), 0) - w / total * shots) < 1.0001 for i, w in enumerate(weights))


# --- junk


@pytest.mark.parametrize(
    ("data", "output_format", "told"),
    [
        ({}, "pasqal.unknown", "cannot read results of the format 'pasqal.unknown'; known are microsoft"),
        ([], V2, "should have an object with DataFormat, but there is a list of 0"),
        ({"DataFormat": V1}, V2, "the result has the DataFormat 'microsoft.quantum-results.v1'"),
        ({"DataFormat": V2, "Results": []}, V2, "expected the result of one entry point, found 0"),
        ({"DataFormat": V2, "Results": [1, 2]}, V2, "expected the result of one entry point, found 2"),
        ({"DataFormat": V2, "Results": [{"Shots": []}]}, V2, "should have an object with Histogram"),
        (v2(([0], "[0]", 5), shots=[[0]] * 4), V2, "the histogram counts 5 shots, but 4 were sent"),
        (v2(([0], "[0]", True)), V2, "a count is True"),  # type: ignore[arg-type]
        (v2(([0], "[0]", -1)), V2, "a count is -1"),
        (v2(([0], "[0]", 1.0)), V2, "should have an int under Count"),  # type: ignore[arg-type]
        (v2(([0], 5, 1)), V2, "should have a str under Display"),  # type: ignore[arg-type]
        (v2(({"Item1": 0, "Item3": 0}, "(0, 0)", 1)), V2, "the fields Item1, Item3 instead of Item1, Item2"),
        ({"Histogram": ["[0]", 0.5, "[1]"]}, V1, "does not alternate"),
        ({"Histogram": [0.5, "[0]"]}, V1, "does not alternate"),
        ({"Histogram": ["[0]", 0.5]}, V1, "the probabilities sum to 0.5"),
        ({"Histogram": []}, V1, "the probabilities sum to 0"),
        ({"Histogram": ["[0]", 1.5, "[1]", -0.5]}, V1, "has a probability of -0.5"),
        ({"Histogram": ["[0]", math.nan]}, V1, "has a probability of nan"),
        ({"Histogram": ["[0]", True]}, V1, "has a probability of True"),
        ({"Histogram": ["[0]", 10**400]}, V1, "has a probability of a huge number"),
        ({"histogram": {"x": 1.0}}, IONQ, "'x' is no number of a state"),
        ({"c0": ["0"], "c1": []}, HONEYWELL, "the registers have different numbers of shots"),
        ({"c0": ["0x"]}, HONEYWELL, "should have a string of bits, but there is '0x'"),
        ({}, HONEYWELL, "should have registers of bit strings, but there is an object with nothing"),
        ({"ro": [[0], 1]}, RIGETTI, "ro is not a list of bits for each shot"),
        ({"ro": [], "rx": []}, RIGETTI, "should have one region of shots"),
        ({"histogram": [[0, "0"]]}, HISTOGRAM_FORMAT, r"should have \[outcome, display, count\]"),
    ],
)
def test_what_is_wrong_is_said(data: Any, output_format: str, told: str) -> None:
    with pytest.raises(ResultFormatError, match=told):
        read(data, output_format, 100)


@pytest.mark.parametrize("output_format", FORMATS)
@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"<html>busy</html>", b"{", b"[" * 100_000, b"9" * 5000, b"null"])
def test_bytes_that_are_no_result(raw: bytes, output_format: str) -> None:
    with pytest.raises(ResultFormatError):
        read_output(raw, output_format, 100)


_KEYS = ["DataFormat", "Results", "Histogram", "histogram", "Shots", "Outcome", "Display", "Count", "Item1", "Item2"]
_KEYS += ["Error", "c0", "ro", "1", "shape", "outcomes", "counts"]
_scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(0, 3), st.floats(), st.sampled_from([V2, "[0]", "01", "Error"])
)
_json = st.recursive(
    st.one_of(_scalars, st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(_KEYS), inner, max_size=4),
    ),
    max_leaves=20,
)


@given(st.sampled_from(FORMATS), _json, st.integers(0, 1000))
def test_junk_never_escapes_as_another_error(output_format: str, data: Any, shots: int) -> None:
    try:
        output = read(data, output_format, shots)
    except ResultFormatError:
        return
    assert all(type(count) is int and count >= 0 for count in output.counts.values())


GOOD: dict[str, Any] = {
    V2: v2(([0, 1], "[0, 1]", 2), ({"Item1": 1, "Item2": [True]}, "(1, [true])", 1), shots=[1, 2, 3]),
    V1: {"Histogram": ["[0]", 0.5, "[1]", 0.5]},
    IONQ: {"histogram": {"0": 0.5, "7": 0.5}},
    HONEYWELL: {"c0": ["0", "1"], "c1": ["0", "1"]},
    RIGETTI: {"ro": [[0, 0], [1, 1]]},
    HISTOGRAM_FORMAT: {"histogram": [[[0], "[0]", 3]]},
    PACKED_FORMAT: {"shape": {"Item1": 0, "Item2": [0]}, "outcomes": [1, 2], "counts": [60, 40]},
}


@given(st.sampled_from(FORMATS), _json, st.data())
def test_damaged_results_never_escape_as_another_error(output_format: str, junk: Any, data: st.DataObject) -> None:
    def damaged(found: Any) -> Any:
        if isinstance(found, (list, dict)) and found and data.draw(st.integers(0, 3)):
            key = data.draw(st.sampled_from(list(found) if isinstance(found, dict) else range(len(found))))
            return (
                [damaged(v) if i == key else v for i, v in enumerate(found)]
                if isinstance(found, list)
                else {k: damaged(v) if k == key else v for k, v in found.items()}
            )
        return junk

    try:
        output = read(damaged(GOOD[output_format]), output_format, 100)
    except ResultFormatError:
        return
    assert all(type(count) is int and count >= 0 for count in output.counts.values())
    assert output.shots == 100 or not output.derived


_outcomes = st.recursive(
    st.one_of(st.integers(0, 1), st.booleans(), st.floats(allow_nan=False), st.integers()),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.lists(inner, max_size=4).map(tuple)),
    max_leaves=8,
)


@given(_outcomes)
def test_an_outcome_survives_json_and_agrees_with_the_client(outcome: Any) -> None:
    data = json.loads(json.dumps(outcome_json(outcome)))
    assert repr(outcome_value(data)) == repr(outcome)
    assert repr(Job._convert_tuples(Job.__new__(Job), data)) == repr(outcome)


@given(_outcomes.filter(lambda outcome: "inf" not in repr(outcome) and ",)" not in repr(outcome)))
def test_a_display_is_read_back(outcome: Any) -> None:
    """But for (1), which is how the service may show a tuple of one."""
    found = read({"Histogram": [display(outcome), 1.0]}, V1, 5)
    assert repr(found.outcomes[display(outcome)]) == repr(outcome)


# --- the client's own reading of real jobs

SOURCE = """
operation Bits(n : Int) : Result[] { use q = Qubit[n]; ApplyToEach(H, q); MResetEachZ(q) }
operation Single() : Result { use q = Qubit(); H(q); MResetZ(q) }
operation Nested() : (Result, Result[], (Int, Double, Bool)) {
    use q = Qubit[3]; ApplyToEach(H, q); (MResetZ(q[0]), MResetEachZ(q[1..2]), (-3, 0.5, true)) }
"""


@pytest.fixture(scope="module")
def service() -> Iterator[LocalService]:
    with LocalService(seed=3) as running:
        yield running


@pytest.fixture(scope="module")
def program() -> qb.Program:
    return qb.Program.from_source(SOURCE)


@pytest.mark.parametrize(
    ("operation", "arguments", "target"),
    [
        ("Bits", (3,), "ionq.simulator"),
        ("Single", (), "ionq.simulator"),
        ("Bits", (2,), "quantinuum.sim.h1-1e"),
        ("Nested", (), "quantinuum.sim.h1-1e"),
        ("Bits", (2,), "rigetti.sim.qvm"),
    ],
)
def test_we_and_the_client_agree_on_real_jobs(
    service: LocalService, program: qb.Program, operation: str, arguments: tuple[Any, ...], target: str
) -> None:
    with service.workspace() as workspace:
        profile = "Adaptive_RIF" if operation == "Nested" else "Base"
        compiled = program.operation(operation).compile(*arguments, profile=profile)
        job = workspace.get_targets(target).submit(compiled, name=operation, shots=123)
        job.wait_until_completed(print_progress=False)
        assert job.details.status == "Succeeded", job.details.error_data
        ours = read_output(job.download_data(job.details.output_data_uri), job.details.output_data_format, 123)
        theirs = job.get_results_histogram()
        assert ours.counts == {display: row["count"] for display, row in theirs.items()}
        assert ours.outcomes == {display: row["outcome"] for display, row in theirs.items()}
        assert ours.counts == Counter(display(shot) for shot in job.get_results_shots())
        assert job.get_results() == pytest.approx(
            {display: count / ours.shots for display, count in ours.counts.items()}
        )
        assert ours.shots + ours.missing == 123  # IonQ rounds the share of each state down
        memory = read_memory(job.download_data(job.details.output_data_uri), job.details.output_data_format)
        assert memory == list(job.get_results_shots())


@pytest.mark.parametrize("output_format", [V1])
def test_formats_asked_for_agree_too(service: LocalService, program: qb.Program, output_format: str) -> None:
    with service.workspace() as workspace:
        compiled = program.operation("Bits").compile(2, profile="Base")
        target = workspace.get_targets("ionq.simulator")
        job = target.submit(compiled, name="Bits", shots=77, output_data_format=output_format)
        job.wait_until_completed(print_progress=False)
        ours = read_output(job.download_data(job.details.output_data_uri), job.details.output_data_format, 77)
        assert (ours.derived, ours.shots) == (True, 77)
        shares = {display: count / 77 for display, count in ours.counts.items()}
        assert shares == pytest.approx(job.get_results(), abs=1 / 77)  # the service sends probabilities


@pytest.mark.parametrize(
    ("data", "output_format", "memory"),
    [
        ({"ro": [[0, 0], [1, 1], [0, 0]]}, RIGETTI, [[0, 0], [1, 1], [0, 0]]),
        ({"c0": ["01", "11"]}, HONEYWELL, [[0, 1], [1, 1]]),
        ({"c0": ["0", "1"], "c1": ["1", "-"]}, HONEYWELL, [([0], [1]), ([1], [2])]),
        ({"histogram": {"0": 1.0}}, IONQ, None),
        ({"Histogram": ["[0]", 1.0]}, V1, None),
        ({"histogram": [[[0], "[0]", 3]]}, HISTOGRAM_FORMAT, None),
    ],
)
def test_shots_in_their_order(data: Any, output_format: str, memory: Any) -> None:
    raw = json.dumps(data).encode()
    assert read_memory(raw, output_format) == memory
    row = PointResult(0, {}, "Succeeded", "j", read_output(raw, output_format, 3), None, raw, output_format)
    assert row.memory == memory


def test_shots_of_v2_in_their_order() -> None:
    failed = {"Error": {"Code": "0x20", "Name": "Lost"}}
    histogram = [
        {"Outcome": {"Item1": 0, "Item2": [1]}, "Display": "(0, [1])", "Count": 2},
        {"Outcome": failed, "Display": "Error 0x20: Lost", "Count": 1},
    ]
    shots = [{"Item1": 0, "Item2": [1]}, failed, {"Item1": 0, "Item2": [1]}]
    raw = json.dumps({"DataFormat": V2, "Results": [{"Histogram": histogram, "Shots": shots}]}).encode()
    row = PointResult(0, {}, "Succeeded", "j", read_output(raw, V2, 3), None, raw, V2)
    assert row.memory == [(0, [1]), None, (0, [1])]
    without = json.dumps({"DataFormat": V2, "Results": [{"Histogram": histogram}]}).encode()
    assert read_memory(without, V2) is None
    other = Output({"(0, [1])": 3}, {"(0, [1])": (0, [1])})  # bytes that are not those of this point
    assert PointResult(0, {}, "Succeeded", "j", other, None, raw, V2).memory is None


def test_fewer_counts_than_shots() -> None:
    """IonQ: floor(p * shots) of each state."""
    rows = [{"Outcome": [bit], "Display": f"[{bit}]", "Count": 496} for bit in (0, 1)]
    found = read({"DataFormat": V2, "Results": [{"Histogram": rows}]}, V2, 1000)
    assert (found.counts, found.shots, found.missing) == ({"[0]": 496, "[1]": 496}, 992, 8)
    assert read({"DataFormat": V2, "Results": [{"Histogram": rows}]}, V2, 992).missing == 0
    row = PointResult(0, {}, "Succeeded", "j", found)
    assert row.missing_shots == 8
    assert row.probabilities == {"[0]": 0.5, "[1]": 0.5}
    results = SweepResults([row], operation="Op", target="ionq.simulator", shots=1000)
    assert SweepResults.from_json(results.to_json()).missing_shots == [8]


@pytest.mark.parametrize("read_it", [lambda raw: read_output(raw, V2, 1), lambda raw: read_memory(raw, V2)])
def test_outcomes_that_are_nested_too_deep(read_it: Any) -> None:
    """Python parses more levels than a reader that calls itself can follow."""
    deep = "[" * 700 + "]" * 700
    row = f'{{"Outcome": {deep}, "Display": "deep", "Count": 1}}'
    raw = f'{{"DataFormat": "{V2}", "Results": [{{"Histogram": [{row}], "Shots": [{deep}]}}]}}'.encode()
    with pytest.raises(ResultFormatError, match="the result is not JSON but"):
        read_it(raw)

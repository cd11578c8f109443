"""Programs to bind, points to bind them at, and the comparison with the compiler that the tests rest on."""

import math
import pathlib
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import pytest
from hypothesis import strategies as st

from qsharp_bridge.errors import BridgeError
from qsharp_bridge.programs import Operation, Program
from qsharp_bridge.programs.binding import BindingWarning, BoundPoints, bind
from qsharp_bridge.programs.compiler import thread as compiler

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))  # for random_programs
ALL = ("Base", "Adaptive_RI", "Adaptive_RIF")
FILES = {"base": ALL, "config": ALL, "adaptive": ALL[1:], "floating": ALL[2:]}
NO_CASE = {"Part", "OwnGate", "Order", "Sin", "Sensor"}  # parts of other programs

NEVER = {
    "WhileLoop",
    "Power",
    "RangeOf",
    "Amplitudes",
    "ComplexNumber",
    "NoDoubles",
    "CountedPair",
    "Layered",
    "Wholes",
}
"""Operations that no template can be proved for, whatever the points."""

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 2.5, -2.5, 3, -7, 1e-7, 1e-10, -1e-300, 5e-324, 1e15, 1e16, -1e22, 1e300]
SPECIAL += [math.pi, -math.pi, math.pi / 2, math.pi / 4, 2 * math.pi, math.tau / 3]

doubles = (
    st.floats(-7, 7)
    | st.sampled_from(SPECIAL)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(0.01, 0.99)
)
lists = st.integers(1, 3).flatmap(lambda n: st.lists(doubles, min_size=n, max_size=n))

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "Double": doubles,
    "Double[]": lists | st.lists(st.sampled_from([0.25, -0.0]), min_size=2, max_size=2),
    "Double[][]": st.lists(lists, min_size=1, max_size=2),
    "Int": st.integers(1, 2),
    "Bool": st.booleans(),
    "String": st.sampled_from(["", 'a "1.5" b', "2.5"]),
    "Pauli[]": st.sampled_from([["X", "Z"], ["Y", "Y"]]).map(lambda names: [_pauli(name) for name in names]),
    "(Double, Double)": st.tuples(doubles, doubles),
    "(Double, (Double, Double))": st.tuples(doubles, st.tuples(doubles, doubles)),
    "Layer": st.fixed_dictionaries({"Angles": st.lists(doubles, min_size=2, max_size=2), "Shift": doubles}),
    "Pair": st.fixed_dictionaries({"Count": st.integers(1, 2), "Angle": doubles}),
    "Complex": st.complex_numbers(allow_nan=False, allow_infinity=False),
}
FIELDS = st.lists(doubles, min_size=2, max_size=2)


def _plain(kind: str, numbers: Iterator[float]) -> Any:
    double = partial(next, numbers)
    match kind:
        case "Double":
            return double()
        case "Double[]":
            return [double(), double()]
        case "Double[][]":
            return [[double(), double()], [double()]]
        case "(Double, Double)":
            return (double(), double())
        case "(Double, (Double, Double))":
            return (double(), (double(), double()))
        case "Layer":
            return {"Angles": [double(), double()], "Shift": double()}
        case "Pair":
            return {"Count": 2, "Angle": double()}
        case "Complex":
            return complex(double(), double())
        case "Pauli[]":
            return [_pauli("X"), _pauli("Z")]
    return {"Int": 2, "Bool": True, "String": "x"}[kind]


def _pauli(name: str) -> Any:
    from qdk.qsharp import Pauli

    return getattr(Pauli, name)


@dataclass(frozen=True)
class Case:
    """An operation of a program for a profile."""

    file: str
    name: str
    profile: str

    @property
    def operation(self) -> Operation:
        return program(self.file).operation(self.name)

    def points(self) -> st.SearchStrategy[list[dict[str, Any]]]:
        """Some points, several of one structure, with repetitions."""
        one = st.fixed_dictionaries(
            {
                parameter.name: FIELDS if parameter.name == "fields" else VALUES[str(parameter.type).rpartition(".")[2]]
                for parameter in self.operation.signature.parameters
            }
        )
        return st.lists(one, min_size=5, max_size=7).map(lambda points: points + points[:1])

    def plain_points(self) -> list[dict[str, Any]]:
        """Points of one structure, on one path, without anything special."""
        # Integer arithmetic needs more than 1, and inverse functions less; below 1.5 Mixed makes the compiler panic.
        start = {"IntegerArithmetic": 3.3, "Mixed": 1.6}.get(self.name, 0.21)
        numbers = (start + 0.0137 * n for n in range(1000))
        return [
            {one.name: _plain(str(one.type).rpartition(".")[2], numbers) for one in self.operation.signature.parameters}
            for _ in range(5)
        ]

    def __str__(self) -> str:
        return f"{self.name}-{self.profile}"


@cache
def program(file: str) -> Program:
    return Program.from_file(HERE / "qsharp" / f"{file}.qs")


def _operations(file: str) -> list[str]:
    lines = (HERE / "qsharp" / f"{file}.qs").read_text().splitlines()
    names = [line.split()[1].partition("(")[0] for line in lines if line.startswith("operation ")]
    return [name for name in dict.fromkeys(names) if name not in NO_CASE]


# Profile by profile: the compiler keeps few contexts.
CASES = [Case(file, name, profile) for file in FILES for profile in FILES[file] for name in _operations(file)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", CASES, ids=str)
    if "one_profile" in metafunc.fixturenames:  # of each operation, another one for the next operation
        chosen: dict[tuple[str, str], list[Case]] = {}
        for case in CASES:
            chosen.setdefault((case.file, case.name), []).append(case)
        picked = [cases[index % len(cases)] for index, cases in enumerate(chosen.values())]
        picked.sort(key=CASES.index)
        metafunc.parametrize("one_profile", picked, ids=str)


def compiled(operation: Operation, point: Mapping[str, Any], profile: str) -> str | None:
    """What qdk compiles at a point; None where it refuses, or prints a number that is none."""
    try:
        qir = compiler.compile_qir(operation.sources, profile, operation.expression(**point))
    except BridgeError:
        return None
    return None if "double NaN" in qir or "double inf" in qir or "double -inf" in qir else qir


@dataclass
class Tally:
    """What was compared."""

    points: int = 0
    templates: int = 0
    errors: int = 0
    differences: int = 0


TALLY = Tally()


def check_methods(case: Case, methods: Sequence[str]) -> None:
    """Whether templates are made where they can be, and only there."""
    never = case.name in NEVER or (case.file == "config" and case.profile == "Base")
    assert set(methods) == {"direct" if never else "template"}


def compare(operation: Operation, points: Sequence[Mapping[str, Any]], profile: str) -> BoundPoints | None:
    """Binds the points and compares every program with a direct compile. None where all of them are refused."""
    expected = [compiled(operation, point, profile) for point in points]
    kept = list(range(len(points)))
    while True:
        refused = None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", BindingWarning)  # a template that is dropped is a defect, too
                bound = bind(operation, [points[index] for index in kept], profile=profile)
        except BridgeError as error:
            refused = error.point
        else:
            break
        # Right only if the compiler, too, has nothing good at that point.
        assert refused is not None
        assert expected[kept[refused]] is None
        TALLY.errors += 1
        kept.pop(refused)
        if not kept:
            return None
    for place, index in enumerate(kept):
        if expected[index] is None:
            with pytest.raises(BridgeError) as caught:
                bound[place]
            assert caught.value.point == place
            TALLY.errors += 1
        else:
            TALLY.points += 1
            TALLY.templates += bound.methods[place] == "template"
            if str(bound[place]) != expected[index]:
                TALLY.differences += 1
            assert str(bound[place]) == expected[index]
    return bound


@pytest.fixture(scope="session")
def comparing() -> Any:
    return compare


@pytest.fixture(scope="session")
def checking_methods() -> Any:
    return check_methods


@pytest.fixture(scope="session")
def qsharp() -> Any:
    """A program of the folder by its name."""
    return program


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if TALLY.points:
        terminalreporter.write_line(
            f"binding: {TALLY.points} programs compared with the compiler, {TALLY.templates} of them by template,"
            f" {TALLY.errors} refused on both sides, {TALLY.differences} differences"
        )

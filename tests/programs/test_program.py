import json
import pickle
from pathlib import Path

import pytest

from qsharp_bridge.errors import CompileError, SourceError, UnknownOperationError
from qsharp_bridge.programs import Program

SOURCE = """
import Std.Math.Complex;

@EntryPoint()
operation Main() : Result { use q = Qubit(); MResetZ(q) }
operation Functors(q : Qubit) : Unit is Adj + Ctl { X(q); }
function OneTuple(p : (Int, Double)) : Int { 1 }
function TwoParameters(a : Int, b : Double) : Int { 1 }
function Higher(f : ((Int, Double) -> Int), g : (Qubit => Unit is Adj)[]) : (Int -> Int) { x -> x }
function Generic<'T>(x : 'T[], f : ('T -> 'T)) : 'T { f(x[0]) }
namespace N {
    struct Pt { X : Int, Y : Double }
    struct Line { A : Pt, B : Pt[] }
    newtype Pair = (Int, Double);
    newtype Deep = (A : Int, (B : Double, Line));
    function Take(line : Line, pair : Pair, deep : Deep[]) : Pt { line.A }
    operation Twin() : Unit {}
}
namespace M {
    import N.Pt as Renamed;
    struct Pt { Z : String }
    function Both(here : Pt, there : Renamed, z : Complex) : String { here.Z }
    operation Twin() : Unit {}
}
"""


@pytest.fixture(scope="module")
def program():
    return Program.from_source(SOURCE)


@pytest.mark.parametrize(
    "signature",
    [
        "Main() : Result",
        "Functors(q : Qubit) : Unit is Adj + Ctl",
        "OneTuple(p : (Int, Double)) : Int",
        "TwoParameters(a : Int, b : Double) : Int",
        "Higher(f : ((Int, Double) -> Int), g : (Qubit => Unit is Adj)[]) : (Int -> Int)",
        "Generic(x : 'T[], f : ('T -> 'T)) : 'T",
        "N.Take(line : N.Line, pair : N.Pair, deep : N.Deep[]) : N.Pt",
        "M.Both(here : M.Pt, there : N.Pt, z : Complex) : String",
    ],
)
def test_signature(program, signature):
    operation = program.operation(signature.partition("(")[0])
    assert str(operation.signature) == signature
    assert operation.signature.note is None


def test_the_signature_of_the_documentation(bits):
    assert str(bits.operation("GenerateRandomBits").signature) == (
        "GenerateRandomBits(n : Int, angle : Double[]) : Result[]"
    )


def test_kind(program):
    assert program.operation("Main").signature.kind == "operation"
    assert program.operation("OneTuple").signature.kind == "function"


def test_operations_in_the_order_of_the_source(program):
    assert program.operations == (
        "Main", "Functors", "OneTuple", "TwoParameters", "Higher", "Generic", "N.Take", "N.Twin", "M.Both", "M.Twin",
    )  # fmt: skip


def test_unqualified_names(program):
    assert program.operation("Take").name == "N.Take"
    assert program.operation("N.Twin").name == "N.Twin"
    with pytest.raises(UnknownOperationError, match=r"'Twin' may be any of N\.Twin, M\.Twin; use the qualified"):
        program.operation("Twin")


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("Std.Math.AbsI", "Std.Math.AbsI(p0 : Int) : Int"),
        ("Std.Math.PI", "Std.Math.PI() : Double"),
        ("Rx", "Rx(p0 : Double, p1 : Qubit) : Unit is Adj + Ctl"),
        ("Std.Arrays.Mapped", "Std.Arrays.Mapped(p0 : (? -> ?), p1 : ?[]) : ?[]"),
    ],
)
def test_library(program, name, signature):
    found = program.operation(name).signature
    assert str(found) == signature
    assert found.note == "its declaration was not found in the source"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Mian", "source has no operation 'Mian'; did you mean Main"),
        ("N.Tak", "did you mean N.Take?"),
        ("Zzz", "it has Main, Functors, OneTuple"),
        ("Std.Math.Nope", "source has no operation 'Std.Math.Nope'"),
        ("Main()", "is not the name of a Q# callable"),
        ("1); Main(", "is not the name of a Q# callable"),
        ("", "is not the name of a Q# callable"),
        ("if", "is not the name of a Q# callable"),
        ("N", "has no operation 'N'"),
    ],
)
def test_unknown(program, name, says):
    with pytest.raises(UnknownOperationError) as caught:
        program.operation(name)
    assert says in str(caught.value)


def test_unknown_is_a_lookup_error(program):
    with pytest.raises(LookupError):
        program.operation(None)


def test_structs_by_the_compilers_types(program):
    take = program.operation("Take")
    line = {"A": {"X": 1, "Y": 2}, "B": []}
    assert take.expression(line, (1, 2.5), [(1, (0.5, line))]) == (
        "N.Take(new N.Line { A = new N.Pt { X = 1, Y = 2.0 }, B = [] }, N.Pair(1, 2.5), "
        "[N.Deep(1, (0.5, new N.Line { A = new N.Pt { X = 1, Y = 2.0 }, B = [] }))])"
    )
    take.check(line, (1, 2.5), [(1, (0.5, line))])
    program.operation("Both").check({"Z": "a"}, {"X": 1, "Y": 2.0}, 1j)


def test_not_a_program():
    with pytest.raises(SourceError, match=r"source does not compile: .*found Double, at line 2, column 29"):
        Program.from_source("\nfunction F() : Int { 1 + 1; 1.5 }")


def test_callables_that_config_hides():
    program = Program.from_source(
        "@Config(Base) operation Low(n : Int) : Unit {} @Config(Adaptive) operation High(x : Double) : Unit {}"
        "@Config(Base) operation Either(n : Int) : Unit {} @Config(Adaptive) operation Either(n : Int) : Unit {}"
    )
    assert program.operations == ("Low", "High", "Either")
    assert str(program.operation("Low").signature) == "Low(n : Int) : Unit"
    program.operation("Low").check(1)
    assert program.operation("Low").compile(1, profile="Base")
    with pytest.raises(CompileError, match=r"Low: .*`Low` not available; its declaration has a @Config"):
        program.operation("Low").compile(1, profile="Adaptive")
    assert program.operation("High").compile(1, profile="Adaptive_RI")
    assert str(program.operation("Either").signature) == "Either(n : Int) : Unit"


def test_a_program_for_one_profile_only():
    program = Program.from_source(
        "@Config(Base) operation Inner() : Result { use q = Qubit(); MResetZ(q) } operation Main() : Result { Inner() }"
    )
    assert program.operation("Main").compile(profile="Base")
    with pytest.raises(CompileError, match=r"for the profile Adaptive: .*`Inner` not available"):
        program.operation("Main").compile(profile="Adaptive")


def test_project_with_a_dependency(tmp_path):
    for name in ("app/src/Sub", "lib/src"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "app/qsharp.json").write_text(json.dumps({"dependencies": {"Lib": {"path": "../lib"}}}))
    (tmp_path / "lib/qsharp.json").write_text("{}")
    (tmp_path / "lib/src/Util.qs").write_text(
        "struct Lp { A : Double, B : Int } function Use(p : Lp) : Double { p.A } export Lp, Use;"
    )
    (tmp_path / "lib/src/Main.qs").write_text("function AtTheTop(n : Int) : Int { n } export AtTheTop;")
    (tmp_path / "app/src/Main.qs").write_text(
        "import Lib.Util.*; operation Try(p : Lp) : Result { use q = Qubit(); Rx(Use(p), q); MResetZ(q) }"
    )
    (tmp_path / "app/src/Sub/Deep.qs").write_text("function F(x : Int) : Int { x }")
    program = Program.from_project(tmp_path / "app")
    (tmp_path / "app/src/Main.qs").write_text("what happens on disk does not matter")
    assert program.operations == ("Main.Try", "Sub.Deep.F")
    assert str(program.operation("Try").signature) == "Main.Try(p : Lib.Util.Lp) : Result"
    assert str(program.operation("Lib.Util.Use").signature) == "Lib.Util.Use(p : Lib.Util.Lp) : Double"
    assert str(program.operation("AtTheTop").signature) == "Lib.AtTheTop(n : Int) : Int"
    assert program.operation("Try").expression({"A": 1, "B": 2}) == "Main.Try(new Lib.Util.Lp { A = 1.0, B = 2 })"
    assert program.operation("Try").compile({"A": 1, "B": 2})


def test_an_error_in_a_project_names_the_file(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "qsharp.json").write_text("{}")
    (tmp_path / "src/Main.qs").write_text("\nfunction F() : Int { 1.5 }")
    with pytest.raises(SourceError, match=r"found Double, at src/Main\.qs, line 2, column 22: function F"):
        Program.from_project(tmp_path)


def test_equal_by_content_and_pickled(program, tmp_path):
    (tmp_path / "same.qs").write_text(SOURCE)
    same = Program.from_file(tmp_path / "same.qs")
    assert same == program
    assert hash(same) == hash(program)
    assert same.source_digest == program.source_digest
    program.operation("Main")
    again = pickle.loads(pickle.dumps(program))
    assert again == program
    assert again.operation("TwoParameters").expression(1, 2) == "TwoParameters(1, 2.0)"


def test_repr(bits):
    assert repr(bits) == "<Program Bits.qs: 1 operation>"


def test_an_entry_expression_of_ones_own(program):
    assert str(program.compile("(Main(), Main())")) == str(program.compile("(Main(), Main())", "base"))
    with pytest.raises(CompileError, match="expected EOF, found `;`"):
        program.compile("Main(); Main()")


@pytest.mark.parametrize("given", ["operation F() : Unit { }", Path("Main.qs"), None])
def test_a_text_given_to_the_class_itself_names_the_class_methods(given: object) -> None:
    with pytest.raises(SourceError, match=r"Program\.from_source\(text\)"):
        Program(given)  # type: ignore[arg-type]

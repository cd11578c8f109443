import math
import pickle

import pytest
import qdk
from qdk._types import QirInputData

from qsharp_bridge.errors import ArgumentError, CompileError, QsharpTypeError, QsharpValueError, SourceError
from qsharp_bridge.literals import QsharpCode
from qsharp_bridge.programs import Program

SOURCE = """
function Inc(x : Int) : Int { x + 1 }
function Apply(f : (Int -> Int), x : Int) : Int { f(x) }
function Generic<'T>(x : 'T) : 'T { x }
function Unit1(u : Unit) : Int { 1 }
function Nothing() : Int { 1 }
function Single(p : (Int,)) : Int { 1 }
function Tuple(p : (Int, Double)) : Int { 1 }
function Wide(a : Double[], b : Double[], c : String) : Int { Length(a) + Length(b) }
operation Feed(profile : Int) : Result { use q = Qubit(); if MResetZ(q) == One { X(q); } MResetZ(q) }
"""


@pytest.fixture(scope="module")
def program():
    return Program.from_source(SOURCE)


@pytest.fixture(scope="module")
def random_bits(bits):
    return bits.operation("GenerateRandomBits")


def test_expression(random_bits):
    assert random_bits.expression(2, [0.0, 1.0]) == "GenerateRandomBits(2, [0.0, 1.0])"
    assert random_bits.expression(2, angle=[0, 1]) == "GenerateRandomBits(2, [0.0, 1.0])"
    assert random_bits.expression(angle=(0, 1), n=2) == "GenerateRandomBits(2, [0.0, 1.0])"


@pytest.mark.parametrize(
    ("args", "kwargs", "says"),
    [
        ((2,), {}, "argument missing: 'angle'"),
        ((), {}, "argument missing: 'n', 'angle'"),
        ((2, [], 3), {}, "takes 2 arguments, 3 were given"),
        ((2,), {"n": 1, "angle": []}, "parameter 'n' is given twice"),
        ((2,), {"angel": []}, "has no parameter 'angel'; did you mean angle?"),
        ((2, []), {"zzz": 1}, "has no parameter 'zzz'"),
    ],
)
def test_wrong_calls(random_bits, args, kwargs, says):
    for call in (random_bits.expression, random_bits.check, random_bits.compile, random_bits.literals):
        with pytest.raises(ArgumentError) as caught:
            call(*args, **kwargs)
        text = str(caught.value)
        assert text.startswith("GenerateRandomBits: ")
        assert says in text
        assert "declared as GenerateRandomBits(n : Int, angle : Double[]) : Result[]" in text
        assert isinstance(caught.value, TypeError)


def test_wrong_values_say_where(random_bits):
    with pytest.raises(QsharpValueError, match=r"^GenerateRandomBits: angle\[1\]: nan is not a finite Double"):
        random_bits.expression(2, [0.0, math.nan])
    with pytest.raises(QsharpTypeError, match=r"^GenerateRandomBits: n: "):
        random_bits.expression(True, [0.0, 1.0])
    with pytest.raises(QsharpTypeError, match=r"^GenerateRandomBits: n: "):
        random_bits.expression(2.0, [0.0, 1.0])


def test_one_argument_is_one_argument(program):
    """Q# takes F((1, 2.0)) for F(1, 2.0), and F(1,) for a 1-tuple."""
    assert program.operation("Tuple").expression((1, 2)) == "Tuple((1, 2.0))"
    assert program.operation("Single").expression((1,)) == "Single((1,))"
    assert program.operation("Unit1").expression(None) == "Unit1(())"
    assert program.operation("Nothing").expression() == "Nothing()"
    assert program.operation("Generic").expression((1,)) == "Generic((1,))"
    for name, argument in (("Tuple", (1, 2)), ("Single", (1,)), ("Unit1", ()), ("Generic", (1,))):
        program.operation(name).check(argument)
    with pytest.raises(ArgumentError):
        program.operation("Tuple").expression(1, 2.0)


def test_callables_as_arguments(program):
    apply, inc = program.operation("Apply"), program.operation("Inc")
    assert apply.expression(inc, 3) == "Apply(Inc, 3)"
    assert apply.expression("Std.Math.AbsI", -3) == "Apply(Std.Math.AbsI, -3)"
    assert apply.expression(QsharpCode("x -> 2 * x"), 3) == "Apply(x -> 2 * x, 3)"
    with pytest.raises(QsharpValueError, match=r"^Apply: f: .*not the name of a Q# callable"):
        apply.expression("Inc(1); Inc", 3)


def test_check_asks_the_compiler(program):
    apply = program.operation("Apply")
    assert apply.check(program.operation("Inc"), 3) is None
    with pytest.raises(QsharpTypeError, match=r"^Apply: f: type error: expected Int, found Double"):
        apply.check("Std.Math.AbsD", 3)
    with pytest.raises(QsharpTypeError, match=r"^Apply: f: name error: `Nope` not found"):
        apply.check("Nope", 3)
    with pytest.raises(QsharpTypeError, match="insufficient type information"):
        program.operation("Generic").check([])


def test_check_names_the_parameter_on_any_line(program):
    wide = program.operation("Wide")
    numbers = [1 / 3] * 5_000
    with pytest.raises(QsharpTypeError, match=r"^Wide: b: type error: expected Double, found Int"):
        wide.check(numbers, [*numbers, QsharpCode("7"), *numbers], "")
    with pytest.raises(QsharpTypeError, match=r"^Wide: c: type error"):
        wide.check(numbers, numbers, QsharpCode("7"))


def test_check_finds_the_mismatch_that_it_asks_with(program):
    """The compiler is asked with a line of a wrong type; the same mismatch in the call is the caller's."""
    assert program.operation("Unit1").check(()) is None
    with pytest.raises(QsharpTypeError, match=r"^Unit1: u: type error: expected Unit, found Int"):
        program.operation("Unit1").check(QsharpCode("5"))


def test_check_runs_nothing(program):
    effect = Program.from_source('operation Effect(x : Int) : Int { fail "it ran"; }')
    effect.operation("Effect").check(1)


def test_literals_spread_over_lines(program):
    """Past column 65,535 the compiler's error printer panics."""
    wide = program.operation("Wide")
    expression = wide.expression([0.125] * 20_000, [1 / 3] * 20_000, "x" * 3_000)
    assert max(map(len, expression.split("\n"))) <= 4_200
    wide.check([0.125] * 20_000, [1 / 3] * 20_000, "x" * 3_000)


def test_compile_is_what_qdk_compiles(random_bits):
    context = qdk.Context(target_profile=qdk.TargetProfile.Base)
    context.eval(random_bits.sources.texts[0])
    compiled = random_bits.compile(2, [0.0, 1.0])
    assert type(compiled) is QirInputData
    assert compiled._name == "main"
    assert str(compiled) == str(context.compile("GenerateRandomBits(2, [0.0, 1.0])"))
    assert compiled._repr_qir_() == str(compiled).encode()


def test_compile_for_another_profile(program):
    feed = program.operation("Feed")
    assert 'qir_profiles"="adaptive_profile' in str(feed.compile(1, profile="adaptive_ri"))
    with pytest.raises(CompileError, match=r"^Feed: it does not compile for the profile Base: cannot use a dynamic"):
        feed.compile(1, profile="Base")
    with pytest.raises(CompileError, match=r"^Feed: unknown target profile 'Q'"):
        feed.compile(1, profile="Q")


def test_pickled(random_bits):
    again = pickle.loads(pickle.dumps(random_bits))
    assert again == random_bits
    assert hash(again) == hash(random_bits)
    assert str(again.compile(2, [0.0, 1.0])) == str(random_bits.compile(2, [0.0, 1.0]))


def test_repr(random_bits):
    assert repr(random_bits) == ("<operation GenerateRandomBits(n : Int, angle : Double[]) : Result[] of Bits.qs>")


def test_errors_cross_processes(random_bits):
    with pytest.raises(QsharpValueError) as caught:
        random_bits.expression(2, [math.inf])
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)


TWO = """
operation Plain(theta : Double) : Result { use q = Qubit(); Rx(theta, q); MResetZ(q) }
operation Feedback() : Result { use q = Qubit(); if MResetZ(q) == One { X(q); } MResetZ(q) }
operation Repeat() : Result { use q = Qubit(); repeat { H(q); } until MResetZ(q) == Zero; MResetZ(q) }
"""


def test_an_error_of_a_profile_names_the_operation_that_needs_more():
    program = Program.from_source(TWO)
    with pytest.raises(CompileError) as caught:
        program.operation("Plain").compile(0.5)
    assert caught.value.operation == "Plain"
    assert (
        "for the profile Base: Feedback, which is part of the program: cannot use a dynamic bool value, at line 3"
        in caught.value.problem
    )
    with pytest.raises(
        CompileError, match="for the profile Adaptive_RI: Repeat, which is part of the program: cannot have a loop"
    ):
        program.operation("Plain").compile(0.5, profile="Adaptive_RI")


@pytest.mark.parametrize(
    ("body", "profile"),
    [
        ("if MResetZ(q) == One { X(q); }", "Adaptive_RI"),
        ("let angle = MResetZ(q) == One ? 1.0 | 2.0; Rx(angle, q);", "Adaptive_RIF"),
        ("repeat { H(q); } until MResetZ(q) == Zero;", "Adaptive"),
    ],
)
def test_an_error_of_a_profile_names_one_that_the_program_compiles_for(body, profile):
    operation = Program.from_source(f"operation A() : Result {{ use q = Qubit(); {body} MResetZ(q) }}").operation("A")
    with pytest.raises(CompileError) as caught:
        operation.compile()
    assert f'it compiles with profile="{profile}", which LocalSimulator runs' in caught.value.advice
    assert operation.compile(profile=profile)


def test_no_profile_is_named_where_none_helps():
    operation = Program.from_source('operation A() : String { "a" }').operation("A")
    with pytest.raises(CompileError) as caught:
        operation.compile()
    assert "profile=" not in caught.value.advice


def test_a_power_of_a_parameter_prints_no_panic(capfd):
    source = "operation A(t : Double) : Result { use q = Qubit(); Rx(t ^ 2.0, q); MResetZ(q) }"
    operation = Program.from_source(source).operation("A")
    bound = operation.bind([{"t": 0.1 * k} for k in range(1, 9)])
    assert str(bound[3]) == str(operation.compile(0.4))
    assert capfd.readouterr().err == ""


def test_an_operation_called_main_with_parameters():
    with pytest.raises(
        SourceError, match=r"entry point cannot have parameters.*; the compiler takes an operation called"
    ):
        Program.from_source("operation Main(n : Int) : Unit {}")

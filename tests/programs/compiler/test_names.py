from qsharp_bridge.programs.compiler.names import generated, signature_of, split
from qsharp_bridge.syntax import parse_type
from qsharp_bridge.syntax.declarations import declarations


def parameters(inferred, header):
    (found,) = declarations(f"function F({header}) : Unit {{}}")
    result = split(parse_type(inferred), found.parameters)
    return None if result is None else [str(one) for one in result]


def test_one_tuple_or_several_parameters():
    assert parameters("(Int, Double)", "p : (Int, Double)") == ["p : (Int, Double)"]
    assert parameters("(Int, Double)", "a : Int, b : Double") == ["a : Int", "b : Double"]
    assert parameters("((Int, Double), Bool)", "p : (Int, Double), c : Bool") == ["p : (Int, Double)", "c : Bool"]


def test_unit():
    assert parameters("Unit", "") == []
    assert parameters("Unit", "u : ()") == ["u : Unit"]


def test_parameters_without_a_name_get_one():
    assert parameters("(Int, (Int, Bool), Int)", "_ : Int, (a : Int, b : Bool), p1 : Int") == [
        "p0 : Int", "p1_ : (Int, Bool)", "p1 : Int",
    ]  # fmt: skip


def test_the_source_fills_in_what_the_compiler_leaves_out():
    assert parameters("(?[], (? => Unit is f?0))", "x : 'T[], f : ('T => Unit is Adj)") == [
        "x : 'T[]", "f : ('T => Unit is Adj)",
    ]  # fmt: skip


def test_contradictions():
    assert parameters("(Int, Double)", "a : Int, b : Int") is None
    assert parameters("(Int, Double)", "a : Int") is None
    assert parameters("(Int, Double)", "a : Int, b : Double, c : Int") is None
    assert parameters("Int", "") is None
    assert parameters("Unit", "a : Int") is None
    assert parameters("(Int -> Int)", "f : (Int => Int)") is None
    assert parameters("Int[]", "x : Int[][]") is None
    assert parameters("Pt", "x : Int") is None


def test_generated():
    assert [str(one) for one in generated(parse_type("(Int, Double[])"))] == ["p0 : Int", "p1 : Double[]"]
    assert [str(one) for one in generated(parse_type("(Int,)"))] == ["p0 : (Int,)"]
    assert generated(parse_type("Unit")) == ()


def test_declared_twice():
    """As with @Config: the same names are sure, different names are not."""
    arrow = parse_type("(Int => Unit is Adj)")
    same = declarations("operation F(n : Int) : Unit is Adj {} operation F(n : Int) : Unit is Adj {}")
    other = declarations("operation F(n : Int) : Unit is Adj {} operation F(m : Int) : Unit is Adj {}")
    unlike = declarations("operation F(n : Int) : Unit is Adj {} operation F(m : Bool) : Unit is Adj {}")
    assert str(signature_of("F", arrow, same)) == "F(n : Int) : Unit is Adj"
    assert signature_of("F", arrow, other).note == "it is declared several times, with different parameters"
    assert str(signature_of("F", arrow, other)) == "F(p0 : Int) : Unit is Adj"
    assert str(signature_of("F", arrow, unlike)) == "F(n : Int) : Unit is Adj"
    assert signature_of("F", arrow, ()).note == "its declaration was not found in the source"

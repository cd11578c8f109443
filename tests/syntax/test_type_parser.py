import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsharp_bridge.errors import QsharpTypeError, TypeSyntaxError
from qsharp_bridge.syntax import (
    KEYWORDS,
    PRIMITIVES,
    ArrayType,
    CallableType,
    Primitive,
    TupleType,
    TypeParameter,
    UdtType,
    parse_newtype,
    parse_type,
)

INT, DOUBLE = Primitive("Int"), Primitive("Double")

names = st.sampled_from(["N.Pt", "Pt", "Std.Math.Complex", "A.B.C_1", "Größe"])
leaves = st.one_of(
    st.sampled_from(PRIMITIVES).map(Primitive),
    names.map(UdtType),
    st.sampled_from(["'T", "'Result2", "?"]).map(TypeParameter),
)
functors = st.sets(st.sampled_from(["Adj", "Ctl"])).map(frozenset)
types = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.map(ArrayType),
        st.lists(inner, min_size=1, max_size=4).map(lambda items: TupleType(tuple(items))),
        st.builds(CallableType, st.just("->"), inner, inner),
        st.builds(CallableType, st.just("=>"), inner, inner, functors),
    ),
    max_leaves=12,
)


@given(types)
def test_the_text_of_a_type_gives_it_back(kind):
    assert parse_type(str(kind)) == kind
    assert hash(parse_type(str(kind))) == hash(kind)


@given(types, st.randoms(use_true_random=False))
def test_white_space_and_comments_do_not_matter(kind, random):
    spaced = "".join(random.choice(["", " ", "\n", "\t", " // note\n"]) + c if c in "()[]," else c for c in str(kind))
    assert parse_type(spaced) == kind


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("()", "Unit"),
        ("(Int)", "Int"),
        ("((Int))", "Int"),
        ("(Int,)", "(Int,)"),
        ("((Int,),)", "((Int,),)"),
        ("(Int, Double,)", "(Int, Double)"),
        ("Int->Int", "(Int -> Int)"),
        ("Int -> Int -> Int", "(Int -> (Int -> Int))"),
        ("Int -> Int[]", "(Int -> Int[])"),
        ("(Int -> Int)[]", "(Int -> Int)[]"),
        ("Qubit[] => Result[] is Ctl + Adj", "(Qubit[] => Result[] is Adj + Ctl)"),
        ("(Qubit => Unit is (Adj + Ctl) * Adj)", "(Qubit => Unit is Adj)"),
        ("(Qubit => Unit is Adj * Ctl)", "(Qubit => Unit)"),
        ("((Int, Double[]) => Result[] is Adj)", "((Int, Double[]) => Result[] is Adj)"),
        ("(('T -> 'U), 'T[]) -> 'U[]", "((('T -> 'U), 'T[]) -> 'U[])"),
        # As the compiler prints what it inferred:
        ("((Qubit => Unit is f?0), Qubit) => Unit", "(((Qubit => Unit is f?0), Qubit) => Unit)"),
        ("(?, ?[]) -> ?2", "((?, ?[]) -> ?2)"),
    ],
)
def test_what_source_and_compiler_write(text, canonical):
    assert str(parse_type(text)) == canonical


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected a type, found the end at position 0"),
        ("Int Int", "expected the end, found 'Int' at position 4"),
        ("Int[", "expected ']', found the end"),
        ("Int[3]", "unexpected '3' at position 4"),
        ("Int]", "expected the end, found ']'"),
        ("(Int", "expected ',' or ')', found the end"),
        ("(,)", "expected a type, found ','"),
        ("(Int,,)", "expected a type, found ','"),
        ("Int ->", "expected a type, found the end"),
        ("Qubit => Unit is", "expected Adj or Ctl, found the end"),
        ("Qubit => Unit is Foo", "expected Adj or Ctl, found 'Foo'"),
        ("One", "'One' cannot name a type"),
        ("N.set", "'N.set' cannot name a type"),
        ("int; drop", "unexpected ';'"),
        ("Int\x00", "unexpected"),
        ("(" * 5_000, "more than 99 levels"),
        ("Int" + "[]" * 5_000, "more than 99 levels"),
        ("Int -> " * 5_000 + "Int", "more than 99 levels"),
    ],
)
def test_no_type(text, said):
    with pytest.raises(TypeSyntaxError) as caught:
        parse_type(text)
    assert said in str(caught.value)
    assert "as in Q# source" in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("keyword", sorted(KEYWORDS))
def test_no_keyword_names_a_type(keyword):
    with pytest.raises(TypeSyntaxError):
        parse_type(keyword)


@given(st.text())
def test_any_text_is_a_type_or_a_syntax_error(text):
    try:
        kind = parse_type(text)
    except TypeSyntaxError:
        return
    assert parse_type(str(kind)) == kind


@pytest.mark.parametrize("wrong", [int, None, 3, b"Int"])
def test_only_text_is_parsed(wrong):
    with pytest.raises(QsharpTypeError):
        parse_type(wrong)
    with pytest.raises(QsharpTypeError):
        parse_newtype(wrong)


@pytest.mark.parametrize(
    ("text", "kind", "item_names"),
    [
        ("Int", "Int", []),
        ("(Int, Double)", "(Int, Double)", []),
        ("(A : Int)", "Int", ["A"]),
        ("(A : Int, B : Double)", "(Int, Double)", ["A", "B"]),
        ("(A : Int, (B : Double, Pauli))", "(Int, (Double, Pauli))", ["A", "B"]),
        ("(F : (Int -> Int), (Int -> Int))", "((Int -> Int), (Int -> Int))", ["F"]),
        ("(Int, Int)[]", "(Int, Int)[]", []),
        ("(A : (Int, Int)[], N.Pt)", "((Int, Int)[], N.Pt)", ["A"]),
        ("((Int, Int) -> Int)", "((Int, Int) -> Int)", []),
    ],
)
def test_newtype_items(text, kind, item_names):
    item = parse_newtype(text)
    assert str(item.type) == kind
    assert item.names() == item_names


@pytest.mark.parametrize("text", ["(A : Int)[]", "(A : )", "A :", "(A Int)", "(A : Int", "("])
def test_no_newtype_items(text):
    with pytest.raises(TypeSyntaxError):
        parse_newtype(text)

"""No value, whatever it contains, changes what a template says. The judge is the Q# parser itself."""

import math

import pytest
import qdk
from hypothesis import given, settings
from hypothesis import strategies as st
from qdk.qsharp import QSharpError

from qsharp_bridge.errors import BridgeError, QsharpTypeError, QsharpValueError, TemplateError
from qsharp_bridge.literals import QsharpCode
from qsharp_bridge.programs import EntryTemplate, Program
from qsharp_bridge.syntax.declarations import tokens


def render(text, **values):
    return EntryTemplate(text).render(**values)


def test_the_example_of_the_documentation():
    template = EntryTemplate("GenerateRandomBits({{ n }}, {{ angle }})")
    assert template.render(n=2, angle=[0.0, 1.0]) == "GenerateRandomBits(2, [0.0, 1.0])"
    assert template.render(n=3, angle=(0, 1)) == "GenerateRandomBits(3, (0, 1))"
    assert template.variables == {"n", "angle"}


def test_a_type_for_a_value():
    assert render("F({{ x | qsharp('Double[]') }})", x=[]) == "F([])"
    assert render("F({{ x | qsharp('Double[]') }})", x=range(2)) == "F([0.0, 1.0])"
    assert render("F({{ x | qsharp(t) }})", x=1, t="Double") == "F(1.0)"
    with pytest.raises(QsharpTypeError, match=r"^x\[1\]: "):
        render("F({{ x | qsharp('Int[]') }})", x=[1, 2.5])


def test_structs():
    program = Program.from_source("struct Pt { X : Int } function F(p : Pt) : Int { p.X }")
    template = EntryTemplate("F({{ p | qsharp('Pt') }})", structs=program.operation("F").structs)
    assert template.render(p={"X": 1}) == "F(new Pt { X = 1 })"


def test_loops_conditions_and_names():
    assert render("[{% for x in xs %}{{ x }}{% if not loop.last %}, {% endif %}{% endfor %}]", xs=[1, 2]) == "[1, 2]"
    assert render("{% set y = x * 2 %}{{ y }}", x=2) == "4"
    assert render("{% with y = x %}{{ y }}{% endwith %}", x="a") == '"a"'
    assert render("{% if x %}{{ 1 }}{% elif y %}{{ 2 }}{% else %}{{ 3 }}{% endif %}", x=0, y=1) == "2"


def test_only_the_marker_is_code():
    assert render("F({{ x }})", x="Evil()") == 'F("Evil()")'
    assert render("F({{ x }})", x=QsharpCode("Std.Math.PI()")) == "F(Std.Math.PI())"
    assert render("{{ op }}({{ x }})", op=QsharpCode("F"), x=1) == "F(1)"


def test_an_operation_is_code(bits):
    operation = bits.operation("GenerateRandomBits")
    assert render("{{ op }}({{ n }}, [])", op=operation, n=2) == "GenerateRandomBits(2, [])"


@pytest.mark.parametrize(
    "expression",
    ["x", "x|safe", "x|e", "x ~ ''", "[x]|join", "x|string", "x|forceescape", "'%s'|format(x)", "x|replace('~', 'x')",
     "(x,)|first", "x|trim ~ ''", "{'a': x}.a", "x if true else 0"],
)  # fmt: skip
def test_no_way_from_a_string_to_code(expression):
    context = qdk.Context()
    evil = '1); fail "it ran"; (1'
    text = render("(0, {{ " + expression + " }})", x=evil)
    zero, back = context.run(text, 1)[0]
    assert zero == 0
    assert isinstance(back, str)


@pytest.mark.parametrize(
    "text",
    [
        "{% set y %}F({{ x }}){% endset %}{{ y }}",
        "{% macro m(z) %}R({{ z }}){% endmacro %}{{ m(x) }}",
        "{% call x() %}body{% endcall %}",
        "{% filter replace('\"', '') %}{{ x }}{% endfilter %}",
        "{% if true %}{% filter upper %}{{ x }}{% endfilter %}{% endif %}",
        "{% autoescape true %}{{ x }}{% endautoescape %}",
        "{% block b %}{{ x }}{% endblock %}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% extends 'x' %}",
        "{% for i in x recursive %}{{ loop(i) }}{% endfor %}",
    ],
)
def test_statements_that_make_text_of_values_are_refused(text):
    with pytest.raises(TemplateError, match="a template cannot have the statement"):
        EntryTemplate(text)


@pytest.mark.parametrize(
    "text",
    ['"{{ x }}"', '"{{ x }}', '"a" + "{{ x }}"', "// {{ x }}\n1", '$"{ 1 } {{ x }}"', '$"{ {{ x }} }"', "1 //{{ x }}"],
)
def test_no_value_inside_strings_and_comments(text):
    with pytest.raises(TemplateError, match="x: a value cannot be inside a Q# string or comment"):
        render(text, x=1)


@pytest.mark.parametrize(
    "text", ["F{{ x }}", "{{ x }}F", "1{{ x }}", "{{ x }}1", "_{{ x }}", "{{ x }}{{ x }}", "${{ x }}", "'{{ x }}"]
)
def test_no_value_as_a_part_of_a_word(text):
    with pytest.raises(TemplateError, match="x: a value cannot be part of a word"):
        render(text, x=1)


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("{{ x }}^2", -2, 4),
        ("-{{ x }}", -2, 2),
        ("3 - {{ x }} * 2", -2, 7),
        ("{{ x }} == 1..3 ? 1 | 0", range(1, 4), None),
        ("{{ x }}[1]", [4, 5, 6], 5),
        ("Length({{ x }}[0..1])", [4, 5, 6], 2),
        ("{ let y = {{ x }}; y }", -3, -3),
        ("{ mutable t = 0; for i in {{ x }} { t += i; } t }", range(4), 6),
        ("{ mutable t = 0; for i in 0..{{ x }} { t += i; } t }", 3, 6),
        ("{{ x }}.Real", 1.5 - 2j, 1.5),
        ("{{ x }} == -2", -2, True),
        ("1 == {{ x }}", 1, True),
    ],
)
def test_operators_cannot_tear_a_value_apart(text, value, expected):
    context = qdk.Context()
    rendered = render(text, x=value)
    if expected is None:  # ranges cannot be compared: an error of the whole, never another grouping
        with pytest.raises(QSharpError, match="type error"):
            context.run(rendered, 1)
    else:
        assert context.run(rendered, 1) == [expected]


def test_undefined_names_are_errors():
    statements = ("{% for i in x %}{% endfor %}", "{% if x %}{% endif %}")
    for text in ("{{ x }}", "{{ x.y }}", "{{ x | qsharp('Int') }}", *statements):
        with pytest.raises(TemplateError, match="'x' is undefined"):
            render(text)
    with pytest.raises(BridgeError):
        render("{{ [1, x] }}")
    with pytest.raises(TemplateError, match="has no attribute 'y'"):
        render("{{ x.y }}", x="text")


def test_wrong_values_say_which():
    with pytest.raises(QsharpValueError, match=r"^angle\[1\]: nan is not a finite Double"):
        render("F({{ angle }})", angle=[0.0, math.nan])
    with pytest.raises(QsharpValueError, match=r"^p\.x: nan"):
        render("F({{ p.x }})", p={"x": math.nan})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{ x", "line 1: unexpected end of template"),
        ("\n{{ x | nope }}", "line 2: No filter named 'nope'"),
        ("{{ ''.__class__ }}", "unsafe"),
        ("{{ 1 / 0 }}", "rendering failed: ZeroDivisionError"),
        ("{{ lipsum() }}", "'lipsum' is undefined"),
        ("a \ufdd0 b", "code points U\\+FDD0"),
    ],
)
def test_bad_templates(text, says):
    with pytest.raises(TemplateError, match=says):
        render(text)


def test_a_template_is_a_string():
    with pytest.raises(TemplateError, match="a template is a string, not int"):
        EntryTemplate(7)


VALUES = st.recursive(
    st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('"\\{}()[];/$\n\r\ufdd0\ufdd1'), max_size=12),
    lambda inner: st.tuples(inner, inner),
    max_leaves=4,
)


@pytest.fixture(scope="module")
def context():
    context = qdk.Context()
    context.eval("function Keep<'A, 'B>(a : 'A, b : 'B) : (Int, 'A, 'B, Int) { (7, a, b, 8) }")
    return context


@given(VALUES, VALUES)
@settings(max_examples=max(300, settings().max_examples))
def test_no_value_changes_the_program(context, a, b):
    template = "Keep({{ a }}, ({{ b }})) // {% if true %}a comment{% endif %}\n"
    first, back_a, back_b, last = context.run(render(template, a=a, b=b), 1)[0]
    assert (first, back_a, back_b, last) == (7, a, b, 8)


TEXTS = st.lists(
    st.sampled_from(
        ['"', '$"', "\\", "{ ", "} ", "{{ x }}", " ", "(", ")", "//", "\n", "\r", "F", "1", ",", "-", "=", "é", "'"]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@given(TEXTS, VALUES)
@settings(max_examples=max(300, settings().max_examples))
def test_whatever_the_template_the_tokens_around_a_value_stay(text, value):
    """The tokens of the text with a value are those of the text with another, but for the value's own."""
    try:
        with_zero, with_value = render(text, x=QsharpCode("VALUE")), render(text, x=value)
    except BridgeError:
        return
    marked = [token.text for token in tokens(with_zero)]
    literal = [token.text for token in tokens(render("{{ x }}", x=value))]
    found = [token.text for token in tokens(with_value)]
    expected: list[list[str]] = [[]]
    for token in marked:
        if token == "VALUE":
            expected = [[*one, *form] for one in expected for form in (literal, ["(", *literal, ")"])]
        else:
            expected = [[*one, token] for one in expected]
    assert found in expected


def test_a_template_that_is_nested_too_deep() -> None:
    with pytest.raises(TemplateError, match="nested too deep"):
        EntryTemplate("{" * 100_000)

"""Reports here are the compiler's own: nothing is made up but the text that is no report."""

import pytest
import qdk
from qdk.qsharp import QSharpError

from qsharp_bridge.programs.compiler.diagnostics import diagnostics, summary


@pytest.fixture(scope="module")
def report():
    context = qdk.Context()

    def report_of(source):
        with pytest.raises(QSharpError) as caught:
            context.eval(source)
        return str(caught.value)

    return report_of


def test_kind_message_and_place(report):
    (found,) = diagnostics(report("{\n  let x : Int = 1.5;\n}"))
    assert (found.code, found.kind) == ("Qdk.Qsc.TypeCk.TyMismatch", "type error")
    assert found.message == "expected Int, found Double"
    assert (found.line, found.column) == (2, 17)
    assert str(found) == "type error: expected Int, found Double, at line 2, column 17: let x : Int = 1.5;"


def test_several(report):
    found = diagnostics(report("{ let x : Int = 1.5; let y : Bool = Nope; }"))
    assert {one.kind for one in found} == {"type error", "name error"}


def test_a_long_message_is_unwrapped(report):
    kind = "(Int, Double)[], (Int, Double)[], (Int, Double)[]"
    (found,) = diagnostics(report(f"{{ function Long(x : ({kind})) : Unit {{}} let _ : Unit = Long; }}"))
    assert found.message == f"expected Unit, found (({kind}) -> Unit)"


@pytest.mark.parametrize("length", [*range(1, 90), 148, 149, 200])
def test_a_type_is_put_together_wherever_it_was_wrapped(report, length):
    name = "L" * length
    kind = f"(({name}, (Int, Double)[][]) -> ({name}[], (Int => Result[] is Adj + Ctl), ((Int -> Int) -> {name})[]))"
    source = f'function Make() : {kind} {{ fail "" }}'
    (found,) = diagnostics(report(f"{{ struct {name} {{ X : Int }} {source} let _ : Unit = Make; }}"))
    assert found.message == f"expected Unit, found (Unit -> {kind})"


def test_a_long_source_line_is_cut_around_the_column(report):
    text = report("{ let x = [" + "1, " * 5_000 + "1.5, " + "1, " * 5_000 + "1]; }")
    assert len(text) > 20_000
    problem, _ = summary(text)
    assert len(problem) < 500
    assert "1.5" in problem


def test_help_becomes_advice(report):
    problem, advice = summary(report("{ let x = []; }"))
    assert "insufficient type information" in problem
    assert advice == "provide a type annotation"


def test_many_are_counted(report):
    problem, _ = summary(report("{" + "".join(f"let _ = Nope{i};" for i in range(7)) + "}"))
    assert problem.endswith("| and 11 more")


def test_what_is_no_report_is_shortened():
    assert summary("something\n  else") == ("something else", None)
    assert len(summary("x" * 1_000)[0]) < 400

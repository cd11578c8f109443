"""Q# cells of a notebook as a program: from IPython's history, in a real shell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qsharp_bridge as qb
from qsharp_bridge.programs.frontends.notebook import cells_since_init, declarations_of
from qsharp_bridge.syntax.declarations import declarations

pytest.importorskip("IPython", reason="notebooks need IPython")


@pytest.fixture
def shell():
    from IPython.core.interactiveshell import InteractiveShell

    made = InteractiveShell.instance()
    # qdk registers %%qsharp when it is first imported, which other tests may have done outside of a shell.
    made.run_cell("from qdk._ipython import register_magic; register_magic()", store_history=True)
    made.run_cell("from qdk import qsharp\nqsharp.init()", store_history=True)
    yield made
    made.run_cell("qsharp.init()", store_history=True)
    InteractiveShell.clear_instance()


def run(shell, *cells):
    for cell in cells:
        shell.run_cell(cell, store_history=True)


FLIP = "%%qsharp\noperation Flip(n : Int) : Result { use q = Qubit(); X(q); MResetZ(q) }"


def test_a_cells_operation_runs_as_a_sweep(shell):
    run(shell, FLIP)
    operation = qb.Program.from_context().operation("Flip")
    assert str(operation.signature) == "Flip(n : Int) : Result"
    results = qb.run_sweep(operation, qb.Sweep.grid(n=[1, 2]), qb.LocalSimulator(seed=1), shots=10)
    assert results.counts == [{"1": 10}, {"1": 10}]


def test_a_later_cell_declares_anew_and_earlier_ones_keep_what_they_had(shell):
    run(
        shell,
        "%%qsharp\nfunction Inner() : Int { 1 }\nfunction Outer() : Int { Inner() }",
        "%%qsharp\nfunction Inner() : Int { 2 }",
    )
    program = qb.Program.from_context()
    assert program.operations == ("Inner", "Outer")
    for name, value in [("Inner", 2), ("Outer", 1)]:
        live = shell.run_cell(f"%%qsharp\n{name}()").result
        assert live == value
        check = f"operation Is{name}() : Result {{ use q = Qubit(); if {name}() == {value} {{ X(q); }} MResetZ(q) }}"
        run(shell, f"%%qsharp\n{check}")
    program = qb.Program.from_context()
    for name in ("IsInner", "IsOuter"):
        found = qb.run_sweep(program.operation(name), qb.Sweep.points([{}]), qb.LocalSimulator(), shots=3)
        assert found.counts == [{"1": 3}]


def test_statements_are_not_run_again_and_do_no_harm(shell):
    run(shell, FLIP + "\nlet n = 3;\nFlip(n)", '%%qsharp\nfor i in 0..3 { Message($"{i}"); }\nfunction F() : Int { 7 }')
    assert qb.Program.from_context().operations == ("Flip", "F")


def test_a_cell_that_fails_declares_nothing(shell, capsys):
    run(shell, FLIP, "%%qsharp\nfunction Bad() : Int { 1.5 }")
    capsys.readouterr()
    assert qb.Program.from_context().operations == ("Flip",)


def test_init_forgets(shell):
    run(shell, FLIP, "qsharp.init()")
    with pytest.raises(qb.errors.SourceError, match="no %%qsharp cell"):
        qb.Program.from_context()


def test_values_of_init_are_those_of_the_program(shell):
    cell = '%%qsharp\nfunction Layers() : Int { Std.Core.ConfigValue("layers", 1) }'

    def layers(**options):
        program = qb.Program.from_context(**options)
        assert program.operations == ("Layers",)
        return program.sources.qdk_config.get("layers")

    run(shell, "qsharp.init(qdk_config={'layers': 3})", cell)
    assert layers() == 3
    assert layers(qdk_config={"layers": 5}) == 5
    assert layers(qdk_config={}) is None
    for options in ("qdk_config=values", "**{'qdk_config': values}"):
        run(shell, "values = {'layers': 4}", f"qsharp.init({options})", cell)
        with pytest.raises(
            qb.SourceError, match=r"not known here; give them again: Program\.from_context\(qdk_config="
        ):
            layers()
        assert layers(qdk_config={"layers": 4}) == 4


def test_the_users_context_lives_on(shell):
    run(shell, FLIP)
    qb.Program.from_context().operation("Flip").compile(1)
    assert str(shell.run_cell("%%qsharp\nFlip(1)").result) == "One"


def test_without_a_notebook():
    with pytest.raises(qb.errors.SourceError, match="not a notebook"):
        qb.Program.from_context()


def test_only_cells_of_qsharp_count():
    magic = "get_ipython().run_cell_magic({!r}, '', {!r})".format
    history = ["x = 1", magic("qsharp", "A"), magic("time", "B"), "((", "qdk.init()", magic("qsharp", "C")]
    assert cells_since_init(history)[0] == ["C"]
    assert cells_since_init(history[:4])[0] == ["A"]


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("@EntryPoint() operation A() : Unit {} A(); function B() : Unit {}", ["A", "B"]),
        ("internal function A() : Unit {}", ["A"]),
        ("struct S { X : Int } newtype N = (A : Int); let s = new S { X = 1 }; function F(s : S) : Int { s.X }", "SNF"),
        ("namespace A { function F() : Int { 1 } } A.F()", ["A.F"]),
        ("import Std.Math.{AbsI, PI}; open Std.Arrays; function G() : Int { AbsI(-1) }", ["G"]),
        ('Message("operation X() : Unit {}"); function G() : Int { 1 }', ["G"]),
        ('if true { Message("a"); } else { } operation A() : Unit {}', ["A"]),
        ("// function H() : Int { 1 }\n1 + 1", []),
        ("", []),
    ],
)
def test_declarations_of_a_cell(cell, names):
    kept = declarations_of(cell)
    assert len(kept) == len(cell)
    assert [found.name for found in declarations(kept)] == list(names)
    assert "Message" not in kept or "{ Message" in kept


@given(st.text(alphabet='operation F():Unt{};@ \n"let=1//', max_size=60))
def test_any_text_keeps_its_places(text):
    kept = declarations_of(text)
    assert len(kept) == len(text)
    assert all(a == b or a == " " for a, b in zip(kept, text, strict=True))
    assert declarations_of(kept) == kept

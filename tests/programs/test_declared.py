"""Names that are exported, exported again, or come from other projects."""

import json

import pytest

from qsharp_bridge.errors import UnknownOperationError
from qsharp_bridge.programs import Program
from qsharp_bridge.programs.declared import declared_in
from qsharp_bridge.programs.sources import Sources

PROJECTS = {
    "app/qsharp.json": {"dependencies": {"Dep": {"path": "../dep"}}},
    "app/src/Main.qs": """
        import Dep.Lib.Go, Other.Hidden as Shown;
        import Wide.*;
        operation Begin(k : Int) : Int { import Other.Two as Begin2; k }
        export Begin as Start, Go, Shown, Other.Two as Zwei, Broad as Breit;
        export Dep.Lib.Go as Walk; // export Nothing;
        """,
    "app/src/Other.qs": "function Hidden(angle : Double) : Double { angle } function Two(a : Int, b : Int) : Int { a }",
    "app/src/Wide.qs": "function Broad(width : Int) : Int { width } export Main.Start as Again;",
    "dep/qsharp.json": {"dependencies": {"Deep": {"path": "../deep"}}},
    "dep/src/Main.qs": """
        import Deep.Well.F;
        export F, Deep.Well.G as H, Pt as Point, Take;
        struct Pt { X : Int, Y : Int }
        operation Take(p : Pt) : Int { p.X }
        """,
    "dep/src/Lib.qs": """
        operation Go(steps : Int, far : Double) : Int { steps }
        function Secret(z : Int) : Int { z }
        export Go;
        """,
    "dep/src/Blocks.qs": "namespace Block { function In(inner : Int) : Int { inner } export In as Out; }",
    "deep/qsharp.json": {},
    "deep/src/Well.qs": "function F(x : Int) : Int { x } function G(y : Int) : Int { y } export F, G;",
}


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    root = tmp_path_factory.mktemp("projects")
    for path, text in PROJECTS.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text if isinstance(text, str) else json.dumps(text))
    return Program.from_project(root / "app")


@pytest.mark.parametrize(
    ("name", "signature"),
    [
        ("Main.Start", "Main.Start(k : Int) : Int"),
        ("Start", "Main.Start(k : Int) : Int"),
        ("Again", "Wide.Again(k : Int) : Int"),
        ("Begin", "Main.Begin(k : Int) : Int"),
        ("Main.Go", "Main.Go(steps : Int, far : Double) : Int"),
        ("Go", "Dep.Lib.Go(steps : Int, far : Double) : Int"),
        ("Dep.Lib.Go", "Dep.Lib.Go(steps : Int, far : Double) : Int"),
        ("Walk", "Main.Walk(steps : Int, far : Double) : Int"),
        ("Shown", "Main.Shown(angle : Double) : Double"),
        ("Zwei", "Main.Zwei(a : Int, b : Int) : Int"),
        ("Breit", "Main.Breit(width : Int) : Int"),
        ("F", "Dep.F(x : Int) : Int"),
        ("Dep.H", "Dep.H(y : Int) : Int"),
        ("Dep.Block.Out", "Dep.Block.Out(inner : Int) : Int"),
        ("Take", "Dep.Take(p : Dep.Point) : Int"),
    ],
)
def test_exported_names(program, name, signature):
    assert str(program.operation(name).signature) == signature
    assert program.operation(name).signature.note is None


def test_a_call_by_an_exported_name_compiles(program):
    for name, arguments in {
        "Walk": {"steps": 2, "far": 0.5},
        "Take": {"p": {"X": 1, "Y": 2}},
        "Shown": {"angle": 1},
    }.items():
        program.operation(name).check(**arguments)
    assert program.operation("Take").expression({"X": 1, "Y": 2}) == "Dep.Take(new Dep.Point { X = 1, Y = 2 })"


def test_a_name_that_is_not_exported(program):
    with pytest.raises(UnknownOperationError, match=r"no operation 'Dep\.Lib\.Secret'; did you mean Dep\.Lib\.Go\?"):
        program.operation("Dep.Lib.Secret")
    with pytest.raises(UnknownOperationError) as caught:
        program.operation("Dep.Lib.Gone")
    assert caught.value.advice == "did you mean Dep.Lib.Go?"


def test_aliases_of_a_text():
    program = Program.from_source(
        "namespace A { function F(one : Int) : Int { one } export F as G, B.H; }"
        "namespace B { function H(two : Int) : Int { two } export A.G as K; }"
    )
    signatures = [str(program.operation(name).signature) for name in ("A.G", "A.H", "B.K", "K", "H")]
    assert signatures == [
        "A.G(one : Int) : Int",
        "A.H(two : Int) : Int",
        "B.K(one : Int) : Int",
        "B.K(one : Int) : Int",
        "B.H(two : Int) : Int",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "export",
        "export ;",
        "export as",
        "import A. as ;",
        "namespace",
        "namespace A",
        "} export F as G;",
        "open",
        "export F as",
    ],
)
def test_damaged_texts_are_read_to_the_end(text):
    assert declared_in(Sources.from_text(text)).callables == {}

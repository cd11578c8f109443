"""What contexts cost: they are few, they are made anew before they grow large, and a panic takes but one."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from qsharp_bridge import Sweep
from qsharp_bridge.errors import CompileError, SourceError
from qsharp_bridge.programs import Program
from qsharp_bridge.programs.compiler import contexts as module
from qsharp_bridge.programs.compiler import thread as compiler
from qsharp_bridge.programs.compiler.contexts import Contexts
from qsharp_bridge.programs.sources import Sources

PROGRAM = Sources.from_text("operation F(a : Double[]) : Result { use q = Qubit(); Rx(a[0], q); MResetZ(q) }")


@pytest.fixture
def contexts():
    found = Contexts(most=2)
    yield found
    found.close()


def use(contexts, sources=PROGRAM, profile="Base", **options):
    with contexts.using(sources, profile, **options) as context:
        return id(context._interpreter)


def test_kept_by_program_profile_and_extra_text(contexts):
    first = use(contexts)
    assert use(contexts) == first
    assert use(contexts, sources=Sources.from_text(PROGRAM.text)) == first
    assert use(contexts, profile="Adaptive") != first
    assert use(contexts) == first


def test_the_least_used_goes_first(contexts):
    base, adaptive = use(contexts), use(contexts, profile="Adaptive")
    use(contexts)
    use(contexts, extra="function Extra() : Unit {}")  # the third: Adaptive was used least recently
    assert use(contexts) == base
    assert len(contexts._kept) == 2
    use(contexts, profile="Adaptive")
    assert len(contexts._kept) == 2
    assert adaptive


def test_what_a_bind_asks_first_makes_room_for_what_it_asks_next():
    """A signature where the symbolic form has no context, the form, programs to compare with: one context at a time."""
    contexts = Contexts()

    def kept():
        return [(profile, text) for _, profile, text in contexts._kept]

    extra = "function Extra() : Unit {}"
    use(contexts, profile="Unrestricted")
    symbolic = use(contexts, profile="Adaptive_RIF", extra=extra)
    assert kept() == [("Adaptive_RIF", extra)]
    assert use(contexts, profile="Adaptive_RIF", extra=extra) == symbolic
    base = use(contexts)
    assert kept() == [("Base", "")]
    again = use(contexts, profile="Unrestricted"), use(contexts, profile="Adaptive_RIF", extra=extra)
    use(contexts, profile="Adaptive")
    assert len(kept()) == 4  # what is asked again and again stays
    assert again == (use(contexts, profile="Unrestricted"), use(contexts, profile="Adaptive_RIF", extra=extra))
    assert use(contexts) == base
    contexts.close()


def test_made_anew_when_it_has_grown(contexts, monkeypatch):
    monkeypatch.setattr(module, "MOST_GROWTH", 10_000)
    with contexts.using(PROGRAM, "Base", growth=20_000) as context:
        pass
    with contexts.using(PROGRAM, "Base") as other:
        assert other is not context
    assert context._interpreter is None
    with contexts.using(PROGRAM, "Base") as same:
        assert same is other


def test_what_a_context_leaves_behind_belongs_to_no_thread(contexts):
    """Once disposed of, the shell of a context may be dropped wherever the collector finds it."""
    with contexts.using(PROGRAM, "Base") as context:
        assert context.code.F
    contexts.close()
    assert not vars(context.code)
    holder = [context]
    del context
    with ThreadPoolExecutor(1) as pool:
        pool.submit(holder.clear).result()


def test_errors_by_what_was_wrong(contexts):
    with pytest.raises(SourceError, match="source does not compile: "):
        use(contexts, sources=Sources.from_text("operation"))
    with pytest.raises(CompileError, match="name error: `G` not found"), contexts.using(PROGRAM, "Base") as context:
        context.compile("G()")


def kept():
    return compiler.run(lambda contexts: [(one.text, profile) for one, profile, _ in contexts._kept])


def test_one_context_answers_for_a_program_and_for_its_symbolic_form(monkeypatch):
    monkeypatch.setenv("QSHARP_BRIDGE_CACHE", "off")
    text = "operation Fresh(a : Double) : Result { use q = Qubit(); Rx(a, q); MResetZ(q) }"
    operation = Program.from_source(text).operation("Fresh")
    assert [profile for one, profile in kept() if one == text] == ["Adaptive_RIF"]
    bound = operation.bind(Sweep.linspace("a", 0.1, 0.9, 9), profile="Base")
    assert set(bound.methods) == {"template"}
    assert [profile for one, profile in kept() if one == text] == ["Base"]


@pytest.mark.parametrize(
    "text",
    [
        "operation Run(n : Int) : Int { use q = Qubit(); mutable k = n; while M(q) == Zero { set k += 1; H(q); } k }",
        "@Config(Unrestricted) operation Run(n : Int) : Int { n } // none",
        "operation Run(n : Int) : Int { Std.Diagnostics.DumpMachine(); n }",
        "operation Run(n : Int) : Int { 2 ^ n }",
    ],
)
def test_programs_that_have_no_symbolic_form_are_loaded_as_well(monkeypatch, text):
    monkeypatch.setenv("QSHARP_BRIDGE_CACHE", "off")
    assert str(Program.from_source(text).operation("Run").signature) == "Run(n : Int) : Int"


@pytest.mark.parametrize(
    "text", ["operation A() : Unit {} @EntryPoint()", "operation A() : Unit {", "/// doc\n@Config(Base)"]
)
def test_what_is_added_to_a_program_completes_nothing(text):
    with pytest.raises(SourceError, match="source does not compile: "):
        Program.from_source(text)

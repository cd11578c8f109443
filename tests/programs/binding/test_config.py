"""Code that @Config chooses: no template where the target gets other code than the symbolic form."""

import json
import re
from pathlib import Path

import pytest
import qdk

from qsharp_bridge.programs import Program
from qsharp_bridge.programs.binding.config import _HAVE, differing_config
from qsharp_bridge.programs.sources import Sources
from qsharp_bridge.targets.profiles import PROFILES

BODIES = "({0}not FloatingPointComputations) function F(a : Double) : Double {{ a > 5.0 ? 0.0 | a }}\n"
BODIES += "{1}(FloatingPointComputations) function F(a : Double) : Double {{ a }}\n"
TURN = "operation Turn(a : Double) : Result { use q = Qubit(); Rx(F(a), q); MResetZ(q) }\n"
SPELLINGS = ["@Config", "@ Config", "@\n\tConfig ", "@ // which body\n Config // is chosen\n", "@//a\r\n//b\nConfig"]


def two_bodies(spelling: str) -> str:
    return spelling + BODIES.format("", spelling) + TURN


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_found(spelling):
    source = two_bodies(spelling)
    qdk.Context(target_profile=qdk.TargetProfile.Base).eval(source)  # qdk, too, takes it for the attribute
    found = [profile for profile in PROFILES if differing_config(Sources.from_text(source), profile)]
    assert found == ["Base", "Adaptive_RI"]


@pytest.mark.parametrize("condition", ["(Fresh)", "(not Fresh)", "(Std.Base)", "", "(Adaptive, Base)"])
def test_a_condition_that_is_not_known_may_choose_anything(condition):
    source = Sources.from_text(f"@Config{condition} function F() : Unit {{}}")
    assert all(differing_config(source, profile) for profile in PROFILES if profile != "Adaptive_RIF")


@pytest.mark.parametrize("text", ["function Config() : Unit {}", "@EntryPoint() function F() : Unit {} // Config"])
def test_other_uses_of_the_name_do_no_harm(text):
    assert not differing_config(Sources.from_text(text), "Base")


def test_the_conditions_are_decided_as_qdk_decides_them():
    texts = [
        f"@Config({condition}{name}) function Has{name}() : Bool {{ {value} }}"
        for name in _HAVE
        for condition, value in (("", "true"), ("not ", "false"))
    ]
    for profile in PROFILES:
        context = qdk.Context(target_profile=getattr(qdk.TargetProfile, profile))
        context.eval("\n".join(texts))
        told = context.eval(f"[{', '.join(f'Has{name}()' for name in _HAVE)}]")
        assert told == [profile in profiles for profiles in _HAVE.values()]


def test_the_standard_library_chooses_no_code_with_doubles():
    """Its source stands in qdk's native module: only ``AND`` differs between profiles that QIR can be made for."""
    (native,) = Path(qdk.__file__).parent.glob("_native*[!i]")
    found = re.findall(rb"@Config\(([\w ]+)\)\s+(?:operation|function) (\w+)", native.read_bytes())
    assert found
    assert {name for condition, name in found if condition != b"Unrestricted"} == {b"AND"}


@pytest.mark.parametrize("profile", PROFILES)
def test_the_body_of_the_target_is_bound(profile):
    operation = Program.from_source(two_bodies("@ Config")).operation("Turn")
    points = [{"a": 0.1 * k + 0.05} for k in range(3)]
    points[1:1] = [{"a": 6.5}, {"a": -0.0}]
    bound = operation.bind(points, profile=profile)
    for place in (1, 2):
        assert str(bound[place]) == str(operation.compile(**points[place], profile=profile))
    assert ("no symbolic form: @ Config" in str(bound.report())) == (profile in ("Base", "Adaptive_RI"))


def test_a_dependency_counts_too(tmp_path):
    texts = {
        "lib/qsharp.json": "{}",
        "lib/src/Main.qs": two_bodies("@Config").removesuffix(TURN) + "export F;",
        "app/qsharp.json": json.dumps({"dependencies": {"Lib": {"path": "../lib"}}}),
        "app/src/Main.qs": "import Lib.F;\n" + TURN,
    }
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    operation = Program.from_project(tmp_path / "app").operation("Main.Turn")
    bound = operation.bind([{"a": 0.1}, {"a": 6.5}, {"a": 0.3}, {"a": 0.4}, {"a": 0.7}], profile="Base")
    assert set(bound.methods) == {"direct"}
    assert "Rx" not in str(bound[1])
    assert "double 0.0," in str(bound[1])


def test_a_dependency_that_cannot_be_seen_may_choose_anything():
    manifest = '{"dependencies": {"Far": {"github": {"owner": "o", "repo": "r", "ref": "v1"}}}}'
    far = Sources("far", (("qsharp.json", manifest), ("src/Main.qs", TURN)), "")
    assert "GitHub" in differing_config(far, "Base")
    assert not differing_config(far, "Adaptive_RIF")

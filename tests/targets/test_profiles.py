import pytest
import qdk

from qsharp_bridge.errors import CompileError
from qsharp_bridge.targets.profiles import PROFILES, profile_name


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("spell", [str, str.lower, str.upper, lambda name: name.replace("_", "-")])
def test_names_in_any_case(name, spell):
    assert profile_name(spell(name)) == name


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_of_qdk(name):
    assert profile_name(getattr(qdk.TargetProfile, name)) == name


def test_unrestricted_belongs_to_no_target():
    with pytest.raises(CompileError, match=r"Unrestricted belongs to no target.*choose one of Base"):
        profile_name("unrestricted")


@pytest.mark.parametrize("wrong", ["", "Bas", "Adaptive RI F", 7, None])
def test_unknown(wrong):
    with pytest.raises(CompileError, match="unknown target profile"):
        profile_name(wrong)

"""Code that ``@Config`` chooses by target profile.

The symbolic form of a program is compiled for Adaptive_RIF. It describes what another profile compiles only if every
``@Config`` of the program decides alike for both. The standard library has a few itself (``AND``, and what exists for
the simulator alone): none of them chooses code that has a Double.
"""

from __future__ import annotations

import re

from qsharp_bridge.programs.compiler.placeholders import SYMBOLIC
from qsharp_bridge.programs.sources import Sources

_ADAPTIVE = {"Adaptive_RI", SYMBOLIC, "Adaptive"}
_HAVE = {
    "Base": {"Base"},
    "Adaptive": _ADAPTIVE,
    "IntegerComputations": _ADAPTIVE,
    "FloatingPointComputations": {SYMBOLIC, "Adaptive"},
    "BackwardsBranching": {"Adaptive"},
    "StaticSizedArrays": {"Adaptive"},
    "HigherLevelConstructs": set(),
    "Unrestricted": set(),
}
"""The names that @Config takes, each with the profiles of QIR that have it. A test compares this with qdk."""

# Between the tokens of an attribute there may be blanks and comments. A comment may end at either kind of line end:
# the shorter reading and the longer one are both tried, for what is found too often costs compiles, not correctness.
_SPACE = r"(?:\s|//[^\n]*?[\r\n])*"
_ATTRIBUTE = re.compile(rf"@{_SPACE}Config\b(?:{_SPACE}\({_SPACE}(?:not\b{_SPACE})?(?P<name>\w+){_SPACE}\))?")


def differing_config(sources: Sources, profile: str) -> str:
    """Return why code of a program may differ between a profile and `SYMBOLIC`, or "" where it does not.

    >>> source = "@Config(not FloatingPointComputations) function F(a : Double) : Double { 0.0 }"
    >>> differing_config(Sources.from_text(source), "Base")
    '@Config(not FloatingPointComputations) chooses other code for Base'
    >>> differing_config(Sources.from_text(source), "Adaptive")
    ''
    """
    if profile == SYMBOLIC:
        return ""
    if not sources.self_contained:
        return f"a dependency on GitHub may choose other code for {profile} by @Config"
    for _, text in sources.files:
        for found in _ATTRIBUTE.finditer(text):
            have = _HAVE.get(found["name"])
            if have is None or (profile in have) != (SYMBOLIC in have):
                return f"{' '.join(found[0].split())} chooses other code for {profile}"
    return ""

"""The structures that a process keeps."""

from qsharp_bridge.programs.binding import structure
from qsharp_bridge.programs.binding.compiles import Compiling
from qsharp_bridge.programs.binding.skeleton import Skeleton
from qsharp_bridge.programs.sources import Sources


def test_as_many_structures_are_kept_as_fit(monkeypatch):
    compiling = Compiling(Sources.from_text(""), "Base")
    structure.forget()
    skeletons = [Skeleton((f"Op({n})",)) for n in range(1_000)]
    made = [structure.structure_of(one, compiling) for one in skeletons]
    assert [structure.structure_of(one, compiling) for one in skeletons] == made
    monkeypatch.setattr(structure, "_MOST_CHARACTERS", 10 * made[-1].size)
    structure.structure_of(skeletons[0], compiling)  # used last
    structure.structure_of(Skeleton(("Another(1)",)), compiling)
    assert structure.structure_of(skeletons[0], compiling) is made[0]
    assert structure.structure_of(skeletons[-1], compiling) is made[-1]
    assert structure.structure_of(skeletons[1], compiling) is not made[1]
    assert len(structure._kept) <= 11
    structure.forget()
    assert not structure._kept

"""The structures that a process keeps."""

import pytest

from qsharp_bridge.errors import QsharpValueError
from qsharp_bridge.programs import Program
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


def test_what_is_infinite_at_run_time_is_the_compiler_s_to_judge():
    source = """
        function Inverse(y : Double) : Double { 1.0 / y }
        operation Turn(y : Double, q : Qubit) : Unit { Rx(Inverse(y % 7.0), q) }
        operation Go(y : Double) : Result { use q = Qubit(); Turn(y, q); MResetZ(q) }
    """
    operation = Program.from_source(source).operation("Go")
    points = [{"y": y} for y in (0.5, 1.5, 2.5, 3.5, 4.5, 7.0)]
    bound = operation.bind(points, profile="Adaptive")  # divides when it runs
    compiled = [operation.compile(**point, profile="Adaptive") for point in points]
    assert [str(program) for program in bound] == [str(program) for program in compiled]
    assert "frem double" in str(compiled[5])
    with pytest.raises(QsharpValueError) as caught:
        operation.bind(points, profile="Base")
    assert caught.value.point == 5

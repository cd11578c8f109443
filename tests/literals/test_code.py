import copy
import enum
import pickle

import pytest

from qsharp_bridge import QsharpCode, to_qsharp
from qsharp_bridge.errors import QsharpTypeError


def test_code_is_used_as_written_for_every_type():
    code = QsharpCode("Std.Math.PI() / 2.0")
    assert to_qsharp(code) == to_qsharp(code, "Double") == str(code) == code.code
    assert to_qsharp([code, 1], "Double[]") == "[Std.Math.PI() / 2.0, 1.0]"
    assert to_qsharp({"X": code}, "P", structs={"P": {"X": "Int"}}) == "new P { X = Std.Math.PI() / 2.0 }"
    assert to_qsharp(QsharpCode("q"), "Qubit") == "q"


def test_an_enum_member_may_carry_code():
    class Angle(enum.Enum):
        HALF = QsharpCode("Std.Math.PI() / 2.0")

    assert to_qsharp(Angle.HALF) == to_qsharp(Angle.HALF, "Double") == "Std.Math.PI() / 2.0"
    assert to_qsharp([Angle.HALF, 1]) == "[Std.Math.PI() / 2.0, 1]"


def test_a_str_is_data_and_never_code():
    assert to_qsharp(str(QsharpCode("X"))) == '"X"'
    assert not isinstance(QsharpCode("X"), str)
    for wrong in (QsharpCode("X"), None, 1, b"X"):
        with pytest.raises(QsharpTypeError, match="Q# code is a str"):
            QsharpCode(wrong)


def test_code_is_a_value():
    code = QsharpCode("X")
    assert code == QsharpCode("X") != QsharpCode("Y")
    assert code != "X"
    assert hash(code) == hash(QsharpCode("X"))
    assert repr(code) == "QsharpCode('X')"
    assert pickle.loads(pickle.dumps(code)) == copy.copy(code) == copy.deepcopy(code) == code
    with pytest.raises(AttributeError):
        code.code = "Y"

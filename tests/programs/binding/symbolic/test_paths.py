"""Computations that may fail, whether their results are used or not."""

import pytest

from qsharp_bridge.errors import BridgeError
from qsharp_bridge.programs import Program

UNUSED = {
    "IntQuotient": ("1 / (Truncate(a) - 7)", 7.5, True),
    "IntRemainder": ("1 % (Truncate(a) - 7)", 7.5, True),
    "Remainder": ("2.0 % a", 0.0, True),
    "RemainderBelow": ("2.0 % a", -0.0, True),
    "Quotient": ("2.0 / a", 0.0, False),
    "Shift": ("1 <<< Truncate(a)", 64.5, True),
    "ShiftBack": ("1 >>> Truncate(a)", 64.5, True),
    "IntPower": ("Truncate(a) ^ 3", 1e18, True),
    "Overflow": ("9223372036854775803 + Truncate(a)", 5.5, False),
    "Truncated": ("Truncate(a)", 1e300, False),
    "Domain": ("ArcSin(1.0 / a)", 0.25, False),
    "Nested": ("[1, 2 % Truncate(a)][0]", 0.5, True),
}
MEASURED = {"Quotient": "d / a", "Remainder": "d % a", "Assigned": "d / (a * a)"}


def _check(operation, special, profile, refused):
    """Bind with the special point in the middle, where no point is compared with the compiler."""
    points = [{"a": a} for a in (1.3, 1.7, special, 1.9, 1.4, 1.6)]
    bound = operation.bind(points, profile=profile)
    assert [bound.methods[place] for place in (0, 2, 5)] == ["template", "direct", "template"]
    if refused:
        with pytest.raises(BridgeError):
            operation.compile(**points[2], profile=profile)
        with pytest.raises(BridgeError) as caught:
            bound[2]
        assert caught.value.point == 2
    else:
        assert str(bound[2]) == str(operation.compile(**points[2], profile=profile))


@pytest.fixture(scope="module")
def unused():
    body = "{{ use q = Qubit(); let n = {}; Rx(a, q); MResetZ(q) }}"
    operations = [f"operation {name}(a : Double) : Result {body.format(text)}" for name, (text, _, _) in UNUSED.items()]
    return Program.from_source("import Std.Math.*;\n" + "\n".join(operations))


@pytest.mark.parametrize(("name", "profile"), [*zip(UNUSED, ["Base", "Adaptive_RI", "Adaptive_RIF"] * 4, strict=True)])
def test_a_failure_whose_result_is_not_used(unused, name, profile):
    _, special, refused = UNUSED[name]
    _check(unused.operation(name), special, profile, refused)


@pytest.fixture(scope="module")
def measured():
    body = "use q = Qubit(); Rx(a, q); mutable d = 0.5; if MResetZ(q) == One {{ set d = 1.0; }} Rx({}, q); MResetZ(q)"
    operations = [f"operation {name}(a : Double) : Result {{ {body.format(text)} }}" for name, text in MEASURED.items()]
    return Program.from_source("\n".join(operations))


@pytest.mark.parametrize("zero", [0.0, -0.0])
@pytest.mark.parametrize("name", MEASURED)
def test_a_measured_double_divided_by_zero(measured, name, zero):
    _check(measured.operation(name), zero, "Adaptive_RIF", refused=True)

"""Reading QIR, and refusing what is not understood."""

import pytest

from qsharp_bridge.qir.entry import parse_entry
from qsharp_bridge.qir.flow import UnknownShape

HEAD = "define i64 @ENTRYPOINT__main() #0 {\n"


def body(*lines):
    return HEAD + "\n".join(lines) + "\n}\n"


def test_operands_and_their_places():
    text = body(
        "block_0:",
        "  %var_0 = call double @Parameter(i64 0)",
        "  call void @G(double -0.5, i1 zeroext true, i8* bitcast ([4 x i8], [4 x i8]* @0), double %var_0)",
        "  %var_1 = phi double [0.25, %block_0], [%var_0, %block_0]",
        "  ret i64 0",
    )
    (block,) = parse_entry(text).blocks.values()
    parameter, gate, phi = block.instructions
    assert (parameter.result, parameter.op, parameter.type) == ("%var_0", "call Parameter", "double")
    assert [(one.type, one.text) for one in gate.operands] == [
        ("double", "-0.5"),
        ("i1", "true"),
        ("i8*", "bitcast ([4 x i8], [4 x i8]* @0)"),
        ("double", "%var_0"),
    ]
    assert [(one.text, one.source) for one in phi.operands] == [("0.25", "block_0"), ("%var_0", "block_0")]
    for instruction in block.instructions:
        for operand in instruction.operands:
            assert text[operand.start : operand.end] == operand.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEAD,
        body("block_0:", "  ret i64 1"),
        body("block_0:", "  store double 0.5, double* %x", "  ret i64 0"),
        body("block_0:", "  %var_0 = fneg double 0.5", "  ret i64 0"),
        body("block_0:", "  switch i64 %x, label %block_1 []"),
        body("  ret i64 0"),
        body("block_0:", "block_1:", "  ret i64 0"),
        body("block_0:", "  call void @G()"),
    ],
)
def test_what_is_not_understood_is_refused(text):
    with pytest.raises(UnknownShape):
        parse_entry(text)

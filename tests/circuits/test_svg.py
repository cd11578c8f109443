"""Circuit diagrams as SVG."""

from __future__ import annotations

from xml.etree import ElementTree

from qsharp_bridge.circuits.boxes import Box
from qsharp_bridge.circuits.svg import svg_of

SVG = "{http://www.w3.org/2000/svg}"


def test_every_box_is_there_once_and_on_its_wire() -> None:
    boxes = [
        Box("unitary", "H", (0,)),
        Box("unitary", "Rzz", (0, 2), args=("theta",)),
        Box("unitary", "X", (1,), controls=(0,)),
        Box("measurement", "M", (1,)),
        Box("unitary", "Y", (0,), conditions=((1, 0),)),
        Box("ket", "0", (2,)),
    ]
    tree = ElementTree.fromstring(svg_of(boxes, 3))
    frames = list(tree.iter(f"{SVG}rect"))
    assert len(frames) == 5, "H, two of Rzz, the meter, Y"
    assert [frame.get("y") for frame in frames] == ["8", "8", "96", "52", "8"]
    assert [frame.get("stroke-dasharray") is not None for frame in frames] == [False, False, False, False, True]
    texts = ["".join(text.itertext()) for text in tree.iter(f"{SVG}text")]
    assert sorted(texts) == sorted(["H", "Rzz(theta)", "Rzz(theta)", "Y", "|0\u232a", "q0", "q1", "q2"])
    width = float(tree.get("width", ""))
    assert all(float(frame.get("x", "")) + float(frame.get("width", "")) < width for frame in frames)
    assert "style" not in svg_of(boxes, 3), "a strict security policy refuses it"


def test_labels_are_escaped() -> None:
    text = svg_of([Box("unitary", "<b>", (0,), args=("a&b",))], 1)
    assert "<b>" not in text
    assert "&lt;b&gt;(a&amp;b)" in text
    ElementTree.fromstring(text)

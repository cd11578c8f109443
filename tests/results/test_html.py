"""Results in a notebook."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from qsharp_bridge import Sweep
from tests.shared.result_examples import results_over


def test_a_row_and_a_histogram_for_each_point() -> None:
    results = results_over(Sweep.grid(n=[1, 2, 3]), lambda p: None if p["n"] == 3 else 25 * p["n"])
    tree = ElementTree.fromstring(results._repr_html_())
    rows = tree.findall(".//tbody/tr")
    assert [[cell.text for cell in row.findall("td")[:3]] for row in rows] == [
        ["0", "1", "Succeeded"], ["1", "2", "Succeeded"], ["2", "3", "Failed"],
    ]  # fmt: skip
    heights = [[int(bar.get("height", "")) for bar in row.findall(".//rect")] for row in rows]
    assert heights == [[28, 9], [28, 28], []]
    assert [title.text for title in rows[0].iter("title")] == ["0: 75", "1: 25"]


def test_values_are_never_markup() -> None:
    results = results_over(Sweep.grid(s=["<script>alert(1)</script>"]), lambda _: None, operation="<b>Op</b>")
    page = results._repr_html_()
    assert "<script>" not in page
    assert "<b>Op</b>" not in page
    assert "&lt;script&gt;" in page


def test_long_results_are_cut() -> None:
    tree = ElementTree.fromstring(results_over(Sweep.arange("n", 0, 100))._repr_html_())
    assert len(tree.findall(".//tbody/tr")) == 60
    assert tree.findtext("i") == "and 40 more points"

"""The sample notebook runs in a real kernel, from its first cell to its last."""

import json
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parent.parent / "samples" / "first_sweep.ipynb"


def test_the_sample_notebook_runs(tmp_path):
    nbformat = pytest.importorskip("nbformat", reason="the notebook is run with nbclient and ipykernel")
    nbclient = pytest.importorskip("nbclient", reason="the notebook is run with nbclient and ipykernel")
    pytest.importorskip("ipykernel", reason="the notebook is run with nbclient and ipykernel")
    notebook = nbformat.read(SAMPLE, as_version=4)
    client = nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    shown = [output.data for output in outputs if output.output_type in ("display_data", "execute_result")]
    assert any("image/png" in data for data in shown)  # the plot
    assert any("<table" in data.get("text/html", "") for data in shown)  # the results
    assert any("Ramsey(0.5, 1.0)" in output.get("text", "") for output in outputs)


def test_the_sample_is_kept_without_outputs():
    """So that a change of it can be read."""
    cells = [cell for cell in json.loads(SAMPLE.read_text())["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)

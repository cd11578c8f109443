"""Sweep files: a whole run in TOML, read into the arguments of ``run_sweep``.

- ``file``: a sweep file with its program, points, target and options
- ``loading``: reading of TOML files and programs
- ``keys``: checks of the keys of a file
- ``model``: the keys with their types, and the JSON Schema
- ``parameters``: the sweep over the parameters and points
- ``value_tables``: the tables that make the values of a parameter
- ``observables``: the observable that an estimate measures
- ``numbers``: numbers written as texts, such as "2*pi"
- ``checks``: conversion of data by msgspec models, with every fault and its path
- ``workspaces``: workspaces and targets by name
- ``starter``: a commented sweep file for an operation
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qsharp_bridge._lazy import loads

if TYPE_CHECKING:
    from .file import SweepFile, load_sweep_file

__all__ = ["SweepFile", "load_sweep_file"]

__getattr__ = loads(__name__, dict.fromkeys(__all__, "file"))

"""Sweep files: a whole run in TOML, read into what ``run_sweep`` takes.

- ``file``: a sweep file, its program, points, target and options
- ``loading``: the TOML text, and the program that it names
- ``keys``: its keys and values, checked with every fault
- ``model``: its keys, as the model that reads them, and its JSON Schema
- ``parameters``: the sweep over its parameters and points
- ``value_tables``: the tables that make the values of a parameter
- ``observables``: the observable that an estimate measures
- ``numbers``: numbers written as texts, such as "2*pi"
- ``checks``: data against models, every fault with its path
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

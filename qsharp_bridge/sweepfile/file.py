"""Sweep files: a whole run in TOML, read and checked, as what ``run_sweep`` takes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import BridgeError, SweepError
from qsharp_bridge.sweeps.shots import whole_number

from .keys import checked, raise_faults
from .loading import load_program, read_toml
from .model import KEYS, OF_LOCAL_SIMULATOR, RUN_OPTIONS
from .observables import OF_ESTIMATES, SHOTS_BY, estimate_faults
from .parameters import points_of, sweep_of
from .value_tables import check_number
from .workspaces import LOCAL, LOCAL_SIMULATOR, local_data, open_target

if TYPE_CHECKING:
    from qsharp_bridge.paulis import PauliSum
    from qsharp_bridge.programs import Operation, Program
    from qsharp_bridge.sweeps.sweep import Sweep
    from qsharp_bridge.syntax.types import QsharpType


def load_sweep_file(path: str | os.PathLike[str]) -> SweepFile:
    """Read a sweep file: a whole run in TOML, as what ``run_sweep`` takes.

    Args:
        path: the file. Paths in it are relative to its folder.

    Returns:
        The operation, the sweep, the target and the options of the run. The program is compiled, and the points are
        made, when they are first asked for.

    Raises:
        SweepError: the file cannot be read, is no TOML, or has a wrong key or value. Where there are several faults
            a SweepFileError, whose ``faults`` has all of them.

    >>> import pathlib, tempfile, qsharp_bridge as qb
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "turn.toml").write_text('''
    ... operation = "Turn"
    ... program.source = "operation Turn(theta : Double) : Result { use q = Qubit(); Rx(theta, q); MResetZ(q) }"
    ... parameters.theta = { linspace = [0, 3, 4] }
    ... shots = 10
    ... ''')
    >>> file = qb.load_sweep_file(folder / "turn.toml")
    >>> with file.open_target() as target:
    ...     results = qb.run_sweep(file.operation, file.sweep, target, **file.options)
    >>> len(results)
    4
    """
    return SweepFile.read(Path(path))


@dataclass(frozen=True)
class SweepFile:
    """A run as a sweep file describes it. Made by :func:`load_sweep_file`.

    Attributes:
        path: the file itself.
        keys: the keys that were given, with paths as ``Path``; docs/cli.md lists them.

    >>> file = SweepFile(Path("runs", "turn.toml"), {"parameters": {"theta": {"linspace": [0, 3, 4]}}, "shots": 10})
    >>> file.folder.name, file.parameters, file.data
    ('runs', {'theta': {'linspace': [0, 3, 4]}}, None)
    >>> file.with_keys({"shots": 20}).options, file.without("shots").options
    ({'shots': 20}, {})
    """

    path: Path
    keys: Mapping[str, Any]
    _replaced_column: str | None = field(
        default=None, repr=False
    )  # had the shots that an option gives instead: it is no parameter

    @classmethod
    def read(cls, path: Path) -> SweepFile:
        """Read a file; see :func:`load_sweep_file`.

        Args:
            path: the TOML file.

        Raises:
            SweepFileError, SweepError: the file is wrong; with every fault.
        """
        keys, faults = checked(read_toml(path), path.parent)
        file = cls(path, keys)
        if faults:  # with what else is wrong; alone it is said when the operation and the points are asked for
            faults += file._later_faults()
        raise_faults(faults, path)
        return file

    def with_keys(self, changes: Mapping[str, Any]) -> SweepFile:
        """Return this run with some keys changed, as options of the command line change them.

        What belongs to another target or workspace than the new one is left out.

        Args:
            changes: checked values of keys.

        Raises:
            SweepError: a key is given that the target does not take.
        """
        keys = {**self.keys, **changes}
        if keys.get("target", LOCAL_SIMULATOR) != LOCAL_SIMULATOR:
            for name in OF_LOCAL_SIMULATOR:
                if name in changes:
                    raise SweepError(f"only {LOCAL_SIMULATOR} takes {name}", path=f"--{name}")
                keys.pop(name, None)
        if changes.get("workspace", LOCAL) != LOCAL and "data" not in changes:
            keys.pop("data", None)
        if chosen := {
            name for name in SHOTS_BY if changes.get(name)
        }:  # an option replaces another way to choose the shots
            keys = {name: value for name, value in keys.items() if name not in SHOTS_BY - chosen}
        for fault in estimate_faults(keys):
            raise fault
        return replace(self, keys=keys, _replaced_column=self._column if "shots" in changes else self._replaced_column)

    def without(self, key: str) -> SweepFile:
        """Return this run without a key.

        Args:
            key: the name of the key, such as ``journal``.
        """
        return replace(self, keys={name: value for name, value in self.keys.items() if name != key})

    @property
    def folder(self) -> Path:
        """Return the folder that the paths in the file are relative to."""
        return self.path.parent

    @property
    def target(self) -> str:
        """Return the name of the target."""
        return str(self.keys.get("target", LOCAL_SIMULATOR))

    @property
    def journal(self) -> Path | None:
        """Return the path of the journal, or None."""
        return self.keys.get("journal")

    @property
    def output(self) -> tuple[Path, ...]:
        """Return the files to write the results to."""
        return tuple(self.keys.get("output", ()))

    @property
    def observable(self) -> PauliSum | Mapping[str, PauliSum] | None:
        """Return the observable, or several by name; None without one. With it the options are those of ``estimate``.

        >>> import pathlib, tempfile, qsharp_bridge as qb
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> _ = (folder / "tilt.toml").write_text('''
        ... operation = "Tilt"
        ... program.source = "operation Tilt(qubits : Qubit[], theta : Double) : Unit { Ry(theta, qubits[0]); }"
        ... parameters.theta = { linspace = [0, 3, 4] }
        ... exact = true
        ... observable = { Z = 0.5 }
        ... ''')
        >>> file = qb.load_sweep_file(folder / "tilt.toml")
        >>> with file.open_target() as target:
        ...     found = qb.estimate(file.operation, file.sweep, file.observable, target, **file.options)
        >>> found.values.round(3).tolist()
        [0.5, 0.27, -0.208, -0.495]
        """
        return self.keys.get("observable")

    @property
    def options(self) -> dict[str, Any]:
        """Return the options of the run, as keywords of ``run_sweep``; only those that the file gives.

        With an observable they are keywords of ``estimate``.

        Raises:
            SweepError: as for ``sweep``, where the shots are in a column.
        """
        found = {name: value for name, value in self.keys.items() if name in RUN_OPTIONS}
        if self._shots_column is not None:
            found["shots"] = list(self._points_and_shots[1])
        found |= {name: self.keys[name] for name in OF_ESTIMATES if name in self.keys}
        return found | ({"shots": None} if self.keys.get("exact") else {})

    @property
    def _shots_column(self) -> str | None:
        shots = self.keys.get("shots")
        return shots if isinstance(shots, str) else None

    @property
    def _column(self) -> str | None:
        return self._shots_column or self._replaced_column

    @property
    def data(self) -> Path | None:
        """Return the folder of the local service: as given, or beside the journal, where a resume finds the jobs."""
        given: Path | None = self.keys.get("data")
        if given is None and self.keys.get("workspace") == LOCAL and self.journal is not None:
            return local_data(self.journal)
        return given

    @contextmanager
    def open_target(self) -> Iterator[Any]:
        """Open the target for the length of a ``with`` block, with the workspace that it belongs to.

        Raises:
            TargetError: the workspace has no such target.
            SweepError: nothing names a workspace, and the target needs one.
            ServiceError: the workspace could not be reached.
        """
        local = {name: self.keys[name] for name in OF_LOCAL_SIMULATOR if name in self.keys}
        with open_target(self.target, self.keys.get("workspace"), data=self.data, **local) as target:
            yield target

    @cached_property
    def operation(self) -> Operation:
        """Return the operation, from its compiled program.

        Raises:
            ProgramError: the program cannot be read or compiled, or has no such operation.
            SweepError: there is no such program.
        """
        return self._program.operation(self.keys["operation"])

    @cached_property
    def _program(self) -> Program:
        given = self.keys["program"]
        if isinstance(given, str):
            return load_program(self.folder / given, f"{self.path}: program")
        if isinstance(given.source, str):
            from qsharp_bridge.programs import Program

            return Program.from_source(given.source, qdk_config=given.qdk_config)
        project = isinstance(given.project, str)
        place = self.folder / str(given.project if project else given.file)
        return load_program(place, f"{self.path}: program", project=project, qdk_config=given.qdk_config)

    @cached_property
    def sweep(self) -> Sweep:
        """Return the points: those of ``points``, each with every combination of ``parameters``, the last fastest.

        A column that only has the shots of the points is left out.

        Raises:
            SweepError: a parameter or a CSV file is wrong; with the place.
            ProgramError: as for ``operation``, whose types say how values are read.
        """
        return self._points_and_shots[0]

    @cached_property
    def _points_and_shots(self) -> tuple[Sweep, tuple[int, ...]]:
        """Return the points, and the shots of each where a column has them."""
        types, column = self._types, self._column
        faults: list[BridgeError] = [*_misplaced(self.parameters, types, self.operation.name, column)]
        sweep, wrong = sweep_of(self.parameters, self.folder, types)
        faults += wrong
        if "points" in self.keys:
            try:
                points = points_of(self.keys["points"], self.folder, types)
                sweep = points * sweep if self.parameters else points
                check_number(len(sweep), "points")
            except BridgeError as error:
                faults.append(SweepError(error.problem, path=error.path, point=error.point, advice=error.advice))
        raise_faults(faults, self.path)
        return (sweep, ()) if column is None else _without_shots(sweep, column, types)

    def _later_faults(self) -> list[BridgeError]:
        """Return what is wrong with the program, the operation and the values of the parameters."""
        types: dict[str, QsharpType] | None = None
        faults: list[BridgeError] = []
        if self.keys.keys() >= {"program", "operation"}:
            try:
                types = self._types
            except BridgeError as error:
                key = "operation" if "_program" in self.__dict__ else "program"
                faults.append(SweepError(error.problem, path=key, advice=error.advice))
            else:
                faults += _misplaced(self.parameters, types, self.operation.name, self._column)
        return faults + sweep_of(self.parameters, self.folder, types)[1]

    @property
    def _types(self) -> dict[str, QsharpType]:
        return {parameter.name: parameter.type for parameter in self.operation.signature.parameters}

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return the table of the parameters."""
        return self.keys.get("parameters", {})  # type: ignore[no-any-return]

    def notes(self) -> list[str]:
        """Return what may be meant otherwise: an array that is one value of a swept operation, in one line each."""
        from qsharp_bridge.syntax.types import ArrayType

        types = self._types
        return [
            f"{name} is one value, an array of {len(value)}, at every point; for one point for each element write "
            f"{name} = {{ values = [...] }}"
            for name, value in self.parameters.items()
            if isinstance(value, list) and isinstance(types.get(name), ArrayType) and not any(map(_nested, value))
        ]


def _without_shots(sweep: Sweep, column: str, known: Mapping[str, Any]) -> tuple[Sweep, tuple[int, ...]]:
    """Take the column with the shots out of a sweep, unless it is a parameter of the operation too.

    Raises:
        SweepError: there is no such column, or it has something else than whole numbers from 1 up.
    """
    from qsharp_bridge.sweeps.grids import regrid
    from qsharp_bridge.sweeps.sweep import Sweep

    if column not in sweep.keys:
        raise SweepError(
            f"there is no column {column!r}{did_you_mean(column, sweep.keys)}",
            path="shots",
            advice="give a number, an array of numbers, or the name of a column of points or parameters",
        )
    shots = []
    for index, point in enumerate(sweep):
        try:
            shots.append(whole_number(column, point[column]))
        except SweepError as error:
            raise SweepError(error.problem, path="shots", point=index) from None
    if column not in known:
        points = [{name: value for name, value in point.items() if name != column} for point in sweep]
        sweep = regrid(Sweep.points(points))
    return sweep, tuple(shots)


def _misplaced(
    parameters: Mapping[str, Any], known: Mapping[str, Any], operation: str, column: str | None
) -> list[SweepError]:
    faults = []
    for name in parameters:
        if name in known or name == column:
            continue
        advice = None
        if name in KEYS:  # TOML puts all that follows a [table] into it
            advice = f"if the key {name} of the file is meant, put it above [parameters]"
        guess = "" if advice else did_you_mean(name, known)
        faults.append(SweepError(f"{operation} has no such parameter{guess}", path=f"parameters.{name}", advice=advice))
    return faults


def _nested(value: Any) -> bool:
    return isinstance(value, (list, Mapping))

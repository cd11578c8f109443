"""A sweep file: a whole run in TOML, read and checked, as the arguments of ``run_sweep``."""

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

from .checks import as_fault
from .keys import check_keys_of_file, raise_faults
from .loading import load_program, read_toml
from .model import KEYS, OF_LOCAL_SIMULATOR, RUN_OPTIONS
from .observables import OF_ESTIMATES, SHOTS_BY, estimate_faults
from .parameters import points_of, sweep_of
from .value_tables import check_point_count
from .workspaces import LOCAL, LOCAL_SIMULATOR, local_data, open_target

if TYPE_CHECKING:
    from qsharp_bridge.paulis import PauliSum
    from qsharp_bridge.programs import Operation, Program
    from qsharp_bridge.sweeps.sweep import Sweep
    from qsharp_bridge.syntax.types import QsharpType


def load_sweep_file(path: str | os.PathLike[str]) -> SweepFile:
    """Read a sweep file: a whole run in TOML, as the arguments of ``run_sweep``.

    Args:
        path: the file. Paths in it are relative to its folder.

    Returns:
        The operation, the sweep, the target and the options of the run. The program is compiled and the points are
        made on first use.

    Raises:
        SweepError: the file cannot be read, is not TOML, or has a wrong key or value. With several faults it is a
            SweepFileError, whose ``faults`` has all of them.

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
    place = Path(path)
    keys, faults = check_keys_of_file(read_toml(place), place.parent)
    file = SweepFile(place, keys)
    if faults:  # report the faults of program and parameters too; without others they are raised on first use
        faults += file._later_faults()
    raise_faults(faults, place)
    return file


@dataclass(frozen=True)
class SweepFile:
    """A run that a sweep file describes. Made by :func:`load_sweep_file`.

    Attributes:
        path: the path of the file.
        keys: the checked keys of the file, with paths as ``Path``; docs/cli.md lists them.

    >>> file = SweepFile(Path("runs", "turn.toml"), {"parameters": {"theta": {"linspace": [0, 3, 4]}}, "shots": 10})
    >>> file.folder.name, file.parameters, file.data
    ('runs', {'theta': {'linspace': [0, 3, 4]}}, None)
    >>> file.with_keys({"shots": 20}).options, file.without("shots").options
    ({'shots': 20}, {})
    """

    path: Path
    keys: Mapping[str, Any]
    _replaced_column: str | None = field(default=None, repr=False)
    """The column of the shots that an option has replaced. It is not a parameter of the operation."""

    def with_keys(self, changes: Mapping[str, Any]) -> SweepFile:
        """Return this run with some keys changed, as options of the command line change them.

        Keys that only the old target or workspace takes are left out.

        Args:
            changes: checked values of keys.

        Raises:
            SweepError: the target does not take one of the keys.
        """
        keys = {**self.keys, **changes}
        if keys.get("target", LOCAL_SIMULATOR) != LOCAL_SIMULATOR:
            for name in OF_LOCAL_SIMULATOR:
                if name in changes:
                    raise SweepError(f"only {LOCAL_SIMULATOR} takes {name}", path=f"--{name}")
                keys.pop(name, None)
        if changes.get("workspace", LOCAL) != LOCAL and "data" not in changes:
            keys.pop("data", None)
        chosen = {name for name in SHOTS_BY if changes.get(name)}
        if chosen:  # the option replaces the other ways to choose the shots
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
        """The folder that the paths in the file are relative to."""
        return self.path.parent

    @property
    def target(self) -> str:
        """The name of the target."""
        return str(self.keys.get("target", LOCAL_SIMULATOR))

    @property
    def journal(self) -> Path | None:
        """The path of the journal, or None."""
        return self.keys.get("journal")

    @property
    def output(self) -> tuple[Path, ...]:
        """The files to write the results to."""
        return tuple(self.keys.get("output", ()))

    @property
    def observable(self) -> PauliSum | Mapping[str, PauliSum] | None:
        """The observable, or several by name; None without one. With it the options are those of ``estimate``.

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
        """The given options, as keyword arguments of ``run_sweep``; with an observable, of ``estimate``.

        Raises:
            SweepError: as for ``sweep``, if a column has the shots.
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
        """The folder of the local service: the given one, or one beside the journal, where a resume finds the jobs."""
        given: Path | None = self.keys.get("data")
        if given is None and self.keys.get("workspace") == LOCAL and self.journal is not None:
            return local_data(self.journal)
        return given

    @contextmanager
    def open_target(self) -> Iterator[Any]:
        """Open the target and its workspace for the length of a ``with`` block.

        Raises:
            TargetError: the workspace has no such target.
            SweepError: the target needs a workspace, and none is named.
            ServiceError: the workspace could not be reached.
        """
        local = {name: self.keys[name] for name in OF_LOCAL_SIMULATOR if name in self.keys}
        with open_target(self.target, self.keys.get("workspace"), data=self.data, **local) as target:
            yield target

    @cached_property
    def operation(self) -> Operation:
        """The operation, from its compiled program.

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
        """The points: those of ``points``, each with every combination of ``parameters``; the last varies fastest.

        A column that only has the shots of the points is left out.

        Raises:
            SweepError: a parameter or a CSV file is wrong.
            ProgramError: as for ``operation``, whose parameter types determine how values are read.
        """
        return self._points_and_shots[0]

    @cached_property
    def _points_and_shots(self) -> tuple[Sweep, tuple[int, ...]]:
        """The points, and the shots of each if a column has them."""
        types, column = self._types, self._column
        faults: list[BridgeError] = [*_misplaced(self.parameters, types, self.operation.name, column)]
        sweep, wrong = sweep_of(self.parameters, self.folder, types)
        faults += wrong
        if "points" in self.keys:
            try:
                points = points_of(self.keys["points"], self.folder, types)
                sweep = points * sweep if self.parameters else points
                check_point_count(len(sweep), "points")
            except BridgeError as error:
                faults.append(as_fault(error))
        raise_faults(faults, self.path)
        return (sweep, ()) if column is None else _without_shots(sweep, column, types)

    def _later_faults(self) -> list[BridgeError]:
        """Return the faults of the program, the operation and the values of the parameters."""
        types: dict[str, QsharpType] | None = None
        faults: list[BridgeError] = []
        if self.keys.keys() >= {"program", "operation"}:
            try:
                types = self._types
            except BridgeError as error:
                key = "operation" if "_program" in self.__dict__ else "program"
                faults.append(as_fault(error, key))
            else:
                faults += _misplaced(self.parameters, types, self.operation.name, self._column)
        return faults + sweep_of(self.parameters, self.folder, types)[1]

    @property
    def _types(self) -> dict[str, QsharpType]:
        return {parameter.name: parameter.type for parameter in self.operation.signature.parameters}

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The table of the parameters."""
        return self.keys.get("parameters", {})  # type: ignore[no-any-return]

    def notes(self) -> list[str]:
        """Return a note about each array that is one value at every point, and was perhaps meant as several values."""
        from qsharp_bridge.syntax.types import ArrayType

        types = self._types
        return [
            f"{name} is one value, an array of {len(value)}, at every point; for one point for each element write "
            f"{name} = {{ values = [...] }}"
            for name, value in self.parameters.items()
            if isinstance(value, list) and isinstance(types.get(name), ArrayType) and not any(map(_nested, value))
        ]


def _without_shots(sweep: Sweep, column: str, known: Mapping[str, Any]) -> tuple[Sweep, tuple[int, ...]]:
    """Take the column with the shots out of a sweep, unless it is also a parameter of the operation.

    Raises:
        SweepError: there is no such column, or a value in it is not a whole number from 1.
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
    """Return a fault for each entry of ``[parameters]`` that is not a parameter of the operation."""
    faults = []
    for name in parameters:
        if name in known or name == column:
            continue
        advice = None
        if name in KEYS:  # in TOML a key below [parameters] belongs to that table
            advice = f"if the key {name} of the file is meant, put it above [parameters]"
        guess = "" if advice else did_you_mean(name, known)
        faults.append(SweepError(f"{operation} has no such parameter{guess}", path=f"parameters.{name}", advice=advice))
    return faults


def _nested(value: Any) -> bool:
    return isinstance(value, (list, Mapping))

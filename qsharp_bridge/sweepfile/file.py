"""Sweep files: a whole run in TOML, read and checked, as what ``run_sweep`` takes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import BridgeError, SimulationError, SweepError, SweepFileError
from qsharp_bridge.sweeps.shots import whole_number

from .checks import check_keys, convert, convert_table, keys_of
from .model import KEYS, NEEDED, OF_LOCAL_SIMULATOR, PATHS, RUN_OPTIONS, ProgramTable
from .observables import OF_ESTIMATES, SHOTS_BY, estimate_faults, observable_of
from .parameters import check_number, points_of, sweep_of
from .workspaces import LOCAL, LOCAL_SIMULATOR, local_data, open_target

if TYPE_CHECKING:
    from qsharp_bridge.paulis import PauliSum
    from qsharp_bridge.programs import Operation, Program
    from qsharp_bridge.sweeps.sweep import Sweep

_DEEP_KEY = re.compile(r"""^[ \t]*(?:(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){100}""", re.MULTILINE)
"""A dotted key of more than 100 parts."""

_EXAMPLES = {
    "program": 'program = "file.qs", or a folder with a qsharp.json',
    "operation": 'operation = "Name", the operation of the program to run',
}


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

    >>> import pathlib, tempfile, qsharp_bridge as qb
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "turn.toml").write_text('''
    ... operation = "Turn"
    ... program.source = "operation Turn(theta : Double) : Result { use q = Qubit(); Rx(theta, q); MResetZ(q) }"
    ... parameters.theta = { linspace = [0, 3, 4] }
    ... shots = 10
    ... ''')
    >>> file = qb.load_sweep_file(folder / "turn.toml")
    >>> file.folder == folder, file.parameters, file.data, file.notes()
    (True, {'theta': {'linspace': [0, 3, 4]}}, None, [])
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
        return cls(path, checked(_load(path), path))

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
        given = self.keys["program"]
        if isinstance(given, str):
            program = load_program(self.folder / given, f"{self.path}: program")
        elif isinstance(given.source, str):
            from qsharp_bridge.programs import Program

            program = Program.from_source(given.source, qdk_config=given.qdk_config)
        else:
            project = isinstance(given.project, str)
            place = self.folder / str(given.project if project else given.file)
            program = load_program(place, f"{self.path}: program", project=project, qdk_config=given.qdk_config)
        return program.operation(self.keys["operation"])

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
        types = {parameter.name: parameter.type for parameter in self.operation.signature.parameters}
        column = self._column
        faults = _misplaced(self.parameters, types, self.operation.name, column)
        sweep, wrong = sweep_of(self.parameters, self.folder, types)
        faults += wrong
        if "points" in self.keys:
            try:
                points = points_of(self.keys["points"], self.folder, types)
                sweep = points * sweep if self.parameters else points
                check_number(len(sweep), "points")
            except BridgeError as error:
                faults.append(SweepError(error.problem, path=error.path, point=error.point, advice=error.advice))
        _raise(faults, self.path)
        return (sweep, ()) if column is None else _without_shots(sweep, column, types)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return the table of the parameters."""
        return self.keys.get("parameters", {})  # type: ignore[no-any-return]

    def notes(self) -> list[str]:
        """Return what may be meant otherwise: an array that is one value of a swept operation, in one line each."""
        from qsharp_bridge.syntax.types import ArrayType

        types = {parameter.name: parameter.type for parameter in self.operation.signature.parameters}
        return [
            f"{name} is one value, an array of {len(value)}, at every point; for one point for each element write "
            f"{name} = {{ values = [...] }}"
            for name, value in self.parameters.items()
            if isinstance(value, list) and isinstance(types.get(name), ArrayType) and not any(map(_nested, value))
        ]


def checked(data: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return the keys of a sweep file, each checked.

    Raises:
        SweepError: a key is wrong; SweepFileError: several are.
    """
    advice = f"the keys are {', '.join(KEYS)}; what the operation takes goes under [parameters]"
    faults: list[BridgeError] = [*check_keys(data, KEYS, "", advice=advice)]
    for key in NEEDED:
        if key not in data:
            faults.append(SweepError(f"the key {key!r} is missing", advice=f"add {_EXAMPLES[key]}"))
    values: dict[str, Any] = {}
    for key in KEYS:
        if key in data:
            try:
                values[key] = check_key(key, data[key], key, path.parent)
            except SweepFileError as error:
                faults += error.faults
            except SweepError as error:
                faults.append(error)
    if "observable" in values or "observable" not in data:
        faults += estimate_faults(values)
    target = values.get("target", LOCAL_SIMULATOR)
    if target != LOCAL_SIMULATOR:
        given = (key for key in OF_LOCAL_SIMULATOR if key in values)
        faults += [SweepError(f"only {LOCAL_SIMULATOR} takes {key}", path=key) for key in given]
    if faults and "parameters" in values:  # with what else is wrong; alone it is said with the types
        faults += sweep_of(values["parameters"], path.parent)[1]
    _raise(faults, path)
    return values


def check_key(key: str, value: Any, where: str, folder: Path) -> Any:
    """Return the checked value of a key, paths relative to a folder.

    Args:
        key: one of ``KEYS``.
        value: as TOML or the command line has it.
        where: what an error calls it.
        folder: what a path is relative to.

    Raises:
        SweepError: the value does not fit.
    """
    if key == "workspace" and isinstance(value, str) and value.lower().startswith("subscriptionid="):
        raise SweepError(  # never with the value: it holds a key
            "a connection string holds a key, and does not belong in a file",
            path=where,
            advice="set AZURE_QUANTUM_CONNECTION_STRING and leave workspace out",
        )
    if isinstance(value, str) and (not value.strip() or "\0" in value):
        raise SweepError(f"expected a string, found {value!r}", path=where)
    if key == "program" and isinstance(value, Mapping):
        for fault in check_keys(value, keys_of(ProgramTable), where, advice="give one of file, project and source"):
            raise fault
        found: Any = convert_table(value, ProgramTable, where)
        if found.count() != 1:
            raise SweepError("expected one of file, project and source", path=where)
        return found
    found = convert(value, KEYS[key], where)
    if key == "observable":
        found, faults = observable_of(value, where)
        if faults:
            raise faults[0] if len(faults) == 1 else SweepFileError(faults, path=where)
    if key == "noise":
        _check_noise(found, where)
    if key == "output":
        return [folder / each for each in (found if isinstance(found, list) else [found])]
    return folder / found if key in PATHS else found


def load_program(
    path: Path, where: str, *, project: bool | None = None, qdk_config: Mapping[str, Any] | None = None
) -> Program:
    """Return the program of a ``.qs`` file, or of a folder with a ``qsharp.json`` (which may itself be named).

    Args:
        path: the file or folder.
        where: what an error calls it.
        project: whether it is a project; None: where it is a folder.
        qdk_config: values for ``Std.Core.ConfigValue``, by name.

    Raises:
        SweepError: there is no such file, or it is no Q# file. What is in it is never shown: a sweep file from
            elsewhere may name any file.
        SourceError: it cannot be read, or does not compile.
    """
    from qsharp_bridge.programs import Program

    if path.name == "qsharp.json":
        path, project = path.parent, True
    if not path.exists():
        raise SweepError(f"there is no {path}", path=where)
    if path.is_dir() if project is None else project:
        for source in path.glob("src/**/*.qs"):
            _check_suffix(source, where)
        return Program.from_project(path, qdk_config=qdk_config)
    _check_suffix(path, where)
    return Program.from_file(path, qdk_config=qdk_config)


def _check_suffix(path: Path, where: str) -> None:
    if path.resolve().suffix != ".qs":  # also where a link leads
        raise SweepError(f"{path} is no Q# file", path=where, advice="name a file that ends with .qs")


def _load(path: Path) -> Mapping[str, Any]:
    import tomllib  # 50 ms that help does not need

    try:
        text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark
        if _DEEP_KEY.search(text):  # tomllib takes quadratic time: 10,000 parts take 1.4 s
            raise SweepError("not TOML: nested too deep", path=str(path))
        return tomllib.loads(text)
    except OSError as error:
        raise SweepError(f"cannot read {path}: {error.strerror}") from None
    except RecursionError:
        raise SweepError("not TOML: nested too deep", path=str(path)) from None
    except ValueError as error:
        advice = None
        if path.suffix == ".qs":
            advice = "this is a Q# program: give a sweep file, with the program under its key 'program'"
        raise SweepError(f"not TOML: {error}", path=str(path), advice=advice) from None


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


def _check_noise(noise: Mapping[str, Any], where: str) -> None:
    from qsharp_bridge.simulators.noise import noise_model

    try:
        noise_model(noise)
    except SimulationError as error:
        raise SweepError(error.problem.removeprefix("noise: "), path=where, advice=error.advice) from None


def _raise(faults: Sequence[BridgeError], path: Path) -> None:
    if len(faults) == 1:
        place = f"{path}: {faults[0].path}" if faults[0].path else str(path)
        raise SweepError(faults[0].problem, path=place, point=faults[0].point, advice=faults[0].advice)
    if faults:
        raise SweepFileError(faults, path=str(path))


def _nested(value: Any) -> bool:
    return isinstance(value, (list, Mapping))

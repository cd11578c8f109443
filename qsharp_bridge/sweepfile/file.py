"""Sweep files: a whole run in TOML. ``schema.json`` is the same as a JSON Schema, for editors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qsharp_bridge._suggest import did_you_mean
from qsharp_bridge.errors import BridgeError, SimulationError, SweepError

if TYPE_CHECKING:
    from qsharp_bridge.programs import Operation, Program
    from qsharp_bridge.sweeps.sweep import Sweep

PROGRAM_KINDS = ("file", "project", "source")
OF_LOCAL_SIMULATOR = ("noise", "seed", "workers")
"""The keys that only the simulator on this machine has a use for."""


@dataclass(frozen=True)
class SweepFile:
    """A run, as a sweep file tells it. Paths are relative to the folder of the file.

    Attributes:
        path: the file itself.
        program: one of ``file``, ``project`` and ``source``, to its value.
        operation: its name in the program.
        parameters: name to a value, or to a table that says how to make the values; see :mod:`.axes`.
        points: the path of a CSV file, or a list of tables; combined with ``parameters`` where both are given.
        target: a target of the workspace, or ``local.simulator``.
        workspace: ``local``, the address of an emulator, a resource id or a name; None: what the environment names.
        data: the folder of the local service; None: beside the journal, or in memory without one.
        noise, seed: of ``local.simulator``.
        workers: processes that simulate for ``local.simulator``; None: this one alone.
        output: files to write the results to: .json, .csv, .parquet, .png, .svg, .pdf.

    The others are those of :func:`qsharp_bridge.run_sweep`.
    """

    path: Path
    program: Mapping[str, str]
    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    points: str | list[Mapping[str, Any]] | None = None
    target: str = "local.simulator"
    workspace: str | None = None
    data: Path | None = None
    shots: int = 100
    profile: str | None = None
    failure_policy: str = "continue"
    max_failures: int | None = None
    budget: float | None = None
    journal: Path | None = None
    session_name: str | None = None
    max_in_flight: int = 16
    link_sessions: bool = True
    timeout: float | None = None
    on_interrupt: str = "ask"
    noise: Mapping[str, Any] | None = None
    seed: int | None = None
    workers: int | None = None
    output: tuple[Path, ...] = ()

    @classmethod
    def read(cls, path: str | Path) -> SweepFile:
        """The sweep file at ``path``.

        Raises:
            SweepError: it cannot be read, is no TOML, or has a wrong key or value; with the place.
        """
        import tomllib  # 50 ms that help does not need

        path = Path(path)
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # some editors begin a file with a mark
        except OSError as error:
            raise SweepError(f"cannot read {path}: {error.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            advice = None
            if path.suffix == ".qs":
                advice = "this is a Q# program: give a sweep file, with the program under its key 'program'"
            raise SweepError(f"not TOML: {error}", path=str(path), advice=advice) from None
        try:
            return cls._checked(path, data)
        except BridgeError as error:
            raise _in(path, error) from None

    @classmethod
    def _checked(cls, path: Path, data: Mapping[str, Any]) -> SweepFile:
        for key in data:
            if key not in KEYS:
                raise SweepError(f"unknown key {key!r}{did_you_mean(key, KEYS)}", advice=_near_parameters(key, data))
        for key in _NEEDED:
            if key not in data:
                raise SweepError(f"the key {key!r} is missing", advice=f"add {_NEEDED[key]}")
        values = {key: KEYS[key](value, key, path.parent) for key, value in data.items()}
        for key in OF_LOCAL_SIMULATOR:
            if key in values and values.get("target", cls.target) != cls.target:
                raise SweepError(f"only {cls.target} takes {key}", path=key)
        return cls(path, **values)

    @property
    def folder(self) -> Path:
        """What the paths in the file are relative to."""
        return self.path.parent

    def load_operation(self) -> Operation:
        """The operation, from its compiled program.

        Raises:
            ProgramError: the program cannot be read or compiled, or has no such operation.
            SweepError: a key of the file stands among the parameters.
        """
        ((kind, what),) = self.program.items()
        if kind == "source":
            from qsharp_bridge.programs import Program

            operation = Program.from_source(what).operation(self.operation)
        else:
            if not (self.folder / what).exists():
                raise _in(self.path, SweepError(f"there is no {self.folder / what}", path="program"))
            operation = load_program(self.folder / what, project=kind == "project").operation(self.operation)
        known = {parameter.name for parameter in operation.signature.parameters}
        for name in self.parameters:
            if name in KEYS and name not in known:  # TOML puts all that follows a [table] into it
                problem = SweepError(f"{operation.name} has no such parameter", path=f"parameters.{name}")
                problem.advice = f"if the key {name} of the file is meant, put it above [parameters]"
                raise _in(self.path, problem)
        return operation

    def sweep(self) -> Sweep:
        """The points: those of ``points``, each with every combination of ``parameters``, the last varying fastest.

        Raises:
            SweepError: a parameter or a CSV file is wrong; with the place.
        """
        from .parameters import points_of, sweep_of

        try:
            if self.points is None:
                return sweep_of(self.parameters, self.folder)
            points = points_of(self.points, self.folder)
            return points * sweep_of(self.parameters, self.folder) if self.parameters else points
        except BridgeError as error:
            raise _in(self.path, error) from None


_NEEDED = {
    "program": 'program = "file.qs", or a folder with a qsharp.json',
    "operation": 'operation = "Name", the operation of the program to run',
}


def _in(path: Path, error: BridgeError) -> BridgeError:
    error.path = f"{path}: {error.path}" if error.path else str(path)
    return error


def load_program(path: Path, *, project: bool | None = None) -> Program:
    """The program of a ``.qs`` file, or of a folder with a ``qsharp.json`` (which may itself be named).

    Raises:
        SourceError: it cannot be read, or does not compile.
    """
    from qsharp_bridge.programs import Program

    if path.name == "qsharp.json":
        path, project = path.parent, True
    if path.is_dir() if project is None else project:
        return Program.from_project(path)
    return Program.from_file(path)


# --- what each key may hold: (value, key, folder) -> value, or a SweepError with the place

Check = Callable[[Any, str, Path], Any]


def _text(value: Any, key: str, folder: Path) -> str:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise SweepError(f"expected a string, found {value!r}", path=key)
    return value


def _path(value: Any, key: str, folder: Path) -> Path:
    return folder / _text(value, key, folder)


def _number(value: Any, key: str, folder: Path) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
        raise SweepError(f"expected a number from 0, found {value!r}", path=key)
    return float(value)


def _whole(least: int) -> Check:
    def check(value: Any, key: str, folder: Path) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise SweepError(f"expected a whole number from {least}, found {value!r}", path=key)
        return value

    return check


def _boolean(value: Any, key: str, folder: Path) -> bool:
    if not isinstance(value, bool):
        raise SweepError(f"expected true or false, found {value!r}", path=key)
    return value


def _one_of(*known: str) -> Check:
    def check(value: Any, key: str, folder: Path) -> str:
        if value not in known:
            raise SweepError(f"unknown {key} {value!r}{did_you_mean(str(value), known)}", path=key, advice=_list(known))
        return str(value)

    return check


def _program(value: Any, key: str, folder: Path) -> Mapping[str, str]:
    if isinstance(value, str):
        _text(value, key, folder)
        place = folder / value
        return {"project" if place.is_dir() or place.name == "qsharp.json" else "file": value}
    if not isinstance(value, Mapping):
        raise SweepError("expected a path, or a table with file, project or source", path=key)
    for kind, what in value.items():
        if kind not in PROGRAM_KINDS:
            raise SweepError(f"unknown key {kind!r}{did_you_mean(kind, PROGRAM_KINDS)}", path=key)
        _text(what, f"{key}.{kind}", folder)
    if len(value) != 1:
        raise SweepError("expected one of file, project and source", path=key)
    return value


def _table(value: Any, key: str, folder: Path) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise SweepError(f"expected a table, found {value!r}", path=key)
    return value


def _noise(value: Any, key: str, folder: Path) -> Mapping[str, Any]:
    from qsharp_bridge.simulators.noise import noise_model

    noise = _table(value, key, folder)
    try:
        noise_model(noise)
    except SimulationError as error:
        raise SweepError(error.problem.removeprefix("noise: "), path=key, advice=error.advice) from None
    return noise


def _points(value: Any, key: str, folder: Path) -> Any:
    if isinstance(value, str) and value:
        return value
    if not isinstance(value, list) or not value or not all(isinstance(point, Mapping) for point in value):
        raise SweepError("expected the path of a CSV file, or an array of tables", path=key)
    return value


def _workspace(value: Any, key: str, folder: Path) -> str:
    text = _text(value, key, folder)
    if text.lower().startswith("subscriptionid="):
        raise SweepError(
            "a connection string holds a key, and does not belong into a file",
            path=key,
            advice="set AZURE_QUANTUM_CONNECTION_STRING and leave workspace out",
        )
    return text


def _output(value: Any, key: str, folder: Path) -> tuple[Path, ...]:
    paths = value if isinstance(value, list) else [value]
    return tuple(_path(path, key, folder) for path in paths)


WORDS = {
    "profile": ("Base", "Adaptive_RI", "Adaptive_RIF", "Adaptive"),
    "failure_policy": ("continue", "abort"),
    "on_interrupt": ("ask", "leave", "cancel"),
}
"""The keys that have one of a few words, with these."""

KEYS: dict[str, Check] = {
    "program": _program,
    "operation": _text,
    "parameters": _table,
    "points": _points,
    "target": _text,
    "workspace": _workspace,
    "data": _path,
    "shots": _whole(1),
    "profile": _one_of(*WORDS["profile"]),
    "failure_policy": _one_of(*WORDS["failure_policy"]),
    "max_failures": _whole(1),
    "budget": _number,
    "journal": _path,
    "session_name": _text,
    "max_in_flight": _whole(1),
    "link_sessions": _boolean,
    "timeout": _number,
    "on_interrupt": _one_of(*WORDS["on_interrupt"]),
    "noise": _noise,
    "seed": _whole(0),
    "workers": _whole(1),
    "output": _output,
}
"""The keys of a sweep file, with what checks their values."""


def _list(known: tuple[str, ...]) -> str:
    return f"it is one of {', '.join(known)}"


def _near_parameters(key: str, data: Mapping[str, Any]) -> str | None:
    if did_you_mean(key, KEYS):
        return None
    return f"the keys are {', '.join(KEYS)}; what the operation takes goes under [parameters]"

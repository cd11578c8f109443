"""The keys of a sweep file with their types: one model for the checks, the JSON Schema and the command line."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, UnsetType

from qsharp_bridge.runner.options import OPTIONS, Option

from .observables import OF_ESTIMATES
from .observables import SCHEMA as OBSERVABLE
from .value_tables import KINDS

_VISIBLE = r"^[^\0]*[^\s\0][^\0]*$"
"""A text with at least one visible character and without NUL.

Only for the schema: a ``Meta(pattern=...)`` beside an array in a union crashes msgspec up to 0.22.0 (its issue 717).
"""

Text = Annotated[str, Meta(min_length=1, extra_json_schema={"pattern": _VISIBLE})]
Count = Annotated[int, Meta(ge=1)]
Amount = Annotated[float, Meta(ge=0)]
Positive = Annotated[float, Meta(gt=0)]


class ProgramTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A program, by exactly one of file, project and source."""

    file: Annotated[Text, Meta(description="A .qs file.")] | UnsetType = UNSET
    project: Annotated[Text, Meta(description="A folder with a qsharp.json.")] | UnsetType = UNSET
    source: Annotated[Text, Meta(description="Q# source text.")] | UnsetType = UNSET
    qdk_config: Annotated[
        dict[str, bool | int | float | str],
        Meta(description="Values for the program's Std.Core.ConfigValue, by name."),
    ] = {}  # msgspec copies the default for each table

    def count(self) -> int:
        """Return how many of file, project and source are given."""
        return sum(isinstance(each, str) for each in (self.file, self.project, self.source))


def _option_type(option: Option) -> Any:
    """Return the type of an option of a run, with its description and default."""
    names = get_args(option.type) or (option.type,)
    description = f"{option.help[0].upper()}{option.help[1:]}."
    if option.name == "input_params":
        return Annotated[dict[str, Any], Meta(description=description)]
    if option.name == "tags":
        return Annotated[list[Text], Meta(description=description)]
    base = next((each for each in (bool, int, float) if each in names), str)
    kind: Any = {bool: bool, int: Count, float: Amount, str: Text}[base]
    extra = None
    if option.words:
        kind = Literal[option.words] if base is str else kind | Literal[option.words]
        if base is not str:
            extra = {"expected": f"a whole number from 1, or {' or '.join(map(repr, option.words))}"}
    default = {} if option.default is None else {"default": option.default}
    return Annotated[kind, Meta(description=description, extra=extra, extra_json_schema=default)]


RUN_OPTIONS: dict[str, Option] = {name: option for name, option in OPTIONS.items() if option.file}
"""The keys that are options of ``run_sweep``."""

KEYS: dict[str, Any] = {
    "program": Annotated[
        Text | ProgramTable,
        Meta(
            description="The Q# program: the path of a .qs file or of a project's folder, or a table with one of "
            "file, project and source, and qdk_config: values for Std.Core.ConfigValue.",
            extra={"expected": "a path, or a table with file, project or source"},
        ),
    ],
    "operation": Annotated[Text, Meta(description="The operation, by its name in the program.")],
    "parameters": Annotated[
        dict[str, Any],
        Meta(
            description="The parameters of the operation. The points are every combination of their values; the "
            "parameter named last varies fastest.",
            extra_json_schema={
                "additionalProperties": {"$ref": "#/$defs/parameter"},
                "propertyNames": {"pattern": r"^[^\W\d]\w*$"},
            },
        ),
    ],
    "points": Annotated[
        Annotated[str, Meta(min_length=1, extra_json_schema={"pattern": r"\.[cC][sS][vV]$"})]
        | Annotated[list[dict[str, Any]], Meta(min_length=1)],
        Meta(
            description="Points written out: the path of a CSV file, or an array of tables. Each is combined with "
            "every combination of parameters.",
            extra={"expected": "the path of a CSV file, or an array of tables"},
        ),
    ],
    "target": Annotated[
        Text,
        Meta(
            description="A target of the workspace such as ionq.simulator, or local.simulator, which needs none.",
            extra_json_schema={"default": "local.simulator"},
        ),
    ],
    "workspace": Annotated[
        str,
        Meta(
            description="local, the address of an emulator, a resource id or a workspace's name; by default the "
            "workspace that the environment names. Not a connection string, which holds a key.",
            extra_json_schema={"pattern": r"^(?![Ss][Uu][Bb][Ss][Cc][Rr][Ii][Pp][Tt][Ii][Oo][Nn][Ii][Dd]=)\s*\S"},
        ),
    ],
    "data": Annotated[
        Text,
        Meta(description="The folder of the local service; by default beside the journal, or in memory without one."),
    ],
    **{name: _option_type(option) for name, option in RUN_OPTIONS.items()},
    "shots": Annotated[
        Count | list[Count] | Text,
        Meta(
            description="Shots for each point: a number, an array with one for each point, or the name of a column of "
            "points or parameters that has them.",
            extra={"expected": "a whole number from 1, an array of them, or a column"},
            extra_json_schema={"default": OPTIONS["shots"].default},
        ),
    ],
    "observable": Annotated[
        Text | dict[str, Any],
        Meta(
            description='The observable that `estimate` measures: a text such as "0.5 Z0 + 0.25 X0 X1", a table of '
            "Pauli strings to coefficients (the first letter is qubit 0), a table with text and qubits, or a table of "
            "names to these. Its operation takes a Qubit[] and returns Unit, or a Pauli[] and returns Result[].",
            extra={"expected": "a text, or a table of Pauli strings to numbers"},
            extra_json_schema={"$ref": "#/$defs/observable"},
        ),
    ],
    "precision": Annotated[
        Positive,
        Meta(description="The standard error that every value of the observable has to reach, instead of shots."),
    ],
    "max_shots": Annotated[
        Count,
        Meta(description="With precision, the most shots of a point.", extra_json_schema={"default": 1_000_000}),
    ],
    "exact": Annotated[
        bool,
        Meta(
            description="Compute probabilities, or the values of the observable, from the state vector of "
            "local.simulator, not by shots.",
            extra_json_schema={"default": False},
        ),
    ],
    "allocation": Annotated[
        Literal["weight", "equal"],
        Meta(description="How the shots of a point are shared out among the bases of the observable."),
    ],
    "bases": Annotated[
        Text,
        Meta(
            description="The parameter of the operation that takes the bases of the observable; by default the only "
            "Pauli[]."
        ),
    ],
    "noise": Annotated[
        dict[str, Any],
        Meta(
            description="The noise of local.simulator: channels such as depolarizing, or gates with channels, to "
            "probabilities."
        ),
    ],
    "seed": Annotated[Annotated[int, Meta(ge=0)], Meta(description="The seed of local.simulator.")],
    "workers": Annotated[
        Count, Meta(description="How many processes simulate for local.simulator; by default only that of the run.")
    ],
    "output": Annotated[
        Text | list[Text],
        Meta(
            description="Files to write the results to: .json, .csv, .parquet, .png, .svg or .pdf. Their folders are "
            "made.",
            extra={"expected": "a path, or an array of paths"},
        ),
    ],
}
"""The keys of a sweep file, with their types."""

NEEDED = ("program", "operation")
"""The keys that every file has."""

OF_LOCAL_SIMULATOR = ("noise", "seed", "workers")
"""The keys that only ``local.simulator`` takes."""

PATHS = ("data", "journal", "output")
"""The keys that hold paths, relative to the folder of the file."""


def schema() -> dict[str, Any]:
    """Return the JSON Schema of sweep files."""
    types, parts = msgspec.json.schema_components(list(KEYS.values()), ref_template="#/$defs/{name}")
    parts["ProgramTable"]["oneOf"] = [{"required": [name]} for name in ("file", "project", "source")]
    _, kinds = msgspec.json.schema_components(tuple(KINDS.values()), ref_template="#/$defs/{name}")
    for kind in KINDS.values():
        kinds[kind.__name__]["examples"] = [kind.EXAMPLE]
    properties = dict(zip(KEYS, types, strict=True))
    properties["observable"].pop("anyOf")  # the definition in $defs is more precise
    scalar = {"type": ["string", "number", "boolean", "array"], "description": "One value, at every point."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Sweep file of qsharp-bridge",
        "description": "A parameter sweep of a Q# operation, run with `qsharp-bridge run`. "
        "Paths are relative to the file.",
        "type": "object",
        "required": list(NEEDED),
        "additionalProperties": False,
        "properties": properties,
        "dependentRequired": {key: ["observable"] for key in OF_ESTIMATES},
        "if": {"anyOf": [{"required": [key]} for key in OF_LOCAL_SIMULATOR]},
        "then": {"properties": {"target": {"const": "local.simulator"}}},
        "$defs": {
            **parts,
            "parameter": {
                "description": "A value, or a table that makes the values.",
                "oneOf": [scalar, *({"$ref": f"#/$defs/{kind.__name__}"} for kind in KINDS.values())],
            },
            **kinds,
            "observable": OBSERVABLE,
        },
    }

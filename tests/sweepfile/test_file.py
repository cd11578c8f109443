"""Sweep files: reading, checking, their JSON Schema, and the samples."""

import json
import math
import pickle
import shutil
import tomllib
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import BridgeError, SweepError, SweepFileError
from qsharp_bridge.runner.options import OPTIONS
from qsharp_bridge.sweepfile.file import SweepFile, load_sweep_file
from qsharp_bridge.sweepfile.model import KEYS, RUN_OPTIONS, schema
from qsharp_bridge.sweepfile.parameters import sweep_of
from qsharp_bridge.sweepfile.value_tables import KINDS

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads(resources.files("qsharp_bridge.sweepfile").joinpath("schema.json").read_text())
SAMPLES = sorted((ROOT / "samples" / "sweeps").glob("*.toml"))
BASE = 'program = "turn.qs"\noperation = "Turn"\n'


@pytest.fixture
def read(folder):
    def read(text: str) -> SweepFile:
        (folder / "s.toml").write_text(text)
        return load_sweep_file(folder / "s.toml")

    return read


def test_paths_are_relative_to_the_file(read, folder):
    file = read(BASE + 'journal = "run.journal"\ndata = "d"\noutput = ["a.png", "sub/b.csv"]')
    assert file.journal == folder / "run.journal"
    assert file.data == folder / "d"
    assert file.output == (folder / "a.png", folder / "sub" / "b.csv")
    assert file.operation.name == "Turn"


def test_three_kinds_of_program(read, folder):
    shutil.copytree(ROOT / "qsharp", folder / "project")
    source = (folder / "turn.qs").read_text()
    for text in (
        'program = { file = "turn.qs" }\noperation = "Turn"',
        f'operation = "Turn"\n[program]\nsource = """\n{source}"""',
        'program = { project = "project" }\noperation = "Rabi"',
        'program = "project"\noperation = "Rabi"',
        'program = "project/qsharp.json"\noperation = "Rabi"',
    ):
        assert read(text).operation.name.endswith(("Turn", "Rabi"))


def test_values_of_the_configuration(read, folder):
    (folder / "layers.qs").write_text('operation Layers() : Int { Std.Core.ConfigValue("layers", 1) }')
    config = 'program.qdk_config = { layers = 3, scale = 0.5, flip = true, axis = "y" }\noperation = "Layers"\n'
    text = config + 'program.file = "layers.qs"'
    jsonschema.Draft202012Validator(SCHEMA).validate(tomllib.loads(text))
    found = read(text).operation.sources.qdk_config
    assert found == {"layers": 3, "scale": 0.5, "flip": True, "axis": "y"}
    assert type(found["flip"]) is bool
    assert read(config + 'program.source = "operation Layers() : Int { 1 }"').operation.sources.qdk_config == found
    with pytest.raises(SweepError, match="program: expected one of file, project and source"):
        read(config)


def test_points_and_parameters(read, folder):
    (folder / "p.csv").write_text("theta\n0.5\n1.5\n")
    expected = qb.Sweep.grid(theta=[0.5, 1.5], flip=[False, True])
    flips = "\n[parameters]\nflip = { values = [false, true] }"
    assert read(BASE + 'points = "p.csv"' + flips).sweep == expected
    assert read(BASE + "points = [{ theta = 0.5 }, { theta = 1.5 }]" + flips).sweep == expected


# (text, part of the message); every one of them is against the schema, too.
WRONG = [
    ("", "the key 'program' is missing; add program = \"file.qs\""),
    ('program = "a.qs"', "the key 'operation' is missing; add operation = \"Name\""),
    (BASE + "shot = 3", "unknown key 'shot'; did you mean shots?"),
    (BASE + "theta = 3", "unknown key 'theta'; the keys are program, operation"),
    (BASE + "shots = 0", "shots: expected a whole number from 1, an array of them, or a column, found 0"),
    (
        BASE + "shots = true",
        "shots: expected a whole number from 1, an array of them, or a column, found True",
    ),
    *(
        (f"{BASE}points_per_job = {wrong}", f"points_per_job: expected a whole number from 1, or 'most', found {found}")
        for wrong, found in [("0", "0"), ("-1", "-1"), ("true", "True"), ("2.5", "2.5"), ('"all"', "'all'")]
    ),
    (BASE + "budget = -1", "budget: expected a number from 0, found -1"),
    (BASE + 'profile = "Bas"', "profile: unknown profile 'Bas'; did you mean Base?"),
    (BASE + 'failure_policy = "stop"', "failure_policy: unknown failure_policy 'stop'"),
    (BASE + 'on_interrupt = "leav"', "did you mean leave?"),
    (BASE + "target = 3", "target: expected a string, found 3"),
    (BASE + "parameters = 3", "parameters: expected a table, found 3"),
    (BASE + "points = 3", "points: expected the path of a CSV file, or an array of tables"),
    (BASE + "points = []", "points: expected the path of a CSV file, or an array of tables"),
    (BASE + "seed = -1", "seed: expected a whole number from 0, found -1"),
    (BASE + 'target = "ionq.simulator"\nseed = 1', "seed: only local.simulator takes seed"),
    (BASE + 'target = "ionq.simulator"\nnoise = { loss = 0.1 }', "noise: only local.simulator takes noise"),
    (BASE + 'target = "ionq.simulator"\nworkers = 2', "workers: only local.simulator takes workers"),
    (BASE + "workers = 0", "workers: expected a whole number from 1, found 0"),
    (BASE + 'link_sessions = "no"', "link_sessions: expected true or false, found 'no'"),
    (BASE + 'workspace = "SubscriptionId=1;ApiKey=hush"', "workspace: a connection string holds a key"),
    ('program = 3\noperation = "F"', "program: expected a path, or a table"),
    ('program = ""\noperation = "F"', "program: expected a string, found ''"),
    ('program = {}\noperation = "F"', "program: expected one of file, project and source"),
    ('program = { fil = "a.qs" }\noperation = "F"', "program: unknown key 'fil'; did you mean file?"),
    ('program = { file = "a.qs", source = "" }\noperation = "F"', "program.source: expected a string"),
    ('program = { file = "a.qs", qdk_config = { a = [1] } }\noperation = "F"', "program.qdk_config"),
    ('program = { file = "a.qs", source = "x" }\noperation = "F"', "program: expected one of file, project and source"),
]


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_refuses_with_the_place(read, folder, text, told):
    with pytest.raises(SweepError) as caught:
        read(text)
    message = str(caught.value)
    assert message.startswith(f"{folder / 's.toml'}: ")
    assert told in message
    assert "hush" not in message


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_the_schema_refuses_the_same(text, told):
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(tomllib.loads(text))


@pytest.mark.parametrize(
    ("noise", "told"),
    [
        ("{ depolarising = 0.1 }", "noise: unknown name 'depolarising'; channels are depolarizing"),
        ("{ loss = -1 }", "noise: loss is -1; a probability is from 0 to 1"),
        ('{ loss = "x" }', "noise: loss is 'x'"),
        ("3", "noise: expected a table"),
    ],
)
def test_noise_is_checked_with_the_file(read, noise, told):
    with pytest.raises(SweepError, match=told):
        read(f"{BASE}noise = {noise}")


def test_a_file_from_an_editor_that_marks_utf_8(folder):
    (folder / "s.toml").write_text(BASE + "shots = 7\r\n", encoding="utf-8-sig", newline="")
    assert load_sweep_file(folder / "s.toml").options == {"shots": 7}


def test_a_key_below_the_parameters_is_found_there(refused, folder, read):
    read(BASE + "[parameters]\ntheta = 0.5\nflip = true\nshots = 3")
    for verb in ("run", "plan"):
        assert refused(verb, folder / "s.toml") == (
            f"{folder / 's.toml'}: parameters.shots: Turn has no such parameter; "
            "if the key shots of the file is meant, put it above [parameters]"
        )


def test_the_message_has_the_place_once(read, folder):
    with pytest.raises(SweepError) as caught:
        read(BASE + "shot = 3")
    assert str(caught.value) == f"{folder / 's.toml'}: unknown key 'shot'; did you mean shots?"


def test_all_faults_of_a_file_at_once(read, folder, cli):
    text = (
        'programm = "turn.qs"\noperation = "Turn"\nshots = 0\nbudget = "much"\n[parameters]\ntheta = { linspce = [] }\n'
    )
    with pytest.raises(SweepFileError) as caught:
        read(text)
    assert [str(fault) for fault in caught.value.faults] == [
        "unknown key 'programm'; did you mean program?",
        "the key 'program' is missing; add program = \"file.qs\", or a folder with a qsharp.json",
        "shots: expected a whole number from 1, an array of them, or a column, found 0",
        "budget: expected a number from 0, found 'much'",
        "parameters.theta: unknown key 'linspce'; did you mean linspace?",
    ]
    ended = cli("run", folder / "s.toml")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines() == [
        f"qsharp-bridge run: {folder / 's.toml'}: {fault}" for fault in caught.value.faults
    ]


def test_all_faults_of_the_parameters_at_once(read):
    file = read(BASE + "[parameters]\nflp = true\ntheta = [0.1, 0.2]\nflip = { values = [] }")
    with pytest.raises(SweepFileError) as caught:
        _ = file.sweep
    assert [fault.path for fault in caught.value.faults] == ["parameters.flp", "parameters.theta", "parameters.flip"]
    assert "did you mean flip?" in str(caught.value)
    assert pickle.loads(pickle.dumps(caught.value)).faults[0].path == "parameters.flp"


def test_the_program_is_asked_too_where_a_key_is_wrong(read):
    text = BASE + "shot = 3\n[parameters]\nthetta = { linspace = [0, 1, 3] }\nflip = { linspce = [] }\ntheta = [0.1]"
    with pytest.raises(SweepFileError) as caught:
        read(text)
    faults = [str(fault).partition(";")[0] for fault in caught.value.faults]
    assert faults == [
        "unknown key 'shot'",
        "parameters.thetta: Turn has no such parameter",
        "parameters.flip: unknown key 'linspce'",
        "parameters.theta: theta is of type Double, and this is an array: one value",
    ]
    assert "did you mean theta?" in str(caught.value.faults[1])
    for wrong, place in (('operation = "Trn"', "operation"), ('program = "trn.qs"', "program")):
        key = wrong.partition(" ")[0]
        lines = [wrong if line.startswith(key) else line for line in text.splitlines()]
        with pytest.raises(SweepFileError) as caught:
            read("\n".join(lines))
        assert [fault.path for fault in caught.value.faults] == ["", place, "parameters.flip"]


def test_what_run_sweep_takes(read, folder):
    file = read(
        BASE + 'shots = 7\nseed = 3\nsession_name = "s"\n[parameters]\ntheta = "pi"\nflip = { values = [true, false] }'
    )
    assert file.options == {"shots": 7, "session_name": "s"}
    with file.open_target() as target:
        results = qb.run_sweep(file.operation, file.sweep, target, **file.options)
    assert results.counts == [{"0": 7}, {"1": 7}]
    assert qb.load_sweep_file(folder / "s.toml").sweep == file.sweep
    assert qb.load_sweep_file(str(folder / "s.toml")).target == "local.simulator"


def test_an_array_that_is_one_value_is_noted_in_the_plan(read, folder, cli):
    (folder / "arrays.qs").write_text(
        "operation Turns(angles : Double[]) : Result { use q = Qubit(); for a in angles { Rx(a, q); } MResetZ(q) }"
    )
    read('program = "arrays.qs"\noperation = "Turns"\n[parameters]\nangles = [0.1, 0.2, 0.3]')
    told = cli("plan", folder / "s.toml").out.splitlines()[-1]
    assert told.startswith("note: angles is one value, an array of 3, at every point; for one point for each element")
    read('program = "arrays.qs"\noperation = "Turns"\n[parameters]\nangles = { values = [[0.1], [0.2]] }')
    assert "note: " not in cli("plan", folder / "s.toml").out


SECRET = "root:secret:0:0"


def test_a_file_that_is_no_program_is_never_shown(read, folder, refused):
    """A sweep file from elsewhere may name any file of this machine, also by a link."""
    (folder / "shadow").write_text(SECRET)
    (folder / "link.qs").symlink_to(folder / "shadow")
    (folder / "link.csv").symlink_to(folder / "shadow")
    (folder / "project" / "src").mkdir(parents=True)
    (folder / "project" / "qsharp.json").write_text("{}")
    (folder / "project" / "src" / "Main.qs").symlink_to(folder / "shadow")
    operation = 'operation = "F"\n'
    for text in (
        f'program = "shadow"\n{operation}',
        f'program = "link.qs"\n{operation}',
        f'program = {{ file = "link.qs" }}\n{operation}',
        f'program = "project"\n{operation}',
        f'program = "project/qsharp.json"\n{operation}',
        f'{BASE}points = "link.csv"',
        f'{BASE}[parameters]\ntheta = {{ file = "link.csv" }}',
        f'{BASE}[parameters]\ntheta = {{ file = "shadow" }}',
    ):
        read(text)
        line = refused("run", folder / "s.toml")
        assert "secret" not in line
        assert "is not a Q# file" in line or "is not a CSV file" in line


@pytest.mark.parametrize(
    "deep",
    [
        f"x = {'[' * 100_000}{']' * 100_000}",
        f"x{'.a' * 100_000} = 1",
        f""" "=".'=' . "\\"'"{". b" * 100_000} = 1""",
    ],
)
def test_deep_toml(folder, deep):
    (folder / "s.toml").write_text(f"{BASE}{deep}")
    with pytest.raises(SweepError, match="not TOML: nested too deep"):
        load_sweep_file(folder / "s.toml")


STRANGE = [
    "0", "-1", "1.5", "true", "nan", "-inf", "1e400", "99999999999999999999", "2024-01-01", '""', '"x"', '"a\\nb"',
    '"\\u0000"', '"/"', "[]", "[[]]", '[1, "a"]', "[[1, 2], [3]]", "[nan]", "[{}]", "{}", "{ a = 1 }",
    "{ linspace = 1 }", '{ qsharp = "" }', '{ qsharp = "[1, true]" }', "{ qsharp = 1 }",
]  # fmt: skip


@pytest.mark.parametrize("key", [key for key in KEYS if key != "parameters"])
def test_strange_values_of_a_key_are_refused_or_taken(read, key):
    given = {"program": '"turn.qs"', "operation": '"Turn"'}
    for strange in STRANGE:
        try:
            _ = read("\n".join(f"{name} = {value}" for name, value in (given | {key: strange}).items())).sweep
        except SweepError as error:
            assert key in str(error), strange  # noqa: PT017 - there may be no error
        except BridgeError:
            assert key in ("program", "operation")


@pytest.mark.parametrize("kind", [*KINDS, "zip", "seed", "column"])
def test_strange_values_of_a_parameter_are_refused_or_taken(read, kind):
    for strange in STRANGE:
        for more in ("", ", seed = 1", ', zip = "flip"', ', column = "x"'):
            if more.startswith(f", {kind} "):
                continue
            text = f"{BASE}[parameters]\nflip = true\ntheta = {{ {kind} = {strange}{more} }}"
            try:
                _ = read(text).sweep
            except SweepError as error:
                assert "parameters.theta" in str(error), text  # noqa: PT017 - there may be no error


def test_no_file_and_no_toml(folder):
    with pytest.raises(SweepError, match=r"cannot read .*no\.toml: No such file"):
        load_sweep_file(folder / "no.toml")
    (folder / "bad.toml").write_text("a = ")
    with pytest.raises(SweepError, match=r"bad\.toml: not TOML: Invalid value"):
        load_sweep_file(folder / "bad.toml")
    (folder / "bad.qs").write_text("operation F() : Unit {}")
    with pytest.raises(SweepError, match=r"not TOML: .*; this is a Q# program: give a sweep file"):
        load_sweep_file(folder / "bad.qs")
    (folder / "bad.toml").write_bytes(b"\xff")
    with pytest.raises(SweepError, match="not TOML"):
        load_sweep_file(folder / "bad.toml")


def test_no_program(folder):
    (folder / "sweep.toml").write_text('program = "no.qs"\noperation = "F"')
    with pytest.raises(SweepError, match=r"sweep\.toml: program: there is no .*no\.qs"):
        _ = load_sweep_file(folder / "sweep.toml").operation


def test_the_schema_has_the_same_keys_and_the_defaults_of_a_run():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert schema() == SCHEMA
    assert list(SCHEMA["properties"]) == list(KEYS)
    assert set(RUN_OPTIONS) == {name for name, option in OPTIONS.items() if option.file} <= set(KEYS)
    for key, option in RUN_OPTIONS.items():
        assert SCHEMA["properties"][key].get("default") == option.default, key


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.__name__)
def test_the_examples_of_the_schema_are_right(folder, kind):
    (folder / "angles.csv").write_text("theta\n0.5\n")
    parameters = f"[parameters]\nx = {kind.EXAMPLE}"
    jsonschema.Draft202012Validator(SCHEMA).validate(tomllib.loads(BASE + parameters))
    sweep, faults = sweep_of(tomllib.loads(parameters)["parameters"], folder)
    assert not faults
    assert len(sweep) > 0


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_samples_run(cli, sample, tmp_path):
    """Each as it stands, in a copy of the repository's folders, where its files are written."""
    jsonschema.Draft202012Validator(SCHEMA).validate(tomllib.loads(sample.read_text()))
    shutil.copytree(sample.parent, tmp_path / "samples" / "sweeps")
    shutil.copytree(ROOT / "qsharp", tmp_path / "qsharp")
    ended = cli("run", tmp_path / "samples" / "sweeps" / sample.name, "--json")
    assert ended.code == 0
    for written in tomllib.loads(sample.read_text()).get("output", []):
        assert (tmp_path / "samples" / "sweeps" / written).stat().st_size > 0
    results = qb.SweepResults.from_json(ended.out)
    assert len(results) >= 5
    for row in results:  # counts of ionq.simulator: less than one shot of each of four states may be missing
        assert results.shots - 4 < sum(row.counts.values()) <= results.shots
        assert row.missing_shots == results.shots - sum(row.counts.values())


def test_the_rabi_sample_oscillates(cli, tmp_path):
    ended = cli("run", ROOT / "samples" / "sweeps" / "rabi.toml", "--json", "--quiet")
    results = qb.SweepResults.from_json(ended.out)
    for row in results:
        p = math.sin(row.point["angle"] / 2) ** 2
        # Five standard deviations: with the seed of the sample always the same.
        assert abs(row.counts.get("1", 0) - 400 * p) <= 5 * math.sqrt(400 * p * (1 - p)) + 1e-6


def test_the_phase_sample_finds_each_phase(cli):
    ended = cli("run", ROOT / "samples" / "sweeps" / "phase.toml", "--json", "--quiet")
    for row in qb.SweepResults.from_json(ended.out):
        ((digits, count),) = row.counts.items()
        bits = json.loads(digits)
        assert count == 100
        assert sum(bit / 2**place for place, bit in enumerate(bits, 1)) == row.point["phase"]

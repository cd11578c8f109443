import json
import os
import pickle

import pytest
import qdk
import qdk._fs

from qsharp_bridge.errors import SourceError
from qsharp_bridge.programs import Program
from qsharp_bridge.programs.sources import Sources


@pytest.fixture
def two_projects(tmp_path):
    """A project that depends on its neighbour."""
    for name in ("app/src/Sub", "lib/src"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "app/qsharp.json").write_text(json.dumps({"dependencies": {"Lib": {"path": "../lib"}}}))
    (tmp_path / "lib/qsharp.json").write_text("{}")
    (tmp_path / "app/src/Main.qs").write_text("operation Main() : Unit {}")
    (tmp_path / "app/src/Sub/Deep.qs").write_text("function F() : Unit {}")
    (tmp_path / "lib/src/Util.qs").write_text("function G() : Unit {} export G;")
    return tmp_path


def test_text_of_one_file():
    sources = Sources.from_text("function F() : Unit {}")
    assert sources.texts == ("function F() : Unit {}",)
    assert list(sources.units()) == [("", "function F() : Unit {}")]


def test_digest_tells_contents_apart_and_nothing_else(tmp_path):
    text = "function F() : Unit {}"
    (tmp_path / "a.qs").write_text(text)
    digests = {Sources.from_text(text).digest, Sources.from_file(tmp_path / "a.qs").digest}
    assert len(digests) == 1
    assert len(digests.pop()) == 64
    assert Sources.from_text(text + " ").digest != Sources.from_text(text).digest


def test_digest_does_not_depend_on_the_place(two_projects, tmp_path_factory):
    other = tmp_path_factory.mktemp("elsewhere") / "moved"
    two_projects.rename(other)
    there = Sources.from_project(other / "app")
    other.rename(two_projects)
    assert Sources.from_project(two_projects / "app").digest == there.digest


def test_project_with_its_dependency(two_projects):
    sources = Sources.from_project(two_projects / "app")
    assert [path for path, _ in sources.files] == [
        "app/qsharp.json",
        "app/src/Main.qs",
        "app/src/Sub/Deep.qs",
        "lib/qsharp.json",
        "lib/src/Util.qs",
    ]
    assert [name for name, _ in sources.units()] == ["Main", "Sub.Deep"]
    assert list(sources.dependencies()) == [("Lib", "lib")]
    assert [name for name, _ in sources.units("lib")] == ["Util"]


def test_a_dependency_is_part_of_the_digest(two_projects):
    before = Sources.from_project(two_projects / "app")
    (two_projects / "lib/src/Util.qs").write_text("function G() : Unit { () } export G;")
    assert Sources.from_project(two_projects / "app").digest != before.digest


def test_projects_that_depend_on_each_other(two_projects):
    (two_projects / "lib/qsharp.json").write_text(json.dumps({"dependencies": {"App": {"path": "../app"}}}))
    with pytest.raises(SourceError) as caught:
        Sources.from_project(two_projects / "app")
    app, lib = two_projects / "app", two_projects / "lib"
    assert f"in a circle: {app} -> {lib} -> {app};" in str(caught.value)


def test_a_dependency_by_its_absolute_path_is_part_of_the_snapshot(two_projects, tmp_path_factory):
    manifest = {"dependencies": {"Lib": {"path": str(two_projects / "lib")}}}
    (two_projects / "app/qsharp.json").write_text(json.dumps(manifest))
    program = Program.from_project(two_projects / "app")
    two_projects.rename(tmp_path_factory.mktemp("elsewhere") / "moved")
    assert str(program.operation("Lib.Util.G").signature) == "Lib.Util.G() : Unit"


CIRCUIT = {
    "version": 1,
    "circuits": [
        {
            "componentGrid": [{"components": [{"kind": "unitary", "gate": "X", "targets": [{"qubit": 0}]}]}],
            "qubits": [{"id": 0, "numResults": 0}],
        }
    ],
}


@pytest.fixture
def odd_project(tmp_path):
    """A project with every file that a folder of a user may have."""
    texts = {
        "app/qsharp.json": '\ufeff{"dependencies": {"Lib": {"path": "../lib"}}}',
        "app/Outside.qs": "broken",
        "app/src/Main.qs": "operation Main() : Result { use q = Qubit(); Flip.Flip([q]); MResetZ(q) }",
        "app/src/Flip.qsc": json.dumps(CIRCUIT),
        "app/src/notes.md": "broken",
        "app/src/Main.qs~": "broken",
        "app/src/Main.QS": "broken",
        "app/src/Main.ipynb": "broken",
        "app/src/._Main.qs": "broken",
        "app/src/.qs": "broken",
        "app/src/.hidden.qsc": "broken",
        "app/src/.ipynb_checkpoints/Main-checkpoint.qs": "operation Main() : Unit {}",
        "app/src/.git/Main.qs": "broken",
        "app/src/src/Nested.qs": "operation Nested() : Unit {}",
        "app/src/__pycache__/Main.qs": "operation Cached() : Unit {}",
        "app/src/node_modules/Main.qs": "\ufeffoperation Module() : Unit {\r\n}\r",
        "app/src/folder.qs/In.qs": "operation In() : Unit {}",
        "app/src/my-folder/with-dash.qs": "operation Dashed() : Unit {}",
        "app/src/Other/qsharp.json": "{}",
        "app/src/Other/src/Main.qs": "operation Inner() : Unit {}",
        "lib/qsharp.json": "{}",
        "lib/src/Main.qs": "operation Of() : Unit {} export Of;",
        "lib/src/.Hidden.qs": "broken",
        "far/Far.qs": "operation Far() : Unit {}",
        "far/.Main.qs": "broken",
    }
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8", newline="")
    (tmp_path / "app/src/Linked").symlink_to("../../far")
    (tmp_path / "app/src/Link.qs").symlink_to("../../far/Far.qs")
    return tmp_path


def test_a_project_is_what_qdk_reads(odd_project, monkeypatch):
    read, read_file = set(), qdk._fs.read_file

    def recorded(path):
        read.add(os.path.relpath(path, odd_project))
        return read_file(path)

    monkeypatch.setattr(qdk._fs, "read_file", recorded)
    context = qdk.Context(project_root=str(odd_project / "app"), target_profile=qdk.TargetProfile.Base)
    monkeypatch.undo()
    sources = Sources.from_project(odd_project / "app")
    assert {path for path, _ in sources.files} == read
    program = Program(sources)
    assert str(program.operation("Main").compile()) == str(context.compile("Main.Main()"))
    names = {f"{name}.{item}" for name, text in sources.units() for item in vars(_inside(context.code, name))}
    assert set(program.operations) == {name for name in names if callable(_inside(context.code, name))}


def _inside(namespace, path):
    for part in path.split("."):
        namespace = getattr(namespace, part)
    return namespace


@pytest.mark.parametrize(
    "files",
    [
        ["src/Deep/Er/A.qs"],
        ["src/Deep/A.qs", "src/Deep/B.qs"],
        ["src/Deep/A.qs", "src/Deep/Er/B.qs"],
        ["src/Dee/A.qs", "src/Deep/B.qs"],
        ["src/Deep/A.qs", "src/Circuit.qsc"],
    ],
    ids=" ".join,
)
def test_namespaces_begin_where_all_files_are(tmp_path, files):
    """qdk leaves out the folder that all files of a project have in common, also those of a dependency."""
    for path in ("lib/qsharp.json", *(f"lib/{file}" for file in files)):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        name = os.path.basename(path).partition(".")[0]
        declared = f"operation {name}(angle{name} : Double) : Unit {{}} export {name};"
        text = {"json": "{}", "qs": declared, "qsc": json.dumps(CIRCUIT)}[path.rpartition(".")[2]]
        (tmp_path / path).write_text(text)
    context = qdk.Context(project_root=str(tmp_path / "lib"))
    program = Program.from_project(tmp_path / "lib")
    for full in program.operations:
        namespace, _, name = full.rpartition(".")
        assert callable(vars(_inside(context.code, namespace))[name])
        if name != "Circuit":
            assert str(program.operation(name).signature) == f"{full}(angle{name} : Double) : Unit"
    (tmp_path / "app/src").mkdir(parents=True)
    (tmp_path / "app/qsharp.json").write_text('{"dependencies": {"Lib": {"path": "../lib"}}}')
    (tmp_path / "app/src/Main.qs").write_text("operation Main() : Unit {}")
    other = Program.from_project(tmp_path / "app")
    for full in program.operations:
        name = full.rpartition(".")[2]
        if name == "Circuit":  # qdk exports none
            continue
        assert str(other.operation(name).signature) == f"Lib.{full}(angle{name} : Double) : Unit"


def test_links_in_a_project(tmp_path):
    """qdk stops at a lock of Emacs, which is a dead link, and fails on a circle of links."""
    (tmp_path / "src/Sub").mkdir(parents=True)
    (tmp_path / "qsharp.json").write_text("{}")
    (tmp_path / "src/Main.qs").write_text("operation Main() : Unit {}")
    (tmp_path / "src/.#Main.qs").symlink_to("user@host.1234")
    (tmp_path / "src/Sub/away").symlink_to("nowhere")
    assert Program.from_project(tmp_path).operations == ("Main.Main",)
    (tmp_path / "src/Gone.qs").symlink_to("nowhere")
    with pytest.raises(SourceError, match=r"cannot read .*Gone\.qs: No such file"):
        Sources.from_project(tmp_path)
    (tmp_path / "src/Gone.qs").unlink()
    (tmp_path / "src/Sub/Round").symlink_to("..")
    with pytest.raises(SourceError, match="Round links to a folder that contains it"):
        Sources.from_project(tmp_path)


@pytest.mark.parametrize("inside", ["src", "src/Main.qs", "src/Sub", "src/Sub/Deep.qs"])
def test_a_place_inside_a_project_leads_to_it(two_projects, inside):
    app = two_projects / "app"
    with pytest.raises(SourceError) as caught:
        Program.from_project(app / inside)
    assert caught.value.advice == f"its project is Program.from_project({str(app)!r})"


def test_a_file_that_needs_its_project_leads_to_it(two_projects):
    main = two_projects / "app/src/Main.qs"
    main.write_text("import Sub.Deep.F; operation Main() : Unit { F() }")
    with pytest.raises(SourceError, match=r"`Sub\.Deep\.F` not found") as caught:
        Program.from_file(main)
    assert f"Program.from_project({str(two_projects / 'app')!r})" in caught.value.advice


def test_github_without_a_network(tmp_path, monkeypatch):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nobody listens
    (tmp_path / "src").mkdir()
    (tmp_path / "src/Main.qs").write_text("operation Main() : Unit {}")
    github = {"owner": "o", "repo": "r", "ref": "main", "path": "lib"}
    (tmp_path / "qsharp.json").write_text(json.dumps({"dependencies": {"Far": {"github": github}}}))
    with pytest.raises(SourceError) as caught:
        Program.from_project(tmp_path)
    assert caught.value.problem.endswith(
        "Error fetching from GitHub: URLError: <urlopen error [Errno 111] Connection refused>"
    )
    assert "depend on a copy of them by its path" in caught.value.advice


def test_a_snapshot_is_not_changed_by_the_disk(two_projects):
    sources = Sources.from_project(two_projects / "app")
    (two_projects / "app/src/Main.qs").write_text("broken")
    with sources.unpacked() as (root, folder):
        with open(os.path.join(folder, "src", "Main.qs"), encoding="utf-8") as file:
            assert file.read() == "operation Main() : Unit {}"
        assert os.path.exists(os.path.join(folder, "..", "lib", "src", "Util.qs"))
    assert not os.path.exists(root)


def test_pickled(two_projects):
    sources = Sources.from_project(two_projects / "app")
    sources.digest  # noqa: B018  a cached property must not be in the way
    again = pickle.loads(pickle.dumps(sources))
    assert again == sources
    assert hash(again) == hash(sources)
    assert again.digest == sources.digest


def test_byte_order_mark_is_dropped_and_newlines_are_kept(tmp_path):
    (tmp_path / "a.qs").write_bytes(b"\xef\xbb\xbffunction F() : Unit {\r\n}\r")
    assert Sources.from_file(tmp_path / "a.qs").text == "function F() : Unit {\r\n}\r"


def test_dependencies_on_github_are_not_in_the_digest(tmp_path):
    (tmp_path / "src").mkdir()
    github = {"owner": "o", "repo": "r", "ref": "main", "path": "lib"}
    (tmp_path / "qsharp.json").write_text(json.dumps({"dependencies": {"Far": {"github": github}}}))
    assert not Sources.from_project(tmp_path).self_contained


def test_unreadable(tmp_path):
    with pytest.raises(SourceError, match="No such file"):
        Sources.from_file(tmp_path / "none.qs")
    with pytest.raises(SourceError, match="is a folder"):
        Sources.from_file(tmp_path)
    with pytest.raises(SourceError, match=r"has no qsharp\.json"):
        Sources.from_project(tmp_path)
    (tmp_path / "latin.qs").write_bytes(b"// \xe9")
    with pytest.raises(SourceError, match=r"not UTF-8 text \(byte 3\)"):
        Sources.from_file(tmp_path / "latin.qs")
    (tmp_path / "qsharp.json").write_text("{}")
    (tmp_path / "src").write_text("no folder")
    with pytest.raises(SourceError, match="No `src` directory found"):
        Program.from_project(tmp_path)
    (tmp_path / "qsharp.json").write_text("{")
    with pytest.raises(SourceError, match="is not JSON"):
        Sources.from_project(tmp_path)
    (tmp_path / "qsharp.json").write_text('{"dependencies": {"X": {"path": "gone"}}}')
    with pytest.raises(SourceError, match="depends on 'gone'"):
        Sources.from_project(tmp_path)
    with pytest.raises(SourceError, match="must be a string, not bytes"):
        Sources.from_text(b"")
    with pytest.raises(SourceError, match="lone surrogate at character 3"):
        Sources.from_text("// \udc80")


def test_the_operations_of_circuit_files_have_their_names(tmp_path):
    (tmp_path / "src").mkdir()
    texts = {"qsharp.json": "{}", "src/Main.qs": "operation Main() : Unit {}", "src/Flip.qsc": json.dumps(CIRCUIT)}
    texts["src/Two.qsc"] = json.dumps({**CIRCUIT, "circuits": CIRCUIT["circuits"] * 2})
    for path, text in texts.items():
        (tmp_path / path).write_text(text)
    program = Program.from_project(tmp_path)
    assert program.operations == ("Flip.Flip", "Main.Main", "Two.Two0", "Two.Two1")
    assert str(program.operation("Flip").signature) == "Flip.Flip(qs : Qubit[]) : Unit is Adj + Ctl"
    assert program.operation("Two1").name == "Two.Two1"

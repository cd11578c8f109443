import json
import os
import pickle

import pytest

from qsharp_bridge.errors import SourceError
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
    assert [name for name, _ in sources.units()] == ["Main", "Sub.Deep", "Lib.Util"]
    assert [name for name, _ in sources.units(dependencies=False)] == ["Main", "Sub.Deep"]


def test_a_dependency_is_part_of_the_digest(two_projects):
    before = Sources.from_project(two_projects / "app")
    (two_projects / "lib/src/Util.qs").write_text("function G() : Unit { () } export G;")
    assert Sources.from_project(two_projects / "app").digest != before.digest


def test_projects_that_depend_on_each_other_are_read_once(two_projects):
    (two_projects / "lib/qsharp.json").write_text(json.dumps({"dependencies": {"App": {"path": "../app"}}}))
    assert len(Sources.from_project(two_projects / "app").files) == 5


def test_a_snapshot_is_not_changed_by_the_disk(two_projects):
    sources = Sources.from_project(two_projects / "app")
    (two_projects / "app/src/Main.qs").write_text("broken")
    with sources.unpacked() as folder:
        with open(os.path.join(folder, "src", "Main.qs"), encoding="utf-8") as file:
            assert file.read() == "operation Main() : Unit {}"
        assert os.path.exists(os.path.join(folder, "..", "lib", "src", "Util.qs"))
    assert not os.path.exists(folder)


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
    with pytest.raises(SourceError, match=r"no UTF-8 text \(byte 3\)"):
        Sources.from_file(tmp_path / "latin.qs")
    (tmp_path / "qsharp.json").write_text("{")
    with pytest.raises(SourceError, match="is no JSON"):
        Sources.from_project(tmp_path)
    (tmp_path / "qsharp.json").write_text('{"dependencies": {"X": {"path": "gone"}}}')
    with pytest.raises(SourceError, match="depends on 'gone'"):
        Sources.from_project(tmp_path)
    with pytest.raises(SourceError, match="must be a string, not bytes"):
        Sources.from_text(b"")
    with pytest.raises(SourceError, match="lone surrogate at character 3"):
        Sources.from_text("// \udc80")

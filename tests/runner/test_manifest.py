"""Journals from strangers: nothing outside of a temporary folder is written, and looking at one runs nothing."""

import json
import os
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import JournalError
from qsharp_bridge.journal.job_rows import JobEnd
from qsharp_bridge.journal.journal import Journal
from qsharp_bridge.journal.manifest import SourcesRecord
from qsharp_bridge.programs.sources import Sources
from qsharp_bridge.results.formats.readers import HISTOGRAM_FORMAT
from qsharp_bridge.runner.manifest import check_inside
from tests.shared.journals import manifest, spans

MAIN = "operation Main() : Result { use q = Qubit(); MResetZ(q) }"
PROJECT = (("qsharp.json", "{}"), ("src/Main.qs", MAIN))


def forged(path: Path, files: tuple[tuple[str, str], ...], project: str | None = ".") -> Path:
    """Write a journal as a stranger would: consistent in itself, with files that lie where they like."""
    sources = Sources("a project", tuple(sorted(files)), project)
    made = manifest(
        operation="Main",
        sources=SourcesRecord(name=sources.name, files=sources.files, project=project),
        source_digest=sources.digest,
        sweep=json.loads(qb.Sweep.points([{}, {}]).to_json()),
        sweep_digest=qb.Sweep.points([{}, {}]).digest,
        target="local.simulator",
        place="seed None, noise none",
        provider=None,
        profile="Adaptive_RIF",
    )
    with Journal.create(path, made, spans(2)) as journal:
        raw = json.dumps({"histogram": [[0, "0", 5]]}).encode()
        journal.ended([JobEnd(journal.jobs()[0].id, "Succeeded", None, HISTOGRAM_FORMAT, raw)])
    return path


OUTSIDE = [
    "../evil.txt", "../../../../../tmp/evil.txt", "src/../../evil.txt", "src/./../../evil.txt", "/tmp/evil.txt",
    "//tmp/evil.txt", "C:/evil.txt", "C:evil.txt", "..\\evil.txt", "src\\..\\..\\evil.txt", "\\\\host\\share\\evil.txt",
    "src/evil\0.txt", "", "src//evil", "src/evil.qs:stream", "src/\n.qs", "a" * 2000,
    "src/" + "a" * 300, ".. /evil.txt", "src/.../evil.txt", "src/evil.", "/".join("a" * 60),
]  # fmt: skip


@pytest.mark.parametrize("place", OUTSIDE)
def test_a_file_outside_of_the_project_is_refused_and_nothing_is_written(tmp_path, monkeypatch, place):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    journal = forged(tmp_path / "evil.db", (*PROJECT, (place, "evil")))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(JournalError, match=r"has a file .*, which may lie outside of its folder"):
        qb.resume_sweep(journal, qb.LocalSimulator())
    assert [path for path in sorted(tmp_path.rglob("*")) if ".db" not in path.name] == [
        path for path in before if ".db" not in path.name
    ]
    assert not Path("/tmp/evil.txt").exists()


@pytest.mark.parametrize("place", OUTSIDE[:8])
def test_so_is_a_projects_folder(tmp_path, place):
    journal = forged(tmp_path / "evil.db", PROJECT, place)
    with pytest.raises(JournalError, match=r"has a file .*, which may lie outside of its folder"):
        qb.resume_sweep(journal, qb.LocalSimulator())


@pytest.mark.parametrize("place", ["../other", "/etc", "../../../../../../../../etc", "lib/../../other"])
def test_a_dependency_outside_of_the_project_is_refused(tmp_path, place):
    """The compiler would read what lies there."""
    content = json.dumps({"dependencies": {"Other": {"path": place}}})
    journal = forged(tmp_path / "evil.db", (("qsharp.json", content), ("src/Main.qs", MAIN)))
    with pytest.raises(JournalError, match=r"depends on .*, which is (not in it|outside of its folder)"):
        qb.resume_sweep(journal, qb.LocalSimulator())


def test_one_inside_is_not(tmp_path):
    main = "import Lib.Flip; operation Main() : Result { Flip() }"
    lib = "operation Flip() : Result { use q = Qubit(); X(q); MResetZ(q) } export Flip;"
    depends = json.dumps({"dependencies": {"Lib": {"path": "../lib"}}})
    files = (
        ("main/qsharp.json", depends),
        ("main/src/Main.qs", main),
        ("lib/qsharp.json", "{}"),
        ("lib/src/Main.qs", lib),
    )
    assert qb.resume_sweep(
        forged(tmp_path / "run.db", (*files, ("lib/src/Main.qs", lib)), "main"), qb.LocalSimulator()
    ).counts[1] == {"1": 5}


def test_it_can_be_looked_at_all_the_same(tmp_path):
    results = qb.SweepResults.from_journal(forged(tmp_path / "evil.db", (*PROJECT, ("../evil.txt", "evil"))))
    assert results.counts == [{"0": 5}, {}]
    assert not (tmp_path.parent / "evil.txt").exists()


def test_a_project_that_stays_in_its_folder_goes_on(tmp_path):
    journal = forged(tmp_path / "run.db", PROJECT)
    assert qb.resume_sweep(journal, qb.LocalSimulator()).counts == [{"0": 5}, {"0": 5}]


def test_paths_as_projects_have_them():
    for path in ("qsharp.json", "src/Main.qs", "a b/src/Ünicode.qs", "lib/.qs/x.qs", "."):
        check_inside(path)


@pytest.mark.parametrize(
    "change",
    [
        {"shots": "5"},
        {"shots": -1},
        {"shots": (5, -1)},
        {"sweep": 3},
        {"versions": []},
        {"run_id": "no uuid"},
        {"sources": {"name": 1}},
    ],
)
def test_entries_of_a_wrong_type_are_errors(tmp_path, change):
    made = replace(manifest(), **change)
    with (
        Journal.create(tmp_path / "run.db", manifest(), spans(1)) as journal,
        journal.together(),
    ):
        from qsharp_bridge.journal.checksums import insert

        key, value = next(iter(change.items()))
        insert(journal._db, "manifest", [(key, json.dumps(getattr(made, key)))], replace=True)
    assert value is not None
    with pytest.raises(JournalError, match=r"is damaged: the manifest of the run"):
        Journal.open(tmp_path / "run.db")


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_a_journal_is_readable_by_its_owner_only(tmp_path):
    before = os.umask(0)
    try:
        with Journal.create(tmp_path / "run.db", manifest(), spans(1)) as journal:
            journal.sending(journal.jobs(), "a session")
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(["run.db", "run.db-wal", "run.db-shm", "run.db.lock"], 0o600)


def test_a_link_in_the_place_of_a_journal_in_the_making_is_not_followed(tmp_path):
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    (tmp_path / "run.db.new").symlink_to(victim)
    Journal.create(tmp_path / "run.db", manifest(), spans(1)).close()
    assert victim.read_text() == "mine"


def test_an_absolute_dependency_is_refused_though_a_file_of_that_name_is_listed(tmp_path):
    """Joined to the folder, ``/secret`` would pass for ``secret``; the compiler takes it for what it is."""
    secret = tmp_path / "secret"
    (secret / "src").mkdir(parents=True)
    (secret / "qsharp.json").write_text("{}")
    (secret / "src" / "Main.qs").write_text("function Secret() : Int { 7 }  export Secret;")
    listed = f"{str(secret).lstrip('/')}/qsharp.json"
    manifest_text = json.dumps({"dependencies": {"Lib": {"path": str(secret)}}})
    files = (("qsharp.json", manifest_text), ("src/Main.qs", MAIN), (listed, "{}"))
    with pytest.raises(JournalError, match="which is outside of its folder"):
        qb.resume_sweep(forged(tmp_path / "evil.db", files), qb.LocalSimulator())


@pytest.mark.parametrize(
    "files",
    [
        (("qsharp.json", '\ufeff{"dependencies":{"Lib":{"path":"/etc"}}}'), ("src/Main.qs", "MAIN")),
        (("src", "x"), ("src/Main.qs", "MAIN")),
        (("src/Main.qs", "MAIN"), ("src/Main.qs/a", "x")),
        (("src/Main.qs", "MAIN"), ("src/Main.qs", "x")),
    ],
)
def test_odd_files_of_a_stranger_are_errors_of_ours(tmp_path, files):
    files = tuple((name, MAIN if text == "MAIN" else text) for name, text in files)
    with pytest.raises(qb.BridgeError):
        qb.resume_sweep(forged(tmp_path / "evil.db", files), qb.LocalSimulator())


def test_no_file_beside_a_new_journal_is_touched(tmp_path):
    """A journal may have the name of another with ``.new`` behind it."""
    Journal.create(tmp_path / "run.db.new", manifest(), spans(1)).close()
    before = (tmp_path / "run.db.new").read_bytes()
    Journal.create(tmp_path / "run.db", manifest(), spans(1)).close()
    assert (tmp_path / "run.db.new").read_bytes() == before
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_a_path_with_a_null_byte_is_an_error(tmp_path):
    op = qb.Program.from_source(MAIN).operation("Main")
    with pytest.raises(JournalError, match="a journal is the path of a file"):
        qb.run_sweep(op, qb.Sweep.points([{}]), qb.LocalSimulator(), journal=f"{tmp_path}/\0x")

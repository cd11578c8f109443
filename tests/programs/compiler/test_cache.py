import multiprocessing
import os
import shutil
import stat
import subprocess
import sys
import zlib
from concurrent.futures import ProcessPoolExecutor

import pytest

from qsharp_bridge.errors import CompileError
from qsharp_bridge.programs import Program
from qsharp_bridge.programs.compiler import cache
from qsharp_bridge.programs.compiler import thread as compiler
from qsharp_bridge.programs.compiler.cache import QirCache, cache_key, compile_cached, default_cache
from qsharp_bridge.programs.sources import Sources

TURN = Sources.from_text("operation Turn(a : Double) : Result { use q = Qubit(); Rx(a, q); MResetZ(q) }")


@pytest.fixture
def store(tmp_path):
    return QirCache(tmp_path / "cache")


@pytest.fixture
def compiles(monkeypatch):
    """The expressions that reach the compiler, which works as ever."""
    seen = []
    genuine = compiler.compile_qir

    def counted(sources, profile, expression, **options):
        seen.append(expression)
        return genuine(sources, profile, expression, **options)

    monkeypatch.setattr(compiler, "compile_qir", counted)
    return seen


def files_of(store):
    return [path for path in store.folder.rglob("*") if path.is_file()]


def test_a_hit_is_what_was_compiled(store, compiles):
    first = compile_cached(TURN, "Base", "Turn(0.5)", cache=store)
    assert compile_cached(TURN, "base", "Turn(0.5)", cache=store) == first
    assert compiles == ["Turn(0.5)"]
    assert first == compiler.compile_qir(TURN, "Base", "Turn(0.5)")


def test_whatever_matters_is_in_the_key():
    other = Sources.from_text(TURN.text + " ")
    keys = {
        cache_key(TURN, "Base", "Turn(0.5)"),
        cache_key(TURN, "Base", "Turn(0.25)"),
        cache_key(TURN, "Adaptive", "Turn(0.5)"),
        cache_key(other, "Base", "Turn(0.5)"),
        cache_key(TURN, "Base", "Turn(0.5)", "function Extra() : Unit {}"),
    }
    assert len(keys) == 5
    assert cache_key(Sources.from_text(TURN.text), "Base", "Turn(0.5)") in keys


def test_another_compiler_has_other_keys(monkeypatch):
    before = cache_key(TURN, "Base", "Turn(0.5)")
    monkeypatch.setattr(cache, "_qdk_version", lambda: "99.0")
    assert cache_key(TURN, "Base", "Turn(0.5)") != before


def test_errors_are_not_kept(store, compiles):
    for _ in range(2):
        with pytest.raises(CompileError):
            compile_cached(TURN, "Base", "Turn(1)", cache=store)
    assert len(compiles) == 2
    assert not files_of(store)


@pytest.mark.parametrize("damage", [b"", b"short", lambda content: content[:-1], lambda content: content + b"x"])
def test_a_damaged_entry_counts_as_none(store, damage):
    first = compile_cached(TURN, "Base", "Turn(0.5)", cache=store)
    (path,) = files_of(store)
    path.write_bytes(damage(path.read_bytes()) if callable(damage) else damage)
    assert store.get(cache_key(TURN, "Base", "Turn(0.5)")) is None
    assert compile_cached(TURN, "Base", "Turn(0.5)", cache=store) == first
    assert store.get(cache_key(TURN, "Base", "Turn(0.5)")) == first


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    store = QirCache(tmp_path / "file" / "cache")
    assert compile_cached(TURN, "Base", "Turn(0.5)", cache=store).startswith("%Result")


def test_what_was_not_used_goes_first(tmp_path):
    store = QirCache(tmp_path, limit=4_000)
    texts = {f"{index:064x}": os.urandom(500).hex() for index in range(10)}
    for age, (key, text) in enumerate(texts.items()):
        store.put(key, text)
        path = tmp_path / key[:2] / key[2:]
        os.utime(path, (1_000_000 + age, 1_000_000 + age))
    oldest, newest = f"{0:064x}", f"{9:064x}"
    assert store.get(oldest) == texts[oldest]  # used now: the youngest of all
    store.prune()
    assert sum(path.stat().st_size for path in files_of(store)) <= 4_000
    assert store.get(oldest) == texts[oldest]
    assert store.get(newest) == texts[newest]
    assert store.get(f"{1:064x}") is None


def test_nothing_else_in_the_folder_is_removed(tmp_path):
    mine = tmp_path / "ab" / "thesis.tex"
    mine.parent.mkdir()
    mine.write_text("x" * 1_000)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / ("0" * 62)).write_text("y" * 1_000)
    store = QirCache(tmp_path, limit=10)
    store.put("ab" + "0" * 62, "text")
    store.prune()
    assert mine.exists()
    assert (tmp_path / "notes" / ("0" * 62)).exists()
    assert store.get("ab" + "0" * 62) is None


def _write_and_read(folder, worker):
    """One of many processes on one folder; returns the number of entries that were not whole."""
    store = QirCache(folder, limit=60_000)
    wrong = 0
    for round_ in range(60):
        index = round_ % 7
        key, text = f"{index:064x}", f"{index} " * 20_000
        store.put(key, text)
        if round_ % 20 == worker:
            store.prune()
        for other in range(7):
            found = store.get(f"{other:064x}")
            wrong += found is not None and found != f"{other} " * 20_000
    return wrong


def test_processes_share_a_folder(tmp_path):
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        done = [pool.submit(_write_and_read, tmp_path, worker) for worker in range(4)]
        assert [one.result() for one in done] == [0, 0, 0, 0]
    assert not list(tmp_path.rglob("new-*"))


def test_the_environment_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("QSHARP_BRIDGE_CACHE", str(tmp_path / "mine"))
    assert default_cache().folder == tmp_path / "mine"
    monkeypatch.setenv("QSHARP_BRIDGE_CACHE", "OFF")
    assert default_cache() is None
    monkeypatch.delenv("QSHARP_BRIDGE_CACHE")
    cache._cache_at.cache_clear()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    assert default_cache().folder == tmp_path / "xdg" / "qsharp-bridge"
    cache._cache_at.cache_clear()


def test_operations_use_it(tmp_path, monkeypatch, compiles):
    monkeypatch.setenv("QSHARP_BRIDGE_CACHE", str(tmp_path))
    turn = Program(TURN).operation("Turn")
    assert str(turn.compile(0.5)) == str(turn.compile(a=0.5))
    assert compiles == ["Turn(0.5)"]


def test_dependencies_on_github_are_not_cached(store, compiles):
    far = Sources("far", (("qsharp.json", '{"dependencies": {"Far": {"github": {}}}}'), ("src/A.qs", "")), ".")
    assert not far.self_contained
    with pytest.raises(CompileError, match="Failed to parse manifest"):
        compile_cached(far, "Base", "1", cache=store)
    assert not store.folder.exists()


KEY = "ab" + "0" * 62


def forged(key, text):
    packed = zlib.compress(text)
    return cache._checksum(key, packed) + packed


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_only_the_user_can_read_or_write_it(tmp_path, umask):
    store = QirCache(tmp_path / "far" / "cache")
    before = os.umask(umask)
    try:
        (tmp_path / "far").mkdir()
        (tmp_path / "far").chmod(0o755)
        store.put(KEY, "text")
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (store.folder, *store.folder.rglob("*"))}
    assert modes == {store.folder: 0o700, store.folder / "ab": 0o700, store.folder / "ab" / ("0" * 62): 0o600}
    assert store.get(KEY) == "text"


def _link(path, tmp_path):
    (tmp_path / "elsewhere").write_bytes(forged(KEY, b"evil"))
    path.symlink_to(tmp_path / "elsewhere")


def _folder(path, tmp_path):
    path.mkdir()


def _pipe(path, tmp_path):
    os.mkfifo(path)


def _other_key(path, tmp_path):
    path.write_bytes(forged("cd" + "0" * 62, b"evil"))


def _trailing(path, tmp_path):
    packed = zlib.compress(b"evil") + b"more"
    path.write_bytes(cache._checksum(KEY, packed) + packed)


def _bomb(path, tmp_path):
    path.write_bytes(forged(KEY, bytes(cache.MAX_TEXT + 1)))


def _huge(path, tmp_path):
    path.touch()
    os.truncate(path, cache.MAX_TEXT + 1)  # no block of it is on the disk


def _binary(path, tmp_path):
    path.write_bytes(forged(KEY, b"\xff\xfe"))


@pytest.mark.parametrize("place", [_link, _folder, _pipe, _other_key, _trailing, _bomb, _huge, _binary])
def test_a_hostile_entry_is_a_miss(tmp_path, monkeypatch, place):
    monkeypatch.setattr(cache, "MAX_TEXT", 1_000_000)
    store = QirCache(tmp_path / "cache")
    path = tmp_path / "cache" / "ab" / ("0" * 62)
    path.parent.mkdir(parents=True)
    place(path, tmp_path)
    assert store.get(KEY) is None
    store.put(KEY, "text")
    assert store.get(KEY) == (None if place is _folder else "text")
    if place is _link:
        assert (tmp_path / "elsewhere").read_bytes() == forged(KEY, b"evil")  # written beside, not through


def test_a_bomb_is_not_inflated(store, monkeypatch):
    import tracemalloc

    monkeypatch.setattr(cache, "MAX_TEXT", 100_000)
    store.put(KEY, "text")
    (path,) = files_of(store)
    path.write_bytes(forged(KEY, bytes(50_000_000)))
    tracemalloc.start()
    assert store.get(KEY) is None
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


def test_entries_of_another_user_are_ignored(store, monkeypatch):
    store.put(KEY, "text")
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)  # as if another user had written them
    assert store.get(KEY) is None
    store.put(KEY, "mine")
    monkeypatch.undo()
    assert store.get(KEY) == "text"


def test_a_folder_that_is_a_link_is_neither_written_nor_cleaned(store, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / ("0" * 62)).write_bytes(b"x" * 1_000)
    store.folder.mkdir()
    (store.folder / "ab").symlink_to(mine)
    store.limit = 10
    store.put("ab" + "1" * 62, "text")
    store.prune()
    assert [path.name for path in mine.iterdir()] == ["0" * 62]


def test_texts_that_are_too_long_are_not_kept(store, monkeypatch):
    monkeypatch.setattr(cache, "MAX_TEXT", 10)
    store.put(KEY, "eleven long")
    assert not store.folder.exists()


def test_the_folder_may_vanish_at_any_time(store):
    store.put(KEY, "text")
    shutil.rmtree(store.folder)
    assert store.get(KEY) is None
    store.put(KEY, "text")
    assert store.get(KEY) == "text"


def test_a_program_that_was_compiled_before_makes_no_context(tmp_path):
    """Signature, symbolic form and programs are all on the disk: the compiler's thread is not even started."""
    script = """
import qsharp_bridge as qb
from qsharp_bridge.programs.compiler import thread

source = "operation Turn(theta : Double) : Result { use q = Qubit(); Rx(Sin(theta), q); MResetZ(q) }"
operation = qb.Program.from_source("import Std.Math.*;" + source).operation("Turn")
bound = operation.bind(qb.Sweep.linspace("theta", 0.1, 3.0, 50))
print(operation.signature, set(bound.methods), hash(str(bound[-1])), thread._current is None)
"""
    environment = {**os.environ, "QSHARP_BRIDGE_CACHE": str(tmp_path), "PYTHONHASHSEED": "1"}
    said = [
        subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    first, second = (one.stdout.split() for one in said)
    assert first[-1] == "False"
    assert second == [*first[:-1], "True"]

"""Executors of every kind: what is asked of them, and what comes back."""

import threading
import traceback
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor

import pytest

import qsharp_bridge as qb
from qsharp_bridge.errors import CompileError, SimulationError
from qsharp_bridge.parallel.executors import error_line, submit, workers_of


class Loose:
    """A future of another class, as those of other libraries are."""

    def __init__(self, inner):
        self._inner = inner
        self.taken_back = False

    def result(self):
        return self._inner.result()

    def add_done_callback(self, call):
        self._inner.add_done_callback(lambda _: call(self))

    def cancel(self):
        self.taken_back = True
        return self._inner.cancel()


class Foreign:
    """No ``Executor``: a ``submit`` and nothing else, which wraps the errors of its workers as Ray does."""

    def __init__(self, pool):
        self._pool = pool
        self.given = []

    def submit(self, fn, /, *args, **kwargs):
        self.given.append(Loose(self._pool.submit(self._run, fn, *args, **kwargs)))
        return self.given[-1]

    @staticmethod
    def _run(fn, /, *args, **kwargs):
        try:
            return fn(*args, **kwargs)
        except Exception:
            raise OSError("task failed\n" + traceback.format_exc()) from None


@pytest.fixture
def foreign():
    with ThreadPoolExecutor(2) as pool:
        yield Foreign(pool)


def refuse(problem):
    raise SimulationError(problem, point=3, advice="use another")


def test_what_comes_back(foreign):
    assert submit(foreign, divmod, 7, 2).result(60) == (3, 1)
    error = submit(foreign, refuse, "no").exception(60)
    assert isinstance(error, SimulationError)
    assert (str(error), error.__traceback__, error.__context__) == ("point 3: no; use another", None, None)
    other = submit(foreign, divmod, 1, 0).exception(60)
    assert isinstance(other, OSError)
    assert error_line(other) == "ZeroDivisionError: integer division or modulo by zero"
    assert error_line(ValueError("a  b\nc")) == "a b c"
    assert len(error_line(ValueError("a" * 1000))) == 300


def test_an_error_comes_back_from_another_process():
    from multiprocessing import get_context

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        error = submit(pool, qb.parse_type, "Int[").exception(60)
    assert isinstance(error, qb.errors.TypeSyntaxError)


def test_sweeps_and_compiles(foreign):
    source = """
operation Turn(n : Int, theta : Double) : Result[] {
    use qs = Qubit[n];
    for q in qs { Rx(theta, q); }
    MResetEachZ(qs)
}
operation Some(n : Int) : Result[] {
    use qs = Qubit[n];
    if n == 3 { fail "no three"; }
    ApplyToEach(H, qs);
    MResetEachZ(qs)
}"""
    program = qb.Program.from_source(source)
    sweep = qb.Sweep.grid(n=[1, 2], theta=[0.1, 0.2, 0.3, 0.4])
    target = qb.LocalSimulator(seed=5, executor=foreign)
    turn, some = program.operation("Turn"), program.operation("Some")
    assert (
        qb.run_sweep(turn, sweep, target, 50).counts == qb.run_sweep(turn, sweep, qb.LocalSimulator(seed=5), 50).counts
    )
    assert foreign.given
    with pytest.raises(CompileError, match=r"^Some, point 2: the program fails: no three"):
        qb.run_sweep(some, qb.Sweep.grid(n=[1, 2, 3]), target, 50)


def test_what_waits_is_taken_back_and_what_runs_is_dropped():
    begun, enough = threading.Event(), threading.Event()

    def hold():
        begun.set()
        enough.wait(60)

    with ThreadPoolExecutor(1) as pool:
        foreign = Foreign(pool)
        running, waiting = submit(foreign, hold), submit(foreign, abs, -1)
        assert begun.wait(60)
        assert running.cancel()
        assert waiting.cancel()
        for future in (running, waiting):
            with pytest.raises(CancelledError):
                future.result(60)
        assert [one.taken_back for one in foreign.given] == [True, True]
        enough.set()
        assert submit(foreign, abs, -2).result(60) == 2


def test_an_executor_that_drops_its_work():
    enough = threading.Event()
    pool = ThreadPoolExecutor(1)
    submit(pool, enough.wait, 60)
    waiting = submit(pool, abs, -1)
    pool.shutdown(wait=False, cancel_futures=True)
    enough.set()
    with pytest.raises(CancelledError):
        waiting.result(60)
    assert "shutdown" in error_line(submit(pool, abs, -1).exception(60))


def test_what_is_no_future():
    class Eager(Executor):
        def submit(self, fn, /, *args, **kwargs):
            return fn(*args, **kwargs)

    error = submit(Eager(), abs, -1).exception(60)
    assert isinstance(error, TypeError)
    assert str(error) == "submit of Eager gave a tuple, which is not a future"


def test_how_many_workers():
    class Telling(Executor):
        def __init__(self, **counts):
            vars(self).update(counts)

    assert workers_of(Telling(workers=7)) == 7
    assert workers_of(Telling(num_workers=100)) == 100  # mpi4py
    assert workers_of(ThreadPoolExecutor(3)) == 3
    assert workers_of(Telling(workers=0)) == workers_of(Telling()) >= 1


def test_a_future_that_ended_is_left_alone():
    """An executor may settle its future twice or late: ours is done once."""
    held = Future()

    class Held(Executor):
        def submit(self, fn, /, *args, **kwargs):
            return held

    future = submit(Held(), abs, -1)
    assert future.cancel()
    assert held.cancelled()
    assert future.cancelled()

"""Compiles on an executor whose workers die: real processes, really killed."""

import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ProcessPoolExecutor

import pytest

from qsharp_bridge.errors import CompilerCrashError
from qsharp_bridge.literals import QsharpCode
from qsharp_bridge.programs import Program
from qsharp_bridge.programs.binding import Binder
from qsharp_bridge.programs.binding.structure import forget

SOURCE = """
operation Loop(n : Int, a : Double) : Result { use q = Qubit(); for _ in 1..n { Rx(a, q); } MResetZ(q) }
operation Turn(a : Double) : Result { use q = Qubit(); Rx(a * 2.0, q); MResetZ(q) }
"""
DEADLY = QsharpCode("(" * 100_000 + "1" + ")" * 100_000)  # the compiler's recursion overflows its stack: SIGSEGV


@pytest.fixture(scope="module")
def program():
    return Program.from_source(SOURCE)


def test_a_worker_that_is_killed_meanwhile(program):
    operation = program.operation("Loop")
    points = [{"n": n, "a": 0.5} for n in range(1, 700)]
    with ProcessPoolExecutor(1) as pool:
        bound = operation.bind(points, executor=pool)
        assert str(bound[0]) == str(operation.compile(1, 0.5))
        for pid in list(pool._processes):
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(CompilerCrashError, match=r"was killed, \d+ programs? had been compiled") as caught:
            list(bound)
    assert caught.value.operation == "Loop"
    assert caught.value.point is not None
    assert "memory" in caught.value.advice
    assert caught.value.__suppress_context__
    with ProcessPoolExecutor(1) as pool:  # as advised
        assert len(list(operation.bind(points[:4], executor=pool))) == 4


def test_a_point_that_kills_the_compiler(program):
    with ProcessPoolExecutor(1) as pool:
        bound = program.operation("Loop").bind([{"n": 1, "a": 0.5}, {"n": DEADLY, "a": 0.5}], executor=pool)
        assert str(bound[0])
        with pytest.raises(
            CompilerCrashError, match="point 1: a worker process of the executor was killed, 1 program had"
        ):
            bound[1]


def test_a_dead_worker_is_no_verdict_on_a_template(program):
    operation = program.operation("Turn")
    points = [{"a": 0.1 * k} for k in range(20)]
    forget()
    with ProcessPoolExecutor(1) as pool:
        pool.submit(os.getpid).result()
        for pid in list(pool._processes):
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(CompilerCrashError, match="Turn: a worker process of the executor was killed, no programs"):
            operation.bind(points, executor=pool)
        with pytest.raises(CompilerCrashError, match="killed"):
            Binder(operation, executor=pool)(points[0])
    assert set(operation.bind(points).methods) == {"template"}


def test_an_executor_that_is_shut_down(program):
    pool = ProcessPoolExecutor(1)
    pool.shutdown()
    forget()  # with a template that is known, nothing needs the executor
    with pytest.raises(CompilerCrashError, match=r"the executor was shut down, no programs .*; make a new one"):
        program.operation("Turn").bind([{"a": 0.5}], executor=pool)[0]


def test_dask_gives_the_work_of_a_dead_worker_to_others_until_those_die(program):
    pytest.importorskip("distributed")
    script = """
        import sys
        import dask
        import distributed
        from qsharp_bridge.parallel.dask import dask_executor
        from qsharp_bridge.errors import CompilerCrashError
        from qsharp_bridge.literals import QsharpCode
        from qsharp_bridge.programs import Program

        if __name__ == "__main__":
            operation = Program.from_source(sys.argv[1]).operation("Loop")
            deadly = QsharpCode("(" * 100_000 + "1" + ")" * 100_000)
            dask.config.set({"distributed.scheduler.allowed-failures": 1})
            with distributed.LocalCluster(
                n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
            ) as cluster, dask_executor(cluster.scheduler_address) as executor:
                bound = operation.bind([{"n": n, "a": 0.5} for n in (1, deadly, 2)], executor=executor)
                assert str(bound[0]) == str(operation.compile(1, 0.5))
                try:
                    bound[1]
                except CompilerCrashError as error:
                    print(error)
                assert str(bound[2]) == str(operation.compile(2, 0.5))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), SOURCE], capture_output=True, text=True, timeout=120
    )
    assert done.stdout.startswith("Loop, point 1: a worker process of the executor was killed, "), done
    assert "2 different workers" in done.stdout

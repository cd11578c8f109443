"""Every engine and every profile against qdk's own run of the Q# operation."""

import gc
from collections import Counter

import pytest
from scipy import stats

from qsharp_bridge.simulators import display, simulate
from qsharp_bridge.simulators.wires import plan_of

SOURCE = """
import Std.Math.*;
import Std.Convert.*;
import Std.Canon.*;
operation Phase() : Result[] {
    use qs = Qubit[3];
    ApplyToEach(H, qs);
    for k in 0..2 { Controlled R1([qs[k]], (1.9 * IntAsDouble(2 ^ k), qs[(k + 1) % 3])); }
    T(qs[0]); S(qs[1]); Adjoint T(qs[2]); SX(qs[0]); Ry(0.7, qs[1]); Rxx(0.4, qs[0], qs[2]); Ryy(1.1, qs[1], qs[2]);
    Rzz(-0.9, qs[0], qs[1]); SWAP(qs[0], qs[2]); CCNOT(qs[0], qs[1], qs[2]); CY(qs[2], qs[0]); Y(qs[1]);
    ApplyToEach(H, qs);
    let r = MeasureEachZ(qs);
    ResetAll(qs);
    r
}
operation Fourier() : Result[] {
    use qs = Qubit[4];
    X(qs[1]); Ry(0.8, qs[3]);
    ApplyQFT(qs);
    Rz(0.3, qs[0]); Rx(1.2, qs[2]);
    Adjoint ApplyQFT(qs);
    MResetEachZ(qs)
}
operation Labels() : (Result, Result[], (Result, Result)) {
    use qs = Qubit[5];
    X(qs[1]); X(qs[4]); H(qs[0]); CNOT(qs[0], qs[2]);
    let (a, b, c, d, e) = (M(qs[4]), M(qs[0]), M(qs[1]), M(qs[2]), M(qs[3]));
    ResetAll(qs);
    (a, [b, c], (d, e))
}
operation Again() : Result[] {
    use q = Qubit();
    H(q);
    let first = M(q);
    H(q);
    let second = M(q);
    Ry(1.0, q);
    let third = MResetZ(q);
    Rx(2.0, q);
    [first, second, third, MResetZ(q)]
}
operation Parity() : Result[] {
    use qs = Qubit[3];
    ApplyToEach(Ry(0.9, _), qs);
    let p = Measure([PauliX, PauliZ, PauliY], qs);
    [p] + MResetEachZ(qs)
}
operation Teleport() : (Result, Bool) {
    use (m, a, b) = (Qubit(), Qubit(), Qubit());
    Ry(0.9, m);
    H(a); CNOT(a, b); CNOT(m, a); H(m);
    let z = M(m) == One;
    if M(a) == One { X(b); }
    if z { Z(b); }
    ResetAll([m, a]);
    (MResetZ(b), z)
}
operation Counted() : (Int, Bool, Result) {
    use qs = Qubit[2];
    mutable n = -3;
    for k in 1..4 {
        H(qs[0]);
        if MResetZ(qs[0]) == One { set n += k; CNOT(qs[1], qs[0]); Ry(0.5, qs[1]); }
    }
    let r = MResetZ(qs[1]);
    Reset(qs[0]);
    (n, n > 0, r)
}
operation Real() : (Double, Int[]) {
    use q = Qubit();
    H(q);
    let one = MResetZ(q) == One;
    (one ? 0.25 | -0.0, [one ? 1 | 2, 7])
}
operation Clifford(n : Int) : Result[] {
    use qs = Qubit[n];
    H(qs[0]);
    for k in 0..n - 2 { CNOT(qs[k], qs[k + 1]); S(qs[k]); CZ(qs[k], qs[k + 1]); }
    H(qs[0]); Rx(PI() / 2.0, qs[1]); Rz(-PI(), qs[n - 1]); SX(qs[2]);
    MResetEachZ(qs)
}
"""
PLAIN = ["Phase()", "Fourier()", "Labels()", "Again()", "Parity()", "Clifford(4)"]
INTEGER = ["Teleport()", "Counted()"]
BASE_SOURCE = SOURCE[: SOURCE.index("operation Teleport")] + SOURCE[SOURCE.index("operation Clifford") :]
INTEGER_SOURCE = SOURCE.replace(SOURCE[SOURCE.index("operation Real") : SOURCE.index("operation Clifford")], "")
CASES = [
    *((profile, entry) for profile in ("Base", "Adaptive_RI", "Adaptive_RIF", "Adaptive") for entry in PLAIN),
    *((profile, entry) for profile in ("Adaptive_RI", "Adaptive_RIF", "Adaptive") for entry in INTEGER),
    *((profile, "Real()") for profile in ("Adaptive_RIF", "Adaptive")),
]
SHOTS = 3000


@pytest.fixture(scope="module")
def contexts():
    """A context a profile. They are dropped here, in the thread that made them."""
    import qdk

    source = {"Base": BASE_SOURCE, "Adaptive_RI": INTEGER_SOURCE}
    made = {}
    for profile in ("Base", "Adaptive_RI", "Adaptive_RIF", "Adaptive", "Unrestricted"):
        made[profile] = qdk.Context(target_profile=getattr(qdk.TargetProfile, profile))
        made[profile].eval(source.get(profile, SOURCE))
    yield made
    made.clear()
    gc.collect()


@pytest.fixture(scope="module")
def reference(contexts):
    """Counts of qdk's own run of the operation, from Q#, each made once."""
    from qdk import Result

    plain = {Result.Zero: 0, Result.One: 1, Result.Loss: 2}
    made = {}

    def value(found):
        if isinstance(found, Result):
            return plain[found]
        if isinstance(found, list):
            return [value(item) for item in found]
        return tuple(value(item) for item in found) if isinstance(found, tuple) else found

    def counts(entry):
        if entry not in made:
            shots = contexts["Unrestricted"].run(entry, SHOTS, seed=11)
            made[entry] = Counter(display(value(shot)) for shot in shots)
        return made[entry]

    return counts


def same_distribution(first, second):
    """The probability that two samples of one distribution differ so much."""
    keys = [key for key in {*first, *second} if first[key] + second[key] >= 10]
    rare = [key for key in {*first, *second} if key not in keys]
    table = [[sample[key] for key in keys] + [sum(sample[key] for key in rare)] for sample in (first, second)]
    columns = [column for column in zip(*table, strict=True) if sum(column)]
    return 1.0 if len(columns) < 2 else stats.chi2_contingency(list(zip(*columns, strict=True))).pvalue


@pytest.mark.parametrize(("profile", "entry"), CASES)
def test_agrees_with_qsharp(contexts, reference, profile, entry, tools):
    qir = str(contexts[profile].compile(entry))
    outcomes = simulate(qir, SHOTS, seed=5)
    assert same_distribution(Counter(outcomes.counts()), reference(entry)) > tools.false_alarm
    if profile in ("Base", "Adaptive_RI", "Adaptive_RIF") and entry in PLAIN:
        assert outcomes.engine == "qulacs", outcomes.why
    if entry.startswith("Clifford") and profile != "Adaptive":  # which gives its gates computed angles
        outcomes = simulate(qir, SHOTS, seed=6, engine="clifford")
        assert same_distribution(Counter(outcomes.counts()), reference(entry)) > tools.false_alarm
    if outcomes.engine != "cpu":
        outcomes = simulate(qir, 600, seed=6, engine="cpu")
        assert same_distribution(Counter(outcomes.counts()), reference(entry)) > tools.false_alarm


def test_the_comparison_notices_a_difference(tools):
    assert same_distribution(Counter(a=1500, b=1500), Counter(a=1300, b=1700)) < tools.false_alarm
    assert same_distribution(Counter(a=1500), Counter(a=1400, b=100)) < tools.false_alarm
    assert same_distribution(Counter(a=1500, b=1500), Counter(a=1530, b=1470)) > tools.false_alarm


def test_base_profile_needs_no_more_qubits_than_adaptive(contexts):
    """MeasureEachZ and ResetAll on n qubits are 2n qubits in the Base profile."""
    from qsharp_bridge.qir.reader import read

    for entry in PLAIN:
        base, adaptive = (read(str(contexts[profile].compile(entry))).structure for profile in ("Base", "Adaptive_RIF"))
        assert plan_of(base).width == plan_of(adaptive).width
    phase = read(str(contexts["Base"].compile("Phase()"))).structure
    assert (phase.qubits, plan_of(phase).width) == (6, 3)


def test_a_large_clifford_program_runs(contexts):
    outcomes = simulate(str(contexts["Adaptive_RIF"].compile("Clifford(60)")), 20, seed=1)
    assert outcomes.engine == "clifford"
    assert "60 qubits" in outcomes.why
    assert {len(shot) for shot in outcomes.shots} == {60}

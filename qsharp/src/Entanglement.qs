import Std.Measurement.*;

/// A Bell pair: both results are equal, Zero or One with probability 1/2 each.
operation BellPair() : (Result, Result) {
    use (left, right) = (Qubit(), Qubit());
    H(left);
    CNOT(left, right);
    (MResetZ(left), MResetZ(right))
}

/// A GHZ state of n qubits: all results are equal.
operation Ghz(n : Int) : Result[] {
    use qubits = Qubit[n];
    H(qubits[0]);
    for i in 0..n - 2 {
        CNOT(qubits[i], qubits[i + 1]);
    }
    MResetEachZ(qubits)
}

/// Teleports the state Ry(theta)|0> and measures it where it arrives: One with probability sin²(theta / 2).
/// The corrections depend on measurements in the middle of the circuit, so it needs an adaptive target.
@Config(Adaptive)
operation Teleport(theta : Double) : Result {
    use (message, here, there) = (Qubit(), Qubit(), Qubit());
    Ry(theta, message);

    H(here);
    CNOT(here, there);

    CNOT(message, here);
    H(message);
    if MResetZ(here) == One {
        X(there);
    }
    if MResetZ(message) == One {
        Z(there);
    }
    MResetZ(there)
}

import Std.Measurement.*;

/// A Rabi oscillation: a pulse turns one qubit by `angle` around X. One with probability sin²(angle / 2).
operation Rabi(angle : Double) : Result {
    use qubit = Qubit();
    Rx(angle, qubit);
    MResetZ(qubit)
}

/// A Ramsey fringe: two quarter turns, and between them a phase of 2π * detuning * time.
/// One with probability cos²(π * detuning * time). Detuning in Hz, time in s.
operation Ramsey(detuning : Double, time : Double) : Result {
    use qubit = Qubit();
    H(qubit);
    Rz(2.0 * Std.Math.PI() * detuning * time, qubit);
    H(qubit);
    X(qubit);
    MResetZ(qubit)
}

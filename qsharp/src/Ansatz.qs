import Std.Diagnostics.Fact;
import Std.Measurement.*;

/// A hardware-efficient ansatz: in each layer Ry and Rz on every qubit, then a ladder of CNOTs.
/// It takes 2 * qubits * layers angles, in radians: layer by layer, qubit by qubit, Ry before Rz.
operation HardwareEfficientAnsatz(qubits : Int, layers : Int, angles : Double[]) : Result[] {
    Fact(Length(angles) == 2 * qubits * layers, "2 * qubits * layers angles are needed");
    use register = Qubit[qubits];
    for layer in 0..layers - 1 {
        for i in 0..qubits - 1 {
            let first = 2 * (layer * qubits + i);
            Ry(angles[first], register[i]);
            Rz(angles[first + 1], register[i]);
        }
        for i in 0..qubits - 2 {
            CNOT(register[i], register[i + 1]);
        }
    }
    MResetEachZ(register)
}

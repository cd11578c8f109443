import Std.Measurement.*;
import Std.Arrays.*;

operation GenerateRandomBits(n: Int, angle: Double[]) : Result[] {
    use qubits = Qubit[n]; // n parameter as the size of the qubit array
    for q in qubits {
        H(q);
    }
    R(PauliZ, angle[0], qubits[0]); // arrays as entry-points parameters
    R(PauliZ, angle[1], qubits[1]);
    let results = MeasureEachZ(qubits);
    ResetAll(qubits);
    return results;
}

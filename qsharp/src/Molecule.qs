import Std.Diagnostics.Fact;
import Std.Measurement.*;

/// The unitary coupled-cluster ansatz of H2 on two qubits (O'Malley et al., Phys. Rev. X 6, 031007 (2016)):
/// exp(-i theta X Y) on the Hartree-Fock state, the first qubit being |1>; then each qubit is measured in its
/// basis, so that an energy can be put together from the terms Z, ZZ, XX and YY.
operation H2Ansatz(theta : Double, basis : Pauli[]) : Result[] {
    Fact(Length(basis) == 2, "a basis for each of the two qubits is needed");
    use register = Qubit[2];
    X(register[0]);
    Exp([PauliX, PauliY], -theta, register);
    for i in 0..1 {
        if basis[i] == PauliX {
            H(register[i]);
        } elif basis[i] == PauliY {
            Adjoint S(register[i]);
            H(register[i]);
        }
    }
    MResetEachZ(register)
}

import Std.Diagnostics.Fact;
import Std.Measurement.*;

/// QAOA for MaxCut on a ring of `nodes` nodes, with one gamma and one beta a layer, in radians.
/// The results are the sides of the cut; the value of one shot is the number of neighbours that differ.
/// One layer is at its best, 3/4 of the edges, with gamma = [π / 4] and beta = [π / 8].
operation MaxCutRing(nodes : Int, gamma : Double[], beta : Double[]) : Result[] {
    use register = Qubit[nodes];
    MaxCutRingState(register, gamma, beta);
    MResetEachZ(register)
}

/// The state of `MaxCutRing` on a register that is given: one qubit for each node.
operation MaxCutRingState(register : Qubit[], gamma : Double[], beta : Double[]) : Unit {
    let nodes = Length(register);
    Fact(nodes >= 3, "a ring has at least 3 nodes");
    Fact(Length(gamma) == Length(beta), "gamma and beta must be equally long");
    for qubit in register {
        H(qubit);
    }
    for layer in 0..Length(gamma) - 1 {
        for i in 0..nodes - 1 {
            Rzz(-gamma[layer], register[i], register[(i + 1) % nodes]);
        }
        for qubit in register {
            Rx(2.0 * beta[layer], qubit);
        }
    }
}

import Std.Arrays.Reversed;
import Std.Canon.ApplyQFT;
import Std.Measurement.*;

/// Estimates the phase of R1(2π * phase) on its eigenstate |1>, to `precision` bits.
/// The results are the binary digits of the phase after the point, the most significant first:
/// exact with certainty when the phase has that many digits, near it with high probability otherwise.
operation EstimatePhase(phase : Double, precision : Int) : Result[] {
    use digits = Qubit[precision];
    use eigenstate = Qubit();
    X(eigenstate);
    for qubit in digits {
        H(qubit);
    }
    for i in 0..precision - 1 {
        let turns = 2.0^Std.Convert.IntAsDouble(precision - 1 - i);
        Controlled R1([digits[i]], (2.0 * Std.Math.PI() * phase * turns, eigenstate));
    }
    Adjoint ApplyQFT(digits);
    Reset(eigenstate);
    Reversed(MResetEachZ(digits))
}

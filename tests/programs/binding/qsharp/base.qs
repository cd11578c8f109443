// Programs that compile for every profile. The tests bind each operation and compare it with direct compiles.
import Std.Math.*;
import Std.Convert.*;
import Std.Arrays.*;
import Std.Diagnostics.*;
import Std.StatePreparation.*;

struct Layer { Angles : Double[], Shift : Double }
struct Pair { Count : Int, Angle : Double }

operation Rotations(a : Double, b : Double, c : Double) : Result {
    use q = Qubit();
    Rx(a, q); Ry(b, q); Rz(c, q); Rx(a, q);
    MResetZ(q)
}
operation ControlledRotations(a : Double, b : Double) : Result[] {
    use q = Qubit[3];
    Controlled Rx([q[0]], (a, q[1]));
    Controlled Ry([q[0], q[1]], (b, q[2]));
    Controlled Rz([q[2]], (a + b, q[0]));
    Controlled Rzz([q[2]], (a, q[0], q[1]));
    MResetEachZ(q)
}
operation Exponentials(a : Double, b : Double) : Result[] {
    use q = Qubit[3];
    Exp([PauliX, PauliZ, PauliY], a, q);
    Exp([PauliZ, PauliZ], b, q[0..1]);
    Exp([PauliI, PauliX], a * b, q[1..2]);
    Controlled Exp([q[2]], ([PauliX, PauliY], a, q[0..1]));
    MResetEachZ(q)
}
operation Phases(a : Double, b : Double) : Result[] {
    use q = Qubit[3];
    R1(a, q[0]);
    Controlled R1([q[0], q[1]], (b, q[2]));
    Adjoint R1(a, q[1]);
    R(PauliY, b, q[0]);
    R1Frac(1, 3, q[0]);
    MResetEachZ(q)
}
operation TwoQubit(a : Double, b : Double, c : Double) : Result[] {
    use q = Qubit[2];
    Rxx(a, q[0], q[1]); Ryy(b, q[0], q[1]); Rzz(c, q[0], q[1]);
    MResetEachZ(q)
}
operation Part(a : Double, q : Qubit[]) : Unit is Adj + Ctl {
    Rx(a, q[0]);
    CNOT(q[0], q[1]);
    Rz(a / 3.0, q[1]);
}
operation Functors(a : Double, b : Double) : Result[] {
    use q = Qubit[3];
    Part(a, q[0..1]);
    Adjoint Part(b, q[0..1]);
    Controlled Part([q[2]], (a, q[0..1]));
    Controlled Adjoint Part([q[2]], (-b, q[0..1]));
    MResetEachZ(q)
}
operation WithinApply(a : Double, b : Double) : Result[] {
    use q = Qubit[2];
    within { Rx(a, q[0]); H(q[1]); } apply { Rzz(b, q[0], q[1]); }
    MResetEachZ(q)
}
operation Arithmetic(a : Double, b : Double) : Result {
    use q = Qubit();
    Rx(a + b, q); Rx(a - b, q); Rx(a * b, q); Rx(a / 3.0, q); Rx(-a, q); Rx(-(-b), q);
    Rx(2.0 * PI() * a, q); Rx(a / 2.0 / 2.0, q); Rx(1.0 - a * a, q); Rx(0.1 + 0.2 + a, q); Rx(0.0 * b, q); Rx(a - a, q);
    MResetZ(q)
}
operation Quotient(a : Double, b : Double) : Result {
    use q = Qubit();
    Rx(a / b, q); Rx(a % b, q); Rx(1.0 / (a + 0.5), q);
    MResetZ(q)
}
operation Trigonometry(a : Double, b : Double) : Result {
    use q = Qubit();
    Rx(Sin(a), q); Rx(Cos(b), q); Rx(Tan(a), q); Rx(ArcTan(b), q); Rx(ArcTan2(a, b), q); Rx(Sin(Cos(a * b)), q);
    Rx(Sqrt(a * a), q); Rx(Sqrt(AbsD(b)), q);
    MResetZ(q)
}
operation InverseFunctions(a : Double) : Result {
    use q = Qubit();
    Rx(ArcSin(a), q); Rx(ArcCos(a), q); Rx(Tanh(a), q);
    MResetZ(q)
}
operation Logarithms(a : Double) : Result {
    use q = Qubit();
    Rx(Log(a), q); Rx(Lg(a), q); Rx(Log10(a), q); Rx(Sinh(a), q); Rx(Cosh(a), q); Rx(ArcSinh(a), q);
    MResetZ(q)
}
operation Rounding(a : Double, b : Double) : Result {
    use q = Qubit();
    Rx(IntAsDouble(Floor(a)), q); Rx(IntAsDouble(Ceiling(b)), q); Rx(IntAsDouble(Round(a)), q);
    Rx(IntAsDouble(Truncate(b)) / 7.0, q);
    if Truncate(a) == 2 { X(q); }
    MResetZ(q)
}
operation IntegerArithmetic(a : Double) : Result {
    use q = Qubit();
    let n = Truncate(a);
    Rx(IntAsDouble(10 / n), q); Rx(IntAsDouble(10 % n), q); Rx(IntAsDouble(n * n * n + 1), q);
    Rx(IntAsDouble(-n &&& 6), q); Rx(IntAsDouble(n <<< 2), q); Rx(IntAsDouble(n >>> 1), q); Rx(IntAsDouble(n ^^^ 5), q);
    MResetZ(q)
}
operation Extremes(a : Double, b : Double) : Result {
    use q = Qubit();
    Rx(AbsD(a), q); Rx(MaxD(a, b), q); Rx(MinD(a, b), q); Rx(IntAsDouble(SignD(b)), q);
    MResetZ(q)
}
operation BranchOnSign(a : Double, b : Double) : Result[] {
    use q = Qubit[2];
    if a > 0.0 { Rx(a, q[0]); CNOT(q[0], q[1]); } else { Ry(-a, q[1]); }
    Rz(b, q[0]);
    MResetEachZ(q)
}
operation NestedBranches(a : Double, b : Double) : Result {
    use q = Qubit();
    mutable t = a > b ? a | b * 2.0;
    if a >= 0.0 and b > 0.0 { set t = t + a; } elif a < -1.0 or b <= -2.0 { set t = b; }
    if not (t != 1.0) { X(q); }
    Rx(t, q);
    MResetZ(q)
}
operation SkipZero(a : Double, b : Double) : Result {
    use q = Qubit();
    if a != 0.0 { Rx(a, q); }
    if b == 0.0 { X(q); } else { Ry(b, q); }
    Rz(a, q);
    MResetZ(q)
}
operation Facts(a : Double) : Result {
    use q = Qubit();
    Fact(a > -1.0, "a must be greater than -1");
    Rx(a, q);
    MResetZ(q)
}
operation Ansatz(n : Int, angles : Double[]) : Result[] {
    use q = Qubit[n];
    for i in IndexRange(angles) { Ry(angles[i], q[i % n]); if i % 2 == 1 and n > 1 { CNOT(q[i % n], q[(i + 1) % n]); } }
    MResetEachZ(q)
}
operation Grid(angles : Double[][]) : Result[] {
    use q = Qubit[2];
    for row in angles { for i in IndexRange(row) { Rx(row[i], q[i % 2]); } CNOT(q[0], q[1]); }
    MResetEachZ(q)
}
operation Tuples(pair : (Double, Double), rest : (Double, (Double, Double))) : Result {
    use q = Qubit();
    let (a, b) = pair;
    let (c, (d, e)) = rest;
    Rx(a, q); Ry(b, q); Rz(c + d, q); Rx(e, q);
    MResetZ(q)
}
operation Layered(layer : Layer, scale : Double) : Result {
    use q = Qubit();
    for angle in layer.Angles { Rx(angle * scale + layer.Shift, q); }
    MResetZ(q)
}
operation CountedPair(pair : Pair) : Result {
    use q = Qubit();
    for _ in 1..pair.Count { Rx(pair.Angle, q); }
    MResetZ(q)
}
operation Everywhere(a : Double) : Result[] {
    use q = Qubit[4];
    ApplyToEach(Rx(a, _), q);
    for i in 0..3 { Rz(a * IntAsDouble(i), q[i]); Ry(a / 2.0, q[i]); }
    let twice = x -> 2.0 * x;
    Rx(twice(a), q[0]);
    MResetEachZ(q)
}
operation Nowhere(a : Double, b : Double) : Result {
    use q = Qubit();
    let unused = 1.0 / (a + 3.0);
    Rx(b, q); Rx(0.3, q); Rx(0.0, q);
    MResetZ(q)
}
operation Accumulate(angles : Double[]) : Result {
    use q = Qubit();
    mutable sum = 0.0;
    for angle in angles { set sum += angle; Rx(sum, q); }
    Ry(Fold((s, x) -> s + x, 0.0, angles), q);
    for angle in Mapped(x -> x / 3.0, angles) { Rz(angle, q); }
    MResetZ(q)
}
operation Trotter(steps : Int, time : Double, fields : Double[]) : Result[] {
    use q = Qubit[2];
    let dt = time / IntAsDouble(steps);
    for _ in 1..steps { for i in 0..1 { Rx(-2.0 * fields[i] * dt, q[i]); } Rzz(2.0 * dt, q[0], q[1]); }
    MResetEachZ(q)
}
operation PauliChoice(paulis : Pauli[], a : Double, flag : Bool, label : String) : Result[] {
    use q = Qubit[2];
    Exp(paulis, a, q);
    if flag { Rx(a, q[0]); }
    Message($"{label} 0.5 {a}");
    MResetEachZ(q)
}
operation OwnGate(a : Double, n : Int, q : Qubit) : Unit { body intrinsic; }
operation OwnGates(a : Double, b : Double) : Result {
    use q = Qubit();
    OwnGate(a * 2.0, 3, q); OwnGate(b, -1, q); OwnGate(0.25, 0, q);
    MResetZ(q)
}
// Without a symbolic form: always compiled directly.
operation WhileLoop(a : Double) : Result {
    use q = Qubit();
    mutable t = a;
    while t < 3.0 and t > -3.0 { Rx(t, q); set t += 1.0; }
    MResetZ(q)
}
operation Power(a : Double) : Result { use q = Qubit(); Rx(a ^ 2.0, q); MResetZ(q) }
operation RangeOf(a : Double, b : Double) : Result {
    use q = Qubit();
    for _ in 0..Truncate(MinD(MaxD(a, -1.0), 4.0)) { Rx(b, q); }
    MResetZ(q)
}
operation Amplitudes(a : Double, b : Double) : Result[] {
    use q = Qubit[1];
    PreparePureStateD([a, b, 1.0, 0.5][0..1], q);
    MResetEachZ(q)
}
operation ComplexNumber(c : Complex) : Result { use q = Qubit(); Rx(c.Real, q); Ry(c.Imag * 2.0, q); MResetZ(q) }
operation NoDoubles(n : Int) : Result[] { use q = Qubit[n]; X(q[0]); MResetEachZ(q) }

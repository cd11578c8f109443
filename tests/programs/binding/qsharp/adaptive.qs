// Programs that branch on measurements: they compile for Adaptive_RI and Adaptive_RIF.
import Std.Math.*;
import Std.Convert.*;

operation Correct(a : Double, b : Double) : Result {
    use (q, p) = (Qubit(), Qubit());
    Rx(a, q);
    if M(q) == One { Rx(b, p); Ry(a / 3.0, p); } else { Rz(b * a, p); }
    Rx(b, p);
    MResetZ(p)
}
operation BothBranches(a : Double, b : Double) : Result {
    use (q, p) = (Qubit(), Qubit());
    H(q);
    if M(q) == One { if a > 0.5 { Rx(a, p); } else { Ry(a, p); X(p); } }
    if b > 0.0 { if M(q) == Zero { Rz(b, p); } }
    MResetZ(p)
}
operation Mixed(a : Double) : Result {
    use (q, p) = (Qubit(), Qubit());
    H(q);
    let m = M(q) == One;
    if m and a > 0.5 { Rx(a, p); }
    if (a > 1.5) != m { Ry(a, p); }
    MResetZ(p)
}
operation Counted(a : Double, rounds : Int) : (Bool, Int) {
    use q = Qubit();
    mutable ones = 0;
    for i in 1..rounds { Rx(a * IntAsDouble(i), q); if MResetZ(q) == One { set ones += 1; } }
    (a > 0.0, ones)
}
operation Wholes(a : Double) : Int { use q = Qubit(); Rx(a, q); Reset(q); Truncate(a) }

// Programs that compute with Doubles at run time: they compile for Adaptive_RIF alone.
import Std.Math.*;
import Std.Convert.*;

operation Chosen(a : Double, b : Double) : Result {
    use (q, p) = (Qubit(), Qubit());
    H(q);
    let t = M(q) == One ? a | b;
    Rx(t, p);
    Rx(t * a, p);
    MResetZ(p)
}
operation Reassigned(a : Double, b : Double, c : Double) : Result {
    use (q, p) = (Qubit(), Qubit());
    H(q);
    mutable t = a;
    if M(q) == One { set t = b; if M(q) == Zero { set t = c; } } else { set t = a * 1.0; }
    Rx(t, p);
    MResetZ(p)
}
operation HalfOrSame(a : Double) : Result {
    use (q, p) = (Qubit(), Qubit());
    H(q);
    mutable t = 0.5;
    if M(q) == One { set t = a; }
    if t > 0.25 { Rx(t + a, p); }
    MResetZ(p)
}
operation Outputs(a : Double, b : Double) : (Double, Double[], Result) {
    use q = Qubit();
    Rx(a, q);
    (a * 2.0, [b, Sin(a)], MResetZ(q))
}
operation Sin(x : Double) : Double { body intrinsic; }
operation OwnSine(a : Double, b : Double) : Result {
    use q = Qubit();
    Rx(Sin(a) * b, q);
    Ry(Std.Math.Cos(a), q);
    MResetZ(q)
}
operation Sensor(x : Double) : Double { body intrinsic; }
operation Sensed(a : Double, b : Double) : Result {
    use q = Qubit();
    let s = Sensor(a);
    Rx(s * b, q);
    if s > b { Ry(b, q); }
    MResetZ(q)
}

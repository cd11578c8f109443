// The angles and parametrised gates of OpenQASM as Std.OpenQASM of qdk 1.33.1 has them, but with a plain Int for an
// angle. See angles.py. Each is compared with qdk's own in tests/programs/binding/test_angles.py.
namespace QsharpBridge.OpenQASM {
    // No branch: with one for each sign of each angle, hardly two points would be on one path.
    function DoubleAsAngle(value : Double, size : Int) : Int {
        let known = [0][size - 53]; // an angle of another size is not for here: no symbolic form
        let tau = 2. * Std.Math.PI();
        let rest = value % tau;
        let sign = Std.Convert.IntAsDouble(Std.Math.Truncate(Std.Math.ArcTan(rest * 1e300 * 1e300))); // -1, 0 or 1
        let turned = rest + (sign * sign - sign) / 2. * tau;
        let below = turned * (1. - Std.Convert.IntAsDouble(Std.Math.Truncate(turned / tau))); // 0 for all of tau
        let steps = below / (tau / Std.Convert.IntAsDouble(1 <<< 53));
        let whole = Std.Math.Truncate(steps);
        whole + Std.Math.Truncate((steps - Std.Convert.IntAsDouble(whole)) * 2.) // half a step is rounded up
    }

    function AngleAsDouble(angle : Int) : Double {
        let capped = angle - angle / (1 <<< 53);
        Std.Convert.IntAsDouble(capped) * (2. * Std.Math.PI() / Std.Convert.IntAsDouble(1 <<< 53))
    }

    function AddAngles(a : Int, b : Int) : Int {
        (a + b) % (1 <<< 53)
    }

    function SubtractAngles(a : Int, b : Int) : Int {
        (a + ((1 <<< 53) - b)) % (1 <<< 53)
    }

    function NegAngle(a : Int) : Int {
        ((1 <<< 53) - a) % (1 <<< 53)
    }

    function MultiplyAngleByInt(a : Int, factor : Int) : Int {
        (a * factor) % (1 <<< 53)
    }

    function DivideAngleByInt(a : Int, divisor : Int) : Int {
        a / divisor
    }

    function AngleEq(a : Int, b : Int) : Bool {
        a == b
    }

    function AngleNeq(a : Int, b : Int) : Bool {
        a != b
    }

    function AngleGt(a : Int, b : Int) : Bool {
        a > b
    }

    function AngleGte(a : Int, b : Int) : Bool {
        a >= b
    }

    function AngleLt(a : Int, b : Int) : Bool {
        a < b
    }

    function AngleLte(a : Int, b : Int) : Bool {
        a <= b
    }

    function AngleAsBool(a : Int) : Bool {
        a != 0
    }

    function Turn(part : Double) : Int {
        DoubleAsAngle(part, 53)
    }

    // What is not finite is no angle either: it is never bound, and the program itself says what is wrong.
    function Finite(value : Double, text : String) : Double {
        value
    }

    function NeedsLength(name : String, found : Int, wanted : Int) : Unit {
        if found != wanted {
            fail "another length";
        }
    }

    // The compiler has no symbolic form of `^`, but one of an operation that it does not know.
    operation Power(base : Double, exponent : Double) : Double {
        QsharpBridgePower(base, exponent)
    }

    operation QsharpBridgePower(base : Double, exponent : Double) : Double {
        body intrinsic;
    }

    operation gphase(theta : Int) : Unit is Adj + Ctl {
        Exp([], AngleAsDouble(theta), []);
    }

    operation U(theta : Int, phi : Int, lambda : Int, qubit : Qubit) : Unit is Adj + Ctl {
        let theta = AngleAsDouble(theta);
        let phi = AngleAsDouble(phi);
        let lambda = AngleAsDouble(lambda);
        Rz(lambda, qubit);
        Ry(theta, qubit);
        Rz(phi, qubit);
        R(PauliI, -lambda - phi - theta, qubit);
    }

    operation p(lambda : Int, qubit : Qubit) : Unit is Adj + Ctl {
        Controlled gphase([qubit], lambda);
    }

    operation rx(theta : Int, qubit : Qubit) : Unit is Adj + Ctl {
        Rx(AngleAsDouble(theta), qubit);
    }

    operation ry(theta : Int, qubit : Qubit) : Unit is Adj + Ctl {
        Ry(AngleAsDouble(theta), qubit);
    }

    operation rz(theta : Int, qubit : Qubit) : Unit is Adj + Ctl {
        Rz(AngleAsDouble(theta), qubit);
    }

    operation cp(lambda : Int, control : Qubit, qubit : Qubit) : Unit is Adj + Ctl {
        Controlled p([control], (lambda, qubit));
    }

    operation crx(theta : Int, control : Qubit, qubit : Qubit) : Unit is Adj + Ctl {
        Controlled Rx([control], (AngleAsDouble(theta), qubit));
    }

    operation cry(theta : Int, control : Qubit, qubit : Qubit) : Unit is Adj + Ctl {
        Controlled Ry([control], (AngleAsDouble(theta), qubit));
    }

    operation crz(theta : Int, control : Qubit, qubit : Qubit) : Unit is Adj + Ctl {
        Controlled Rz([control], (AngleAsDouble(theta), qubit));
    }

    operation cu(theta : Int, phi : Int, lambda : Int, gamma : Int, control : Qubit, qubit : Qubit) : Unit is Adj + Ctl {
        p(SubtractAngles(gamma, DivideAngleByInt(theta, 2)), control);
        Controlled U([control], (theta, phi, lambda, qubit));
    }

    operation phase(lambda : Int, qubit : Qubit) : Unit is Adj + Ctl {
        U(0, 0, lambda, qubit);
    }

    operation cphase(lambda : Int, control : Qubit, qubit : Qubit) : Unit is Adj + Ctl {
        Controlled phase([control], (lambda, qubit));
    }

    operation u1(lambda : Int, qubit : Qubit) : Unit is Adj + Ctl {
        U(0, 0, lambda, qubit);
    }

    operation u2(phi : Int, lambda : Int, qubit : Qubit) : Unit is Adj + Ctl {
        let quarter = Turn(Std.Math.PI() / 2.);
        gphase(NegAngle(DivideAngleByInt(AddAngles(phi, AddAngles(lambda, quarter)), 2)));
        U(quarter, phi, lambda, qubit);
    }

    operation u3(theta : Int, phi : Int, lambda : Int, qubit : Qubit) : Unit is Adj + Ctl {
        gphase(NegAngle(DivideAngleByInt(AddAngles(phi, AddAngles(lambda, theta)), 2)));
        U(theta, phi, lambda, qubit);
    }

    operation cu1(lambda : Int, control : Qubit, qubit : Qubit) : Unit is Adj + Ctl {
        Controlled u1([control], (lambda, qubit));
    }

    operation cu3(theta : Int, phi : Int, lambda : Int, control : Qubit, qubit : Qubit) : Unit is Adj + Ctl {
        Controlled u3([control], (theta, phi, lambda, qubit));
    }

    operation rxx(theta : Int, a : Qubit, b : Qubit) : Unit is Adj + Ctl {
        Rxx(AngleAsDouble(theta), a, b);
    }

    operation ryy(theta : Int, a : Qubit, b : Qubit) : Unit is Adj + Ctl {
        Ryy(AngleAsDouble(theta), a, b);
    }

    operation rzz(theta : Int, a : Qubit, b : Qubit) : Unit is Adj + Ctl {
        Rzz(AngleAsDouble(theta), a, b);
    }

    operation r(theta : Int, phi : Int, qubit : Qubit) : Unit is Adj + Ctl {
        let quarter = Turn(Std.Math.PI() / 2.);
        u3(theta, AddAngles(phi, Turn(-Std.Math.PI() / 2.)), SubtractAngles(quarter, phi), qubit);
    }

    operation rzx(theta : Int, a : Qubit, b : Qubit) : Unit is Adj + Ctl {
        Std.OpenQASM.Intrinsic.h(b);
        Std.OpenQASM.Intrinsic.cx(a, b);
        u1(theta, b);
        Std.OpenQASM.Intrinsic.cx(a, b);
        Std.OpenQASM.Intrinsic.h(b);
    }

    operation xx_minus_yy(theta : Int, beta : Int, a : Qubit, b : Qubit) : Unit is Adj + Ctl {
        rz(NegAngle(beta), b);
        HalfTurns(DivideAngleByInt(theta, 2), NegAngle(DivideAngleByInt(theta, 2)), a, b);
        rz(beta, b);
    }

    operation xx_plus_yy(theta : Int, beta : Int, a : Qubit, b : Qubit) : Unit is Adj + Ctl {
        rz(beta, b);
        HalfTurns(DivideAngleByInt(theta, 2), DivideAngleByInt(theta, 2), a, b);
        rz(NegAngle(beta), b);
    }

    operation HalfTurns(first : Int, second : Int, a : Qubit, b : Qubit) : Unit is Adj + Ctl {
        let quarter = Turn(Std.Math.PI() / 2.);
        let back = Turn(-Std.Math.PI() / 2.);
        rz(back, a);
        Std.OpenQASM.Intrinsic.sx(a);
        rz(quarter, a);
        Std.OpenQASM.Intrinsic.s(b);
        Std.OpenQASM.Intrinsic.cx(a, b);
        ry(first, a);
        ry(second, b);
        Std.OpenQASM.Intrinsic.cx(a, b);
        Std.OpenQASM.Intrinsic.sdg(b);
        rz(back, a);
        Std.OpenQASM.Intrinsic.sxdg(a);
        rz(quarter, a);
    }
}

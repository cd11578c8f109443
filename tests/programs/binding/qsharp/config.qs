// A program that does something else for each profile.
@Config(Base)
operation Order(a : Double, b : Double, q : Qubit) : Unit { Rx(a, q); Rx(b, q); }
@Config(Adaptive)
operation Order(a : Double, b : Double, q : Qubit) : Unit { Rx(b, q); Rx(a, q); }
operation ChosenByProfile(a : Double, b : Double) : Result {
    use q = Qubit();
    Order(a, b, q);
    MResetZ(q)
}


operation SameForEach(a : Double, b : Double) : Result {
    use q = Qubit();
    Rx(a, q); Rx(-b / 2.0, q);
    MResetZ(q)
}

"""Symbolic forms: how the numbers of a program depend on its parameters, as the compiler itself states it."""

"""The input formats of jobs, each turned into QIR, which the simulators run.

``read`` raises ``InputError`` for what is not of its format, or uses what cannot be simulated.
"""

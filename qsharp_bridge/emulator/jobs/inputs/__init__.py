"""The input formats of jobs: each reader translates its format into QIR, which the simulators run."""

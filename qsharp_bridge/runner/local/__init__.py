"""A plan simulated on this machine."""

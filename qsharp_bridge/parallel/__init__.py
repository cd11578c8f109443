"""Threads, processes and clusters that do the work of a run."""

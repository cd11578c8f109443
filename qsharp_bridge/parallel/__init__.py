"""Threads, processes and clusters that run the work of a sweep."""

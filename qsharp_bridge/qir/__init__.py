"""Readers of QIR text and bitcode: gates, measurements, outputs, counts and target profiles."""

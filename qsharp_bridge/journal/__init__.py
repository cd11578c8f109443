"""The journal of a run: one SQLite file that knows, at any moment, which job belongs to which point."""

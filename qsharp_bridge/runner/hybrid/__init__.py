"""A session for a loop that chooses its next point: its evaluations, on record and as jobs."""

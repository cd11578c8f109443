"""A plan carried out as jobs of a session."""

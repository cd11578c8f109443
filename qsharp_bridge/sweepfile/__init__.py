"""Sweep files: a whole run in TOML, checked by the JSON Schema ``schema.json``."""

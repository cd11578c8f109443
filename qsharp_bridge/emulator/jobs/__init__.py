"""How an accepted job is run: read, simulated, priced, and its outcomes written."""

"""One module for each family of values: how it is written as a Q# literal."""

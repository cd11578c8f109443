"""QIR: read, counted and described. Text or bitcode in, gates, measurements and outputs out."""

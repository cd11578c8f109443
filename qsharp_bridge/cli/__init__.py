"""The command line: ``qsharp-bridge``. It parses, calls the library and prints; it decides nothing itself.

- ``main``: the parser of all verbs, and errors to one line and an exit code
- ``verbs``: one module for each verb
- ``parser``, ``exits``: how every verb reads its arguments and ends
- ``sweep_file``, ``axes``: a sweep file (TOML) as what ``run_sweep`` takes
- ``values``: values written on the command line
- ``places``: workspaces and targets by name
- ``reports``: results to the terminal and to files

Nothing here imports qdk, azure-quantum, numpy or pandas before a verb needs it: help answers at once.
"""

"""The command line: ``qsharp-bridge``. It parses with click, calls the library and prints; it decides nothing itself.

- ``main``: all verbs, and the errors of a wrong command line
- ``verbs``: one module for each verb
- ``verb``, ``exit_codes``: errors as one line each, and how a command ends
- ``options``, ``workspaces``: the options that verbs share
- ``values``: values written on the command line
- ``journals``, ``output``, ``results_output``: journals and results, to the terminal and to files

Nothing here imports qdk, azure-quantum, numpy or pandas before a verb needs it: help answers at once.
"""

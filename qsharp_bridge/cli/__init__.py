"""The command line ``qsharp-bridge``: it parses with click, calls the library and prints.

- ``main``: the console script and its verbs
- ``verbs``: one module for each verb
- ``verb``, ``exit_codes``: errors in one line each, and exit codes
- ``options``: the options that verbs share
- ``values``: values written on the command line
- ``journals``: checks of the journals that a command names
- ``rows``, ``results_output``: sessions, jobs and results, printed or written to files

Nothing here imports qdk, azure-quantum, numpy or pandas before a verb needs it, so that help answers at once.
"""

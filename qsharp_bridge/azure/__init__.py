"""The Azure Quantum client with safe retries and kept connections. Nothing here depends on Q#.

- ``connect``, ``workspace``: an ``azure.quantum.Workspace`` from a resource id, a connection string or the environment
- ``client``: the requests of a run: sessions, idempotent submission, polling, download
- ``answers``: jobs and sessions as the service reports them, checked
- ``storage``: uploads of inputs and downloads of results
- ``connections``: kept connections with time-outs, which another thread can cut
- ``retry``, ``rate_limit``: the retry policy and the throttle that all threads of a run share
- ``sessions``: sessions and their jobs, for users who manage their own
"""

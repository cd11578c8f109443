"""The Azure Quantum client, made safe to retry and quick. Knows nothing of Q#.

- ``connect``, ``workspace``: an ``azure.quantum.Workspace`` from a resource id, a connection string or the environment
- ``client``: one workspace as a run uses it: sessions, idempotent submission, polling, download
- ``answers``: jobs and sessions as the service reports them, checked
- ``storage``: inputs and results of jobs
- ``connections``: kept connections with time-outs, which another thread can cut
- ``retry``, ``rate_limit``: how long and how often requests are sent again, shared by all threads of a run
- ``sessions``: sessions and their jobs, for people who manage their own
"""

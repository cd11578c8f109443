"""The plan of a sweep: everything compiled, checked and priced before a session is opened.

- ``prepare``: ``plan_sweep``, and the steps from a sweep to a run that could start
- ``prepared``: such a run, and its jobs as a job runner reads them
- ``sweep_plan``: what a run would do and cost, and how it is printed
- ``programs``, ``costs``: what the programs consist of, and what their jobs cost
- ``packing``: which points share a job, and whether they may
"""

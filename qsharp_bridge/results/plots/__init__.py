"""Plots that fit the sweep.

- ``columns``: what varies over the points, and which of it is an axis, a line or a panel
- ``quantities``: what is drawn: probabilities or the mean of an observable, with standard errors
- ``lines``, ``maps``, ``histograms``: the three kinds of pictures
- ``choice``: which of them fits; :func:`plot`
"""

from qsharp_bridge.results.plots.choice import plot

__all__ = ["plot"]

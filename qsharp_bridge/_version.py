"""The version of the package. A module of its own, so that every layer may know it."""

__version__ = "0.1.0"

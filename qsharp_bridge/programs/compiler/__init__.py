"""The Q# compiler: its contexts, its thread, its reports, and a cache of what it compiled."""

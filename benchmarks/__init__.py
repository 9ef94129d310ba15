"""Measures jupyter-dataops beside its peers, on the same machine, in turn: ``python -m benchmarks``."""

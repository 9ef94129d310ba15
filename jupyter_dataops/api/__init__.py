"""The public Python API; every other face stands on it."""

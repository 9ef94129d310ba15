"""What is wrong in a notebook, found before it runs: one rule for each diagnostic code. Pure."""

from jupyter_dataops.lint.check import check_pipeline

__all__ = ["check_pipeline"]

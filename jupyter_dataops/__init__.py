"""Interactive data pipelines in ordinary Jupyter notebooks: tag cells, run them as a graph through papermill."""

from __future__ import annotations

__version__ = "0.1.0"

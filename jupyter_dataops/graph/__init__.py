"""The pipeline's graph: build, select, draw."""

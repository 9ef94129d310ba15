"""The face for browsers: an extension of Jupyter Server."""

"""Where node runs happen."""

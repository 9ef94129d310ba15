"""The one loop that drives a run, and its pure decisions."""

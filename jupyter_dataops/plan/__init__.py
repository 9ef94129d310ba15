"""What a run will do with each node, and why. Pure."""

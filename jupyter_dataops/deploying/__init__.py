"""Deployments: an immutable version of a pipeline, where it is live, and the way there and back."""

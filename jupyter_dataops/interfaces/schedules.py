"""The seam of schedules: where they, and their fires, are kept."""

"""Notebook to meaning: tags, Kale's dialect, models, reading. Pure."""

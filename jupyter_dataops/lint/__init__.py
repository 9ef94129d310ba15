"""Diagnostics: one rule per code. Pure."""

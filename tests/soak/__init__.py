"""Runs pipelines while everything is being killed, and looks all the time for what must not be."""

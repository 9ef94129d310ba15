"""Serializers and the content-addressed store."""

"""Names that cells read and bind, and the edges that follow. Pure."""

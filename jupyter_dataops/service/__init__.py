"""What a browser may ask for, answered: shared by the server extension and the panel, and independent of both."""

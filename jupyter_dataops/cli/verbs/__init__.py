"""One module per verb, each with its ``command``: parse, call, print."""

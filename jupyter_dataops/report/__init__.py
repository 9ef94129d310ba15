"""How a run is told: its nodes as rows, its timeline, and the HTML page of a whole run. Values in, text out."""

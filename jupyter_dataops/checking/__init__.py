"""What runs in a check's kernel beside the check: its verdict, and what made it fail. Imports nothing else of ours."""

"""``python -m jupyter_dataops``: the command line."""

from __future__ import annotations

from jupyter_dataops.cli import main

if __name__ == "__main__":
    main()

from __future__ import annotations

from io import StringIO

from rich.console import Console

from jupyter_dataops.api.bundles import Contents
from jupyter_dataops.cli.deployment_view import print_diff
from jupyter_dataops.deploying.diff import compare

EMPTY = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


def test_schedules_of_two_versions_differ_as_in_a_sync() -> None:
    before = {"nightly": {"cron": "0 6 * * *", "tz": "UTC"}, "old": {"every": "1h"}}
    after = {"nightly": {"cron": "0 7 * * *", "overlap": "buffer_one"}, "new": {"asset": "sales", "env": "prod"}}
    one, other = (Contents("a.ipynb", {"a.ipynb": EMPTY}, schedules=tables) for tables in (before, after))
    said = StringIO()
    print_diff(compare(one, other), Console(file=said, width=100))
    assert said.getvalue().splitlines() == [
        "schedules",
        "+ new: asset sales, env prod",
        "~ nightly",
        "    cron: 0 6 * * * -> 0 7 * * *",
        "    tz: UTC -> none",
        "    overlap: none -> buffer_one",
        "- old",
    ]

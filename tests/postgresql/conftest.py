"""Tests of this folder need a server: they are there only where `DATAOPS_TEST_POSTGRESQL` names one."""

from __future__ import annotations

from tests.support.stores import POSTGRESQL

collect_ignore_glob = [] if POSTGRESQL else ["test_*.py"]

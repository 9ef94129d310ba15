from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from jupyter_dataops import Pipeline
from jupyter_dataops.config import Settings
from jupyter_dataops.deploying.deploy import deploy
from jupyter_dataops.ids import ScheduleId
from jupyter_dataops.records import ScheduleRecord
from jupyter_dataops.schedules.triggers import Condition
from jupyter_dataops.scheduling.asked_code import notebooks_in
from jupyter_dataops.scheduling.looking import WorldLooker
from tests.support.deployments import project
from tests.support.notebooks import cell

START = datetime(2026, 1, 1, tzinfo=UTC)
TOML = """
[env.prod]
[schedules.s]
notebook = "etl.ipynb"
condition = "checks:ready"
env = "prod"
[schedules.t]
notebook = "etl.ipynb"
condition = "cell:now"
env = "prod"
"""
CHECKS = "from pathlib import Path\ndef ready(): return ['{}', Path('data').exists()]\n"


def test_a_condition_of_a_deployed_version_is_asked_with_the_code_of_what_is_live(tmp_path: Path) -> None:
    cells = cell("x = 1", "node:a"), cell("from checks import ready\nready()", "skip", "now")
    folder = tmp_path / "project"
    path = project(folder, *cells, files={"checks.py": CHECKS.format("deployed"), "dataops.toml": TOML})
    settings = Settings(store=str(tmp_path / "store"), jobs=1, actor="ana@here", environment="prod")
    deploy(Pipeline(path, settings=settings), "prod")
    (folder / "checks.py").write_text(CHECKS.format("edited"))
    (folder / "data").touch()
    working = ScheduleRecord(ScheduleId("bcd"), "s", str(path), {}, START, START, environment="prod")
    looker = WorldLooker(notebook_of=notebooks_in(settings))

    def asked(target: str, schedule: ScheduleRecord) -> str:
        seen = looker.look(Condition(target), schedule, {}).seen
        return str(seen.get("shown", seen.get("error")))

    # Files are those of the project: what a version waits for is no part of it.
    assert asked("checks:ready", working) == asked("cell:now", working) == "['edited', True]"
    deployed = replace(working, deployed=True)
    assert asked("checks:ready", deployed) == asked("cell:now", deployed) == "['deployed', True]"
    assert not list((tmp_path / "store").rglob("__pycache__"))

    nowhere = replace(deployed, environment="dev")
    assert asked("checks:ready", nowhere) == "no version of etl is live in 'dev'"
    (manifest,) = (tmp_path / "store" / "deployments").glob("*/*.json")
    manifest.chmod(0o600)
    manifest.write_text(json.dumps({}))
    assert "damaged" in asked("checks:ready", deployed)

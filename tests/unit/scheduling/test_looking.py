from __future__ import annotations

import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from jupyter_dataops.ids import ScheduleId
from jupyter_dataops.records import ScheduleRecord
from jupyter_dataops.schedules.triggers import Condition, File
from jupyter_dataops.scheduling.asking import ask, cells_for
from jupyter_dataops.scheduling.looking import MOST_NAMED, WorldLooker, file_look
from jupyter_dataops.spec.notebook import read_pipeline
from tests.support.notebooks import cell, notebook

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def schedule(tmp_path: Path) -> ScheduleRecord:
    return ScheduleRecord(ScheduleId("bcd"), "s", str(tmp_path / "etl.ipynb"), {}, START, START)


def test_a_file_that_appears_or_changes_is_a_signal_and_one_that_goes_is_none(
    schedule: ScheduleRecord, tmp_path: Path
) -> None:
    looker, wanted = WorldLooker(), File("in/*.csv")
    first = looker.look(wanted, schedule, {})
    assert (first.signal, first.seen["count"]) == (None, 0)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("1")
    second = looker.look(wanted, schedule, first.seen)
    assert second.signal == {"changed": [], "new": ["in/a.csv"]}
    (tmp_path / "in" / "a.csv").write_text("12")
    third = looker.look(wanted, schedule, second.seen)
    assert third.signal == {"changed": ["in/a.csv"], "new": []}
    (tmp_path / "in" / "a.csv").unlink()
    fourth = looker.look(wanted, schedule, third.seen)
    assert fourth.signal is None
    assert looker.look(wanted, schedule, fourth.seen).signal is None


def test_a_file_of_another_file_system_is_looked_at_through_fsspec(schedule: ScheduleRecord, tmp_path: Path) -> None:
    looker, wanted = WorldLooker(), File(f"file://{tmp_path}/*.csv")
    first = looker.look(wanted, schedule, {})
    (tmp_path / "a.csv").write_text("1")
    assert looker.look(wanted, schedule, first.seen).signal == {"changed": [], "new": [str(tmp_path / "a.csv")]}


def test_what_cannot_be_looked_at_is_said_and_forgets_nothing(schedule: ScheduleRecord) -> None:
    look = WorldLooker().look(File("nosuch://place/*.csv"), schedule, {"count": 3, "digest": "x"})
    assert look.signal is None
    assert look.seen["digest"] == "x"
    assert "nosuch" in look.seen["error"]


def test_of_very_many_files_it_is_known_that_they_changed() -> None:
    many = {f"{number}.csv": "1" for number in range(MOST_NAMED + 1)}
    first = file_look(many, {})
    assert "files" not in first.seen
    assert file_look({**many, "0.csv": "2"}, first.seen).signal == {"count": MOST_NAMED + 1}


def test_a_condition_is_asked_in_a_process_of_its_own(schedule: ScheduleRecord, tmp_path: Path) -> None:
    (tmp_path / "checks.py").write_text(
        "from pathlib import Path\ndef ready():\n    print('hm')\n    return Path('ok').exists()\n"
    )
    looker, wanted = WorldLooker(), Condition("checks:ready")
    first = looker.look(wanted, schedule, {})
    assert (first.seen, first.signal) == ({"verdict": False, "shown": "False"}, None)
    (tmp_path / "ok").touch()
    second = looker.look(wanted, schedule, first.seen)
    assert second.signal == {"verdict": True, "shown": "True"}
    assert looker.look(wanted, schedule, second.seen).signal is None, "it has been yes before"
    assert "checks" not in sys.modules
    looker.close()


def test_a_condition_that_the_end_of_the_service_cuts_short_has_said_nothing(
    schedule: ScheduleRecord, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "asked")
    (tmp_path / "checks.py").write_text(
        "import time\ndef ready():\n    open('asked', 'w').close()\n    time.sleep(600)\n"
    )
    looker, before, looks = WorldLooker(), {"verdict": True, "shown": "True"}, []
    asking = threading.Thread(target=lambda: looks.append(looker.look(Condition("checks:ready"), schedule, before)))
    asking.start()
    (tmp_path / "asked").read_text()
    looker.close()
    asking.join()
    assert [(look.seen, look.signal) for look in looks] == [(before, None)]
    assert looker.look(Condition("checks:ready"), schedule, before).seen == before


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def ready(): return 1 / 0", "ZeroDivisionError: division by zero"),
        ("def other(): ...", "AttributeError: module 'checks' has no attribute 'ready'"),
        ("import os; os._exit(3)", "it ended with code 3, without an answer"),
        ("import time\ndef ready(): time.sleep(60)", "no answer within 2 s"),
    ],
)
def test_a_condition_that_fails_says_so_and_forgets_nothing(
    schedule: ScheduleRecord, tmp_path: Path, source: str, said: str
) -> None:
    (tmp_path / "checks.py").write_text(source)
    look = WorldLooker(patience_s=2).look(Condition("checks:ready"), schedule, {"verdict": False})
    assert (look.signal, look.seen) == (None, {"verdict": False, "error": said})


def test_a_cell_is_asked_with_parameters_and_setup_before_it(tmp_path: Path) -> None:
    spec = read_pipeline(
        notebook(
            cell("limit = 3", "parameters"),
            cell("import math", "setup"),
            cell("x = 1", "node:a"),
            cell("limit > math.pi", "skip", "ready"),
        ),
        "etl",
    )
    assert [one.source for one in cells_for(spec, "ready")] == ["limit = 3", "import math", "limit > math.pi"]
    assert [one.source for one in cells_for(spec, "a")] == ["limit = 3", "import math", "x = 1"]


def test_a_target_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModuleNotFoundError):
        ask("nosuchmodule:ready", tmp_path / "etl.ipynb")


def test_the_looker_knows_schedules_by_their_notebook(schedule: ScheduleRecord, tmp_path: Path) -> None:
    elsewhere = replace(schedule, notebook=str(tmp_path / "gone" / "etl.ipynb"))
    assert WorldLooker().look(File("*.csv"), elsewhere, {}).seen["count"] == 0

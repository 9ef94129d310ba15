from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from jupyter_dataops.api.audit import list_audit
from jupyter_dataops.cli.times import parse_moment
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import RunNotFound
from jupyter_dataops.events import RunCancelRequested
from jupyter_dataops.ids import Digest, NodeName, RunId
from jupyter_dataops.records import AuditRecord
from jupyter_dataops.wiring import open_run_store
from tests.unit.cli.fakes import START, FakeFace, run_record, seconds

Call = Callable[..., Result]


def an_action(seq: int, action: str = "run", node: str | None = None, **details: Any) -> AuditRecord:
    return AuditRecord(
        seq=seq,
        at=START + seconds(seq),
        by="ada@here",
        action=action,
        run_id=RunId("bcd2345678"),
        node=None if node is None else NodeName(node),
        notebook="/home/jo/etl.ipynb",
        snapshot=Digest("blake3:0123456789abcdef"),
        details=details,
    )


ACTIONS = [an_action(1, jobs=2), an_action(2, "cancel", reason="too late"), an_action(3, "retry_node", "clean")]


class AuditFace(FakeFace):
    def __init__(self, *actions: AuditRecord) -> None:
        super().__init__()
        self.actions = actions
        self.asked: list[tuple[str | None, datetime | None]] = []

    def list_audit(self, run: str | None = None, since: datetime | None = None) -> list[AuditRecord]:
        self.asked.append((run, since))
        return list(self.actions)


def test_the_table_says_what_was_deployed_where(call: Call):
    plain = call(AuditFace(*ACTIONS), "audit").stdout
    assert not {"env", "deployment", "schedule"} & set(plain.splitlines()[0].split())
    moved = an_action(4, "promote", deployment="sales", version=3, previous=2, environment="prod", promoted_from="dev")
    edited = an_action(5, "edit_schedule", environment={"from": "dev", "to": "prod"})
    heading, *_, promoted, other = call(AuditFace(*ACTIONS, moved, edited), "audit").stdout.splitlines()
    assert heading.split()[5:] == ["env", "deployment", "notebook", "version"]
    assert promoted.split()[5:7] == ["prod", "sales@3"]
    assert "from" not in other


def test_a_run_that_was_started_says_which_version_it_runs_and_where(call: Call):
    deployment = {"name": "sales", "version": 3, "environment": "prod"}
    of_version = an_action(1, options={"environment": "prod", "deployment": deployment})
    of_notebook = an_action(2, options={"environment": "dev", "deployment": None})
    elsewhere = an_action(3, options={"environment": "", "deployment": None})
    face = AuditFace(of_version, of_notebook, elsewhere)
    heading, *rows = call(face, "audit").stdout.splitlines()
    assert heading.split()[5:7] == ["env", "deployment"]
    assert rows[0].split()[5:7] == ["prod", "sales@3"]
    assert rows[1].split()[5:7] == ["dev", "etl.ipynb"]
    assert rows[2].split()[5] == "etl.ipynb"
    lines = [json.loads(line) for line in call(face, "audit", "--json").stdout.splitlines()]
    assert [(one["environment"], one["deployment"]) for one in lines] == [
        ("prod", "sales@3"),
        ("dev", None),
        (None, None),
    ]


def test_each_action_is_one_line_of_json_with_the_documented_keys(call: Call):
    result = call(AuditFace(*ACTIONS), "audit", "--json")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines[1] == {
        "seq": 2,
        "at": "2026-01-02T03:04:07+00:00",
        "by": "ada@here",
        "action": "cancel",
        "run_id": "bcd2345678",
        "node": None,
        "notebook": "/home/jo/etl.ipynb",
        "snapshot": "blake3:0123456789abcdef",
        "schedule": None,
        "environment": None,
        "deployment": None,
        "details": {"reason": "too late"},
    }
    assert [line["seq"] for line in lines] == [1, 2, 3]


def test_the_table_says_who_did_what_to_which_version(call: Call):
    result = call(AuditFace(*ACTIONS), "audit")
    heading, *rows = result.stdout.splitlines()
    assert heading.split() == ["at", "by", "action", "run", "node", "notebook", "version"]
    assert rows[2].split()[2:] == ["ada@here", "retry_node", "bcd2345678", "clean", "etl.ipynb", "0123456789ab"]


def test_a_run_and_a_time_are_passed_on(call: Call):
    face = AuditFace()
    call(face, "audit", "bcd", "--since", "1h")
    assert face.asked == [("bcd", face.now() - timedelta(hours=1))]


def test_nothing_is_said_on_stdout_where_there_is_nothing(call: Call):
    result = call(AuditFace(), "audit")
    assert (result.stdout, result.stderr, result.exit_code) == ("", "nothing was asked for yet\n", 0)
    assert call(AuditFace(), "audit", "--json").stdout == ""


def test_a_time_that_is_none_is_wrong_usage(call: Call):
    result = call(AuditFace(), "audit", "--since", "yesterday")
    assert result.exit_code == 2
    assert "write 2026-01-31" in result.stderr


@pytest.mark.parametrize("text", ["2h", "2h ago", "120m"])
def test_a_duration_counts_back_from_now(text):
    assert parse_moment(text, START) == START - timedelta(hours=2)


@pytest.mark.parametrize("text", ["2026-01-02T03:04:05Z", "2026-01-02T05:04:05+02:00"])
def test_a_time_with_a_zone_is_that_moment(text):
    assert parse_moment(text, START) == START


def test_a_time_without_a_zone_is_local():
    moment = parse_moment("2026-01-02T08:00", START)
    assert moment.tzinfo is not None
    assert moment.replace(tzinfo=None) == datetime(2026, 1, 2, 8)  # noqa: DTZ001 - that is the point


def test_a_time_without_an_offset_may_be_meant_in_a_named_zone():
    assert parse_moment("2026-01-02T04:04:05", START, "Europe/Berlin") == START
    assert parse_moment("2026-01-02T03:04:05Z", START, "Europe/Berlin") == START


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a store with two runs, one of which somebody cancelled."""
    settings = Settings(store=str(tmp_path), jobs=1)
    store = open_run_store(settings)
    for at, name in enumerate(("bcd2345678", "fgh2345678")):
        record = run_record(run_id=name, created_by="ada@here")
        store.create_run(record, [], {record.snapshot: "{}"}, START + seconds(at))
    store.apply(
        RunCancelRequested(run_id=RunId("bcd2345678"), at=START + seconds(5), reason="no", by="bob@there"), None
    )
    store.close()
    return settings


def seen(records: list[AuditRecord]) -> list[tuple[str, str, str]]:
    return [(record.by, record.action, record.run_id[:3]) for record in records]


def test_all_actions_are_listed_oldest_first(settings):
    assert seen(list_audit(settings)) == [
        ("ada@here", "run", "bcd"),
        ("ada@here", "run", "fgh"),
        ("bob@there", "cancel", "bcd"),
    ]


@pytest.mark.parametrize("name", ["bcd2345678", "bcd"])
def test_actions_on_one_run_are_found_by_its_id_or_a_prefix(settings, name):
    assert seen(list_audit(settings, name)) == [("ada@here", "run", "bcd"), ("bob@there", "cancel", "bcd")]


def test_an_unknown_run_is_an_error(settings):
    with pytest.raises(RunNotFound):
        list_audit(settings, "zzz")


def test_only_what_was_done_since_then_is_listed(settings):
    assert seen(list_audit(settings, since=START + seconds(1))) == [
        ("ada@here", "run", "fgh"),
        ("bob@there", "cancel", "bcd"),
    ]

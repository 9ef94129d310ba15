from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from jupyter_dataops.cli.health import (
    LITTLE_SPACE,
    Status,
    examine_kernel,
    examine_notifications,
    examine_package,
    examine_space,
    examine_store,
    python_of,
)
from jupyter_dataops.config import Notification, Settings
from jupyter_dataops.extras import how_to_install
from tests.unit.cli.fakes import FakeFace


class HealthyFace(FakeFace):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def settings(self, start: Path | None = None) -> Settings:
        return Settings(str(self.folder), 2)


def test_a_missing_package_fails_with_its_cure() -> None:
    finding = examine_package("no-such-package-of-ours")
    assert (finding.status, finding.cure) == (Status.FAIL, "pip install no-such-package-of-ours")


def test_a_kernel_that_finds_this_package_is_fine() -> None:
    assert examine_kernel("python3", sys.executable).status is Status.OK


@pytest.mark.parametrize("python", ["/no/such/python", "false"])
def test_a_kernel_that_does_not_is_a_warning_with_the_command_to_run(python: str) -> None:
    finding = examine_kernel("other", python)
    assert finding.status is Status.WARN
    assert finding.cure.startswith(f"{python} -m pip install jupyter-dataops")


def test_a_store_that_can_be_written_is_fine_and_left_clean(tmp_path: Path) -> None:
    findings = {finding.name: finding.status for finding in examine_store(tmp_path / "store")}
    assert findings["store"] is findings["sqlite"] is Status.OK
    assert list((tmp_path / "store").iterdir()) == []


def test_a_store_that_cannot_be_written_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    [finding] = examine_store(tmp_path / "file" / "store")
    assert (finding.status, finding.cure) == (Status.FAIL, "set DATAOPS_STORE to another folder")


@pytest.mark.parametrize(("free", "status"), [(LITTLE_SPACE - 1, Status.WARN), (LITTLE_SPACE, Status.OK)])
def test_little_space_is_a_warning(free: int, status: Status) -> None:
    assert examine_space(Path("store"), free).status is status


def test_doctor_prints_a_line_for_each_check_and_exits_with_0(call, tmp_path: Path) -> None:
    done = call(HealthyFace(tmp_path), "doctor")
    assert done.exit_code == 0
    assert f"ok    store: {tmp_path}\n" in done.stdout


def test_doctor_exits_with_3_if_something_required_fails(call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = call(HealthyFace(tmp_path / "file" / "store"), "doctor", "--json")
    checks = json.loads(done.stdout)["checks"]
    assert done.exit_code == 3
    assert {tuple(check) for check in checks} == {("name", "status", "message", "cure")}
    assert [check["name"] for check in checks if check["status"] == "fail"] == ["store"]


def test_a_bare_python_in_a_kernelspec_is_this_one_as_for_jupyter():
    assert [python_of(command) for command in ("python", "python3", "/opt/other/python")] == [
        sys.executable,
        sys.executable,
        "/opt/other/python",
    ]


def told(*urls: str) -> Settings:
    return Settings("s", 2, notifications={"team": Notification(urls)})


def test_notifications_are_fine_where_none_are_wanted_or_all_addresses_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEAM_URL", "json://h")
    findings = [examine_notifications(Settings("s", 2)), examine_notifications(told("json://h/token", "env:TEAM_URL"))]
    assert [one.status for one in findings] == [Status.OK] * 2
    assert findings[1].message.startswith("2 addresses of team;")
    assert "token" not in findings[1].message


def test_notifications_that_cannot_be_sent_from_here_are_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEAM_URL", raising=False)
    finding = examine_notifications(told("env:TEAM_URL"))
    assert (finding.status, finding.message) == (Status.WARN, "no URL is at env:TEAM_URL")
    monkeypatch.setitem(sys.modules, "apprise", None)
    finding = examine_notifications(told("json://h"))
    assert finding.status is Status.WARN
    assert finding.cure == how_to_install("notifications")

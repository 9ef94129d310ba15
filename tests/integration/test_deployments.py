"""From a notebook to production and back, as its users do it: by the program, with real kernels."""

from __future__ import annotations

import json
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops.api.stored_runs import open_run
from jupyter_dataops.crash_points import DEPLOYING
from tests.support.notebooks import cell
from tests.support.shell import Called, Shell, finished, open_shell, states
from tests.support.source_tree import REPOSITORY
from tests.support.waiting import until

pytestmark = pytest.mark.kernel

GOOD = "def price(count):\n    return count * 3\n"
BAD = "def price(count):\n    return count / 0\n"
TOML = """
[env.dev]
[env.dev.parameters]
count = 1
[env.prod]
policy = ["owner", "kernels=python3"]
[env.prod.parameters]
count = 5
"""

SCHEDULED = """
[env.prod]
[schedules.nightly]
notebook = "etl.ipynb"
cron = "0 6 * * *"
env = "prod"
"""


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with open_shell(tmp_path) as made:
        (tmp_path / "dataops.toml").write_text("[env.dev]\n[env.prod]\n")
        yield made


def save(shell: Shell, module: str = GOOD, *more: dict[str, Any]) -> Path:
    """A pipeline that imports a module beside it."""
    (shell.folder / "pricing.py").write_text(module)
    return shell.save(
        cell("count = 2", "parameters"),
        cell("import pricing", "setup"),
        cell("total = pricing.price(count)", "node:price", "owner:ana"),
        cell("print('total', total, pricing.__file__)", "node:report", "owner:ana"),
        *more,
    )


def versions(shell: Shell) -> dict[str, list[str]]:
    """Label to the environments in which it is live."""
    return {f"{one['name']}@{one['version']}": one["live"] for one in shell.run("versions")["versions"]}


def scheduled(shell: Shell) -> dict[str, str]:
    """Schedule to the deployment whose version describes it."""
    return {one["name"]: one["deployment"] for one in shell.run("schedule", "list")["schedules"]}


def report_of(shell: Shell, run_id: str) -> str:
    return shell.call("logs", run_id, "report").out


@pytest.mark.slow
def test_a_bad_version_is_refused_by_its_test_forced_through_and_rolled_back(shell: Shell) -> None:
    (shell.folder / "dataops.toml").write_text(TOML)
    save(shell)
    first = shell.run("deploy", "etl.ipynb", "--env", "prod", "--test")
    assert (first["version"], first["is_live"], first["test"]["state"]) == (1, True, "succeeded")

    save(shell, BAD)
    refused = shell.call("deploy", "etl.ipynb", "--env", "prod", "--test", exit_code=1)
    assert "etl@2 is not live: its test failed; version 1 stays live in prod" in refused.out
    assert "ZeroDivisionError" in refused.out
    assert versions(shell) == {"etl@2": [], "etl@1": ["prod"]}

    good = shell.run("run", "etl", "--env", "prod")
    assert good["state"] == "succeeded"
    assert good["deployment"] == {"name": "etl", "version": 1, "environment": "prod"}
    assert good["parameters"] == {"count": 5}
    assert "total 15" in report_of(shell, good["run_id"])
    assert str(shell.store / "working") in report_of(shell, good["run_id"])

    forced = shell.run("deploy", "etl.ipynb", "--env", "prod")
    assert (forced["version"], forced["is_new"], forced["previous"]) == (2, False, 1)
    assert [re.sub(r"\w{10}", "RUN", remark) for remark in forced["remarks"]] == ["its test RUN failed"]
    assert f"note: {forced['remarks'][0]}" in shell.call("deploy", "etl.ipynb", "--env", "prod").err
    bad = shell.run("run", "etl", "--env", "prod", exit_code=1)
    assert bad["deployment"]["version"] == 2

    told = shell.call("explain", bad["run_id"]).out
    assert "pricing.py" in told
    assert "what is mended has to be deployed" in shell.call("why", bad["run_id"], "price").out

    shell.call("rollback", "etl", "--env", "prod")
    assert shell.run("run", "etl", "--env", "prod")["deployment"]["version"] == 1
    # What failed is tried again with the version that failed, whatever is live, and whatever lies in the author's folder.
    save(shell)
    again = shell.run("retry", bad["run_id"], exit_code=1)
    assert again["deployment"] == bad["deployment"]
    assert states(again) == {"price": "failed", "report": "upstream_failed"}

    said = shell.call("versions", "etl").out
    assert re.findall(r"(deploy|rollback) ", said) == ["rollback", "deploy", "deploy"]
    assert "version: etl@2 (prod)" in shell.call("show", again["run_id"]).out
    assert "etl@2 test" in shell.call("runs").out
    changed = shell.run("diff", "etl", "1", "2")
    assert [(one["path"], one["before"], one["after"]) for one in changed["files"]] == [("pricing.py", GOOD, BAD)]
    assert "-    return count * 3\n    +    return count / 0" in shell.call("diff", "etl", "prod", "2").out


def test_a_policy_keeps_a_version_out_and_says_what_to_do(shell: Shell) -> None:
    (shell.folder / "dataops.toml").write_text(TOML)
    shell.save(cell("x = 1", "node:a"))
    assert shell.call("check", "etl.ipynb").out == "etl.ipynb: no problems\n"
    checked = shell.call("check", "etl.ipynb", "--env", "prod", exit_code=2).out
    assert "error DP001 nobody owns the pipeline" in checked
    refused = shell.call("deploy", "etl.ipynb", "--env", "prod", exit_code=2)
    assert "the policy forbids etl to become live in prod" in refused.err
    assert "-> tag it `owner:NAME`" in refused.err
    assert versions(shell) == {}
    shell.run("deploy", "etl.ipynb", "--env", "dev")
    assert "DP001" in shell.call("promote", "etl", "dev", "prod", exit_code=2).err
    assert versions(shell) == {"etl@1": ["dev"]}
    # A policy that came later keeps what is live from starting.
    (shell.folder / "dataops.toml").write_text(TOML.replace("[env.dev]\n[", '[env.dev]\npolicy = ["timeouts"]\n['))
    kept = shell.call("run", "etl", "--env", "dev", exit_code=2)
    assert "the policy forbids etl@1 to start in dev" in kept.err
    assert shell.run("runs")["runs"] == []


def test_a_version_goes_from_one_environment_to_another_with_a_store_of_its_own(shell: Shell) -> None:
    del shell.environment["DATAOPS_STORE"]
    (shell.folder / "dataops.toml").write_text(
        '[env.dev]\nstore = "dev"\n[env.prod]\nstore = "prod"\n[env.prod.parameters]\ncount = 7\n'
    )
    save(shell)
    shell.call("deploy", "etl.ipynb", "--env", "dev")
    moved = shell.run("promote", "etl", "dev", "prod")
    assert (moved["version"], moved["kind"], moved["details"]) == (1, "promote", {"promoted_from": "dev"})
    shutil.rmtree(shell.folder / "dev")
    for path in ("pricing.py", "etl.ipynb"):
        (shell.folder / path).unlink()
    run = shell.run("run", "etl", "--env", "prod")
    assert (run["state"], run["parameters"]) == ("succeeded", {"count": 7})


def test_a_run_in_flight_keeps_its_version_also_after_a_crash(shell: Shell) -> None:
    gate = "import os, time\nopen(os.environ['GATE'] + '.reached', 'w').close()\n"
    gate += "while not os.path.exists(os.environ['GATE']):\n    time.sleep(0.02)"
    shell.environment["GATE"] = str(shell.folder / "gate")
    waiting = (
        cell(gate, "node:wait"),
        cell("import pricing; print('late', pricing.price(10))", "node:late", "after:wait"),
    )
    save(shell, GOOD, *waiting)
    shell.call("deploy", "etl.ipynb", "--env", "prod")
    process = shell.start("run", "etl", "--env", "prod", "--json")
    until((shell.folder / "gate.reached").exists, "the run is on its way")
    save(shell, BAD, *waiting)
    shell.call("deploy", "etl.ipynb", "--env", "prod")
    process.send_signal(signal.SIGKILL)
    process.wait()
    shell.put("gate")
    resumed = shell.run("resume", "last")
    assert (resumed["state"], resumed["deployment"]["version"]) == ("succeeded", 1)
    assert "late 30" in shell.call("logs", resumed["run_id"], "late").out
    assert versions(shell) == {"etl@2": ["prod"], "etl@1": []}


def test_who_cancels_the_test_of_a_version_gets_the_exit_code_of_a_cancelled_run(shell: Shell) -> None:
    gate = "import os, time\nopen(os.environ['GATE'] + '.reached', 'w').close()\ntime.sleep(100)"
    shell.environment["GATE"] = str(shell.folder / "gate")
    save(shell, GOOD, cell(gate, "node:wait"))
    process = shell.start("deploy", "etl.ipynb", "--env", "prod", "--test")
    until((shell.folder / "gate.reached").exists, "the test is on its way")
    process.send_signal(signal.SIGINT)
    assert "etl@1 is not live: its test cancelled; nothing is live in prod" in finished(process, exit_code=130).out


def test_an_environment_that_no_file_has_is_refused_by_every_verb(shell: Shell) -> None:
    save(shell)
    for words in (
        ("deploy", "etl.ipynb", "--env", "pord"),
        ("rollback", "etl", "--env", "pord"),
        ("promote", "etl", "dev", "pord"),
        ("versions", "--env", "pord"),
        ("run", "etl", "--env", "pord"),
        ("runs", "--env", "pord"),
    ):
        assert "there is no environment 'pord'" in shell.call(*words, exit_code=2).err
    (shell.folder / "dataops.toml").unlink()
    refused = shell.call("deploy", "etl.ipynb", "--env", "prod", exit_code=2).err
    assert "there is no environment 'prod', because there is no dataops.toml" in refused
    assert "write one with a table [env.prod]" in refused


@pytest.mark.parametrize("point", DEPLOYING)
def test_who_dies_while_deploying_leaves_a_live_version_that_runs(shell: Shell, point: str) -> None:
    save(shell)
    shell.call("deploy", "etl.ipynb", "--env", "prod")
    save(shell, GOOD + "# another\n")
    (shell.folder / "dataops.toml").write_text(SCHEDULED)
    shell.environment["DATAOPS_CRASH_AT"] = point
    died = shell.start("deploy", "etl.ipynb", "--env", "prod")
    died.communicate()
    assert died.returncode == -signal.SIGKILL
    del shell.environment["DATAOPS_CRASH_AT"]
    (is_live,) = (label for label, live in versions(shell).items() if live)
    assert is_live == ("etl@2" if point == "after live moved" else "etl@1")
    assert scheduled(shell) == ({"nightly": "etl"} if point == "after live moved" else {})
    assert shell.run("run", "etl", "--env", "prod", "--dry-run")["nodes"]
    shell.call("deploy", "etl.ipynb", "--env", "prod")
    assert versions(shell) == {"etl@2": ["prod"], "etl@1": []}
    assert scheduled(shell) == {"nightly": "etl"}


def test_of_two_who_deploy_at_once_each_is_told_the_truth(shell: Shell) -> None:
    shell.save(cell("x = 1", "node:a"))
    shell.call("deploy", "etl.ipynb", "--env", "prod")
    for name, source in (("one", "x = 11"), ("two", "x = 22")):
        (shell.folder / name).mkdir()
        shell.save(cell(source, "node:a"), name=f"{name}/etl.ipynb")
    deploying = ("--env", "prod", "--takeover", "--json")
    both = [shell.start("deploy", f"{name}/etl.ipynb", *deploying) for name in ("one", "two")]
    ended = [Called(*_ended(process)) for process in both]
    assert sorted(one.exit_code for one in ended) in ([0, 0], [0, 3])
    for one in ended:
        if one.exit_code:
            assert "was moved meanwhile" in one.err
    moves = shell.run("versions", "etl")["moves"]
    assert len(moves) == 1 + sum(one.exit_code == 0 for one in ended)
    assert [one["previous"] for one in moves] == [one["version"] for one in moves[1:]] + [None]
    assert sorted(versions(shell)) == ["etl@1", "etl@2", "etl@3"]


def _ended(process: Any) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=100)
    return process.returncode, out, err


def test_a_path_that_exists_is_a_notebook_and_a_name_that_is_none_is_told(shell: Shell) -> None:
    save(shell)
    shell.call("deploy", "etl.ipynb", "--env", "prod", "--name", "daily")
    (shell.folder / "daily").write_text("a file")
    assert "the file is not a notebook" in shell.call("run", "daily", exit_code=2).err
    (shell.folder / "daily").unlink()
    assert "which version of daily is not said" in shell.call("run", "daily", exit_code=2).err
    assert "no version of daily is live in 'dev'" in shell.call("run", "daily", "--env", "dev", exit_code=2).err
    assert "the notebook is called etl.ipynb" in shell.call("run", "etl", "--env", "prod", exit_code=2).err
    assert "did you mean 'daily'?" in shell.call("run", "dialy", "--env", "prod", exit_code=2).err
    assert "there is only version 1" in shell.call("run", "daily@2", exit_code=2).err
    assert shell.run("run", "daily@1", "--dry-run")["nodes"]
    detached = shell.run("run", "daily", "--env", "prod", "--detach")["run_id"]
    until(lambda: open_run(detached, shell.settings).state == "succeeded", "the detached run ends")
    assert "total 6" in report_of(shell, detached)


def test_a_version_that_was_tampered_with_does_not_run(shell: Shell) -> None:
    save(shell)
    shell.call("deploy", "etl.ipynb", "--env", "prod")
    (module,) = (shell.store / "deployments").glob("*/files/pricing.py")
    module.parent.chmod(0o700)
    module.unlink()
    module.write_text(BAD)
    refused = shell.call("run", "etl", "--env", "prod", exit_code=3)
    assert "pricing.py has been changed" in refused.err
    shell.call("deploy", "etl.ipynb", "--env", "prod")  # the same contents put it right
    assert shell.run("run", "etl", "--env", "prod")["state"] == "succeeded"


@pytest.mark.slow
def test_the_flights_are_deployed_broken_and_rolled_back(shell: Shell) -> None:
    path = shell.folder / "flights.ipynb"
    shutil.copy(REPOSITORY / "example_notebooks" / "flights.ipynb", path)
    few = ("-p", "sample_size", "2000")
    first = shell.run("deploy", path.name, "--env", "prod", "--test", *few)
    assert first["test"]["state"] == "succeeded"

    edited = json.loads(path.read_text("utf-8"))
    source = "".join(edited["cells"][19]["source"])
    assert source.startswith("assert len(joined) == len(departed)")
    edited["cells"][17]["source"] = [*edited["cells"][17]["source"], "\njoined = pd.concat([joined, joined])"]
    path.write_text(json.dumps(edited), "utf-8")
    refused = shell.call("deploy", path.name, "--env", "prod", "--test", *few, exit_code=1)
    assert "AssertionError" in refused.out
    shell.call("deploy", path.name, "--env", "prod")
    assert shell.run("run", "flights", "--env", "prod", *few, exit_code=1)["deployment"]["version"] == 2

    shell.call("rollback", "flights", "--env", "prod")
    again = shell.run("run", "flights", "--env", "prod", *few)
    assert (again["state"], again["deployment"]["version"]) == ("succeeded", 1)

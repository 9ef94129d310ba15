"""Deployments over HTTP, as the front end asks for them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.api import Api, eventually
from tests.support.notebooks import cell

ONE = (cell("n = 1", "parameters"), cell("x = n", "node:a"))
TWO = (*ONE, cell("y = 1 / x", "node:b"))
CONFIGURATION = """
store = {store!r}
[env.dev]
[env.prod]
policy = ["rules:one_node"]
[env.far]
store = {far!r}
"""
RULES = """
print("noise that must not be taken for an answer")

def one_node(view):
    return [("too many nodes", "have one")] if len(view.nodes) > 1 else []
"""


@pytest.fixture(autouse=True)
def configured(jp_root_dir: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Environments: one with a rule of the user's own, and one with another store."""
    monkeypatch.delenv("DATAOPS_STORE")
    text = CONFIGURATION.format(store=str(store), far=str(tmp_path / "far"))
    (jp_root_dir / "dataops.toml").write_text(text)
    (jp_root_dir / "rules.py").write_text(RULES)


async def deploy(api: Api, environment: str = "dev", **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = await api.call("deploy", path="etl.ipynb", environment=environment, **more)
    return answer


async def test_a_notebook_is_deployed_and_listed(api: Api, save: Callable[..., Path]) -> None:
    save(*ONE)

    first = await deploy(api)
    again = await deploy(api)
    listed = await api.call("list_deployments", path="etl.ipynb")

    assert (first["state"], first["version"]["label"], first["is_new"]) == ("live", "etl@1", True)
    assert (first["previous"], first["told"]) == (None, "etl@1 is live in dev")
    assert (again["is_new"], again["told"]) == (False, "etl@1 is live in dev already: nothing has changed")
    assert listed["environments"] == ["dev", "prod", "far"]
    (deployment,) = listed["deployments"]
    newest = deployment["newest"]
    assert (deployment["name"], newest["path"], newest["live"]) == ("etl", "etl.ipynb", ["dev"])
    assert (await api.call("list_deployments", path="other.ipynb"))["deployments"] == []


async def test_versions_are_shown_compared_moved_on_and_back(api: Api, save: Callable[..., Path]) -> None:
    save(*ONE)
    await deploy(api)
    promoted = await api.call("promote", deployment="etl", source="dev", target="prod")
    save(*TWO)
    await deploy(api)

    shown = await api.call("get_version", deployment="etl", version="2")
    diff = await api.call("diff_versions", deployment="etl", before="prod", after="dev")
    back = await api.call("rollback", deployment="etl", environment="dev")
    whole = await api.call("get_deployment", deployment="etl")

    assert (promoted["kind"], promoted["version"], promoted["promoted_from"]) == ("promote", 1, "dev")
    assert [file["path"] for file in shown["files"]] == ["etl.ipynb"]
    assert (diff["before"]["version"], diff["after"]["version"], diff["is_same"]) == (1, 2, False)
    assert [(one["change"], one["node"], one["lines"]) for one in diff["cells"]] == [("added", "b", ["+y = 1 / x"])]
    assert (back["kind"], back["version"], back["previous"]) == ("rollback", 1, 2)
    assert [version["version"] for version in whole["versions"]] == [2, 1]
    assert {move["environment"]: move["version"] for move in whole["live"]} == {"dev": 1, "prod": 1}
    assert [move["kind"] for move in whole["moves"]] == ["rollback", "deploy", "promote", "deploy"]


async def test_an_environment_says_where_a_rollback_goes(api: Api, save: Callable[..., Path]) -> None:
    async def back_to() -> int | None:
        (live,) = (await api.call("get_deployment", deployment="etl"))["live"]
        answer: int | None = live["back_to"]
        return answer

    foreseen = []
    for value in (1, 2, 3):
        save(cell(f"x = {value}", "node:a"))
        await deploy(api)
        foreseen.append(await back_to())
    for _ in range(2):
        await api.call("rollback", deployment="etl", environment="dev")
        foreseen.append(await back_to())

    assert foreseen == [None, 1, 2, 1, None]


async def test_who_rolls_back_is_told_before_what_the_policy_will_refuse(
    api: Api, save: Callable[..., Path], jp_root_dir: Path
) -> None:
    file = jp_root_dir / "dataops.toml"
    strict = file.read_text()
    file.write_text(strict.replace('policy = ["rules:one_node"]', ""))
    for cells in (TWO, ONE, (*ONE, cell("z = x", "node:a"))):
        save(*cells)
        await deploy(api, "prod")
    file.write_text(strict)

    two, one = [await api.call("plan_rollback", deployment="etl", environment="prod", to=to) for to in ("1", None)]
    live = (await api.call("get_deployment", deployment="etl"))["live"]
    moved = await api.call("rollback", deployment="etl", environment="prod", to="1")

    (warned,) = two["remarks"]
    assert warned.startswith(
        "runs of etl@1 will be refused, those of its schedules too: the policy forbids etl@1 to start"
    )
    assert "too many nodes" in warned
    assert (one["version"], one["previous"], one["remarks"]) == (2, 3, [])
    assert [move["version"] for move in live] == [3]
    assert moved["remarks"] == [warned]


async def test_schedules_go_with_the_live_version_and_the_answers_say_so(
    api: Api, save: Callable[..., Path], jp_root_dir: Path
) -> None:
    save(*ONE)
    file = jp_root_dir / "dataops.toml"
    plain = file.read_text()
    file.write_text(plain + '[schedules.nightly]\nnotebook = "etl.ipynb"\ncron = "@daily"\nenv = "dev"\n')
    first = await deploy(api)
    (shown,) = (await api.call("list_schedules"))["schedules"]
    file.write_text(plain)
    second = await deploy(api)
    back = await api.call("rollback", deployment="etl", environment="dev")

    assert first["told"] == "etl@1 is live in dev; schedules: nightly added"
    assert [(one["name"], one["change"], one["trigger"]) for one in first["schedules"]] == [
        ("nightly", "added", "cron @daily tz=UTC")
    ]
    assert (shown["name"], shown["deployment"], shown["origin"]) == ("nightly", "etl", None)
    assert second["told"] == "etl@2 is live in dev; schedules: nightly removed"
    assert [(one["name"], one["change"]) for one in back["schedules"]] == [("nightly", "added")]


async def test_a_rule_of_the_users_own_forbids_and_is_not_imported_by_the_server(
    api: Api, save: Callable[..., Path]
) -> None:
    import sys

    save(*TWO)

    status, refusal = await api.refused("deploy", path="etl.ipynb", environment="prod")

    assert (status, refusal["code"]) == (422, "policy")
    assert "too many nodes" in refusal["message"]
    assert "rules" not in sys.modules


async def test_a_notebook_at_another_place_takes_over_only_where_that_is_asked_for(
    api: Api, save: Callable[..., Path], jp_root_dir: Path
) -> None:
    with (jp_root_dir / "dataops.toml").open("a") as file:
        file.write("[env.stage]\n")
    save(*ONE)
    await deploy(api)
    onwards = {"deployment": "etl", "source": "dev", "target": "stage"}
    await api.call("promote", **onwards)
    save(*TWO, name="clone/etl.ipynb")

    for name, wanted in (("deploy", {"path": "clone/etl.ipynb", "environment": "dev"}), ("promote", onwards)):
        status, refusal = await api.refused(name, **wanted)
        assert (status, refusal["code"]) == (409, "another_notebook")
        assert "etl@1 was made from etl.ipynb, by" in refusal["message"]
        assert "clone/etl.ipynb" in refusal["where"]
        moved = await api.call(name, **wanted, takeover=True)
        assert moved["previous"] == 1


async def test_what_makes_no_sense_is_refused(api: Api, save: Callable[..., Path]) -> None:
    save(*ONE)
    for name, fields, status, code in (
        ("deploy", {"path": "etl.ipynb", "environment": "porod"}, 400, "config"),
        ("deploy", {"path": "etl.ipynb", "environment": "far"}, 400, "usage"),
        ("deploy", {"path": "etl.ipynb", "environment": "dev", "parameters": {"n": 2}}, 400, "usage"),
        ("deploy", {"path": "no.ipynb", "environment": "dev"}, 422, "notebook_unreadable"),
        ("get_deployment", {"deployment": "etl"}, 404, "deployment_not_found"),
        ("get_version", {"deployment": "etl", "version": "1"}, 404, "deployment_not_found"),
        ("diff_versions", {"deployment": "etl", "before": "1", "after": "2"}, 404, "deployment_not_found"),
        ("promote", {"deployment": "etl", "source": "dev", "target": "prod"}, 404, "deployment_not_found"),
        ("rollback", {"deployment": "etl", "environment": "dev"}, 404, "deployment_not_found"),
        ("plan_rollback", {"deployment": "etl", "environment": "dev"}, 404, "deployment_not_found"),
        ("get_deploy_outcome", {"run_id": "last"}, 404, "run_not_found"),
    ):
        answer, refusal = await api.refused(name, **fields)
        assert (answer, refusal["code"]) == (status, code), (name, fields)


@pytest.mark.kernel
async def test_a_version_whose_test_fails_is_not_live_and_one_whose_test_succeeds_is(
    api: Api, save: Callable[..., Path]
) -> None:
    save(*ONE)
    await deploy(api)
    save(*TWO)

    states = []
    for count, previous in ((0, 1), (1, 1), (0, 2)):
        begun = await deploy(api, test=True, parameters={"n": count})
        run_id = begun["test"]["run_id"]
        assert (begun["state"], begun["previous"], begun["test"]["deployment"]) == ("testing", previous, "etl@2")
        ended = await eventually(partial(has_ended, api, run_id), "the end of the test")
        states.append((ended["state"], (await api.call("get_deployment", deployment="etl"))["live"][0]["version"]))

    assert states == [("failed", 1), ("live", 2), ("failed", 2)]
    told = f"etl@2 is live in dev already: nothing has changed; its test {run_id} failed"
    assert (await deploy(api))["told"] == told


@pytest.mark.kernel
async def test_a_first_version_whose_test_fails_leaves_nothing_live(api: Api, save: Callable[..., Path]) -> None:
    save(*TWO)

    begun = await deploy(api, test=True, parameters={"n": 0})
    ended = await eventually(partial(has_ended, api, begun["test"]["run_id"]), "the end of the test")

    assert ended["told"] == "the test of etl@1 failed; nothing is live in dev, as before"


async def has_ended(api: Api, run_id: str) -> Any:
    answer = await api.call("get_deploy_outcome", run_id=run_id)
    return None if answer["state"] in ("testing", "unknown") else answer

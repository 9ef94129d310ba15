"""Assets over HTTP, as the front end asks for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_dataops.config import Settings
from jupyter_dataops.wiring import open_stores
from tests.support.api import Api
from tests.support.notebooks import cell
from tests.support.published import loaded_of, publish

SALES = (cell("country = 'de'", "parameters"), cell("rows = [country, 1]", "node:load", "asset:sales=rows"))


async def test_what_runs_have_published_is_listed_in_its_newest_version(
    api: Api, save: Callable[..., Path], run: Callable[..., str]
) -> None:
    run(save(*SALES))
    newest = run(save(*SALES))
    other = run(save(cell("model = 1.5", "node:fit", "asset:model"), name="model.ipynb"))

    model, sales = (await api.call("list_assets"))["assets"]
    of_notebook = await api.call("list_assets", path="etl.ipynb")

    assert (sales["label"], sales["asset"], sales["version"]) == ("sales@2", "sales", 2)
    assert (sales["node"], sales["run_id"], sales["path"], sales["pipeline"]) == ("load", newest, "etl.ipynb", "etl")
    assert (sales["artifact"]["name"], sales["artifact"]["type"]) == ("rows", "list")
    assert (model["label"], model["run_id"], model["notebook"]) == ("model@1", other, "model.ipynb")
    assert of_notebook["assets"] == [sales]


async def test_the_versions_of_an_asset_are_listed_newest_first(
    api: Api, save: Callable[..., Path], run: Callable[..., str]
) -> None:
    path = save(*SALES)
    runs = [run(path) for _ in range(3)]

    whole = await api.call("list_asset_versions", asset="sales")
    latest = await api.call("list_asset_versions", asset="sales", limit=1, path="etl.ipynb")

    assert [one["run_id"] for one in whole["versions"]] == runs[::-1]
    assert [one["label"] for one in latest["versions"]] == ["sales@3"]


@pytest.mark.parametrize("narrowed", [{}, {"path": "etl.ipynb"}])
async def test_an_asset_that_nobody_has_published_is_not_found(
    api: Api, save: Callable[..., Path], run: Callable[..., str], narrowed: dict[str, str]
) -> None:
    run(save(*SALES))

    status, refusal = await api.refused("list_asset_versions", asset="sale", **narrowed)

    assert (status, refusal["code"]) == (404, "asset_not_found")
    assert ("sales" in refusal["hint"]) == (not narrowed)


async def test_who_asks_for_one_notebook_is_not_told_what_others_publish(
    api: Api, save: Callable[..., Path], run: Callable[..., str]
) -> None:
    run(save(*SALES))

    listed = await api.call("list_assets", path="other.ipynb")
    status, _ = await api.refused("list_asset_versions", asset="sales", path="other.ipynb")

    assert (listed["assets"], status) == ([], 404)


async def test_each_version_says_which_runs_have_loaded_it(api: Api, settings: Settings) -> None:
    kept = open_stores(settings)
    publish(kept, "r1", {"sales": "df"})
    publish(kept, "r2", {"sales": "df"})
    publish(kept, "u1", {}, loaded=[loaded_of(kept.assets.get_asset("sales", 1))], notebook="/elsewhere/report.ipynb")
    publish(kept, "u2", {}, source="u1")
    kept.close()

    newest, first = (await api.call("list_asset_versions", asset="sales"))["versions"]

    assert (newest["loaded_by"], newest["is_cut"], first["is_cut"]) == ([], False, False)
    told = [(one["run_id"], one["node"], one["source_run_id"], one["notebook"]) for one in first["loaded_by"]]
    assert told == [("u2", "a", "u1", "etl.ipynb"), ("u1", "a", None, "report.ipynb")]
    assert first["loaded_by"][1]["path"] is None  # it lies outside of what the server shows

"""What runs publish, and how others come to it, over real stores, without kernels."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops import Pipeline, Run, list_asset_uses, load_asset
from jupyter_dataops.api import asset_digests
from jupyter_dataops.api.assets import list_asset_versions, list_assets, published_elsewhere
from jupyter_dataops.config import Settings
from jupyter_dataops.errors import ArtifactMissing, AssetNotFound, UsageError
from jupyter_dataops.ids import NodeName
from jupyter_dataops.states import NodeState, RunState
from tests.support.notebooks import cell

Save = Callable[..., Pipeline]
Publish = Callable[[str], Run]

SALES = (
    cell("country = 'de'", "parameters"),
    cell("rows = [country, 1]", "node:load"),
    cell("clean = [*rows, 2]", "node:clean", "asset:sales=clean"),
)


def published(settings: Settings) -> list[str]:
    return [f"{one.label} {one.node}" for one in list_assets(settings)]


# -- loading


def test_what_a_run_has_published_is_loaded_by_its_name(save: Save, settings: Settings) -> None:
    run = save(*SALES).run(progress=False)
    assert run.state is RunState.SUCCEEDED
    assert load_asset("sales", store=settings.store) == ["de", 1, 2]


def test_the_newest_is_loaded_and_each_earlier_one_by_its_number(save: Save, settings: Settings) -> None:
    pipeline = save(*SALES)
    for country in ("de", "fr", "it"):
        pipeline.run(country=country, progress=False)
    assert load_asset("sales", store=settings.store) == ["it", 1, 2]
    assert [load_asset("sales", number, store=settings.store)[0] for number in (1, 2, 3)] == ["de", "fr", "it"]
    assert [one.version for one in list_asset_versions("sales", settings)] == [3, 2, 1]


def test_a_name_or_a_number_that_is_not_there_is_told_with_what_is(save: Save, settings: Settings) -> None:
    save(*SALES).run(progress=False)
    with pytest.raises(AssetNotFound, match=r"an asset 'sale'.*\n  -> did you mean 'sales'"):
        load_asset("sale", store=settings.store)
    with pytest.raises(AssetNotFound, match="no version 2\n  -> there is only version 1"):
        load_asset("sales", 2, store=settings.store)
    with pytest.raises(UsageError, match="the name of an asset is a text, not 3"):
        load_asset(3, store=settings.store)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="a whole number, not '1'"):
        load_asset("sales", "1", store=settings.store)  # type: ignore[arg-type]
    with pytest.raises(AssetNotFound):
        list_asset_versions("sale", settings)


def test_a_value_that_is_gone_is_told_as_such(save: Save, settings: Settings) -> None:
    run = save(*SALES).run(progress=False)
    shutil.rmtree(Path(settings.store) / "artifacts")
    with pytest.raises(ArtifactMissing, match=f"asset sales@1 is gone.*node clean, run {run.run_id}") as caught:
        load_asset("sales", store=settings.store)
    assert (caught.value.asset, caught.value.version) == ("sales", 1)


def test_values_that_a_node_stores_together_are_loaded_one_by_one(save: Save, settings: Settings) -> None:
    made = cell("rows = [1]\ntable = {'rows': rows}", "node:a", "asset:table", "asset:rows")
    save(made, cell("rows, table", "node:b")).run(progress=False)
    assert (load_asset("table", store=settings.store), load_asset("rows", store=settings.store)) == ({"rows": [1]}, [1])


def test_a_value_is_where_its_run_has_put_it(save: Save, settings: Settings, tmp_path: Path) -> None:
    pipeline = save(*SALES)
    elsewhere = Settings(store=settings.store, jobs=2, artifacts=str(tmp_path / "elsewhere"))
    Pipeline(pipeline.path, settings=elsewhere).run(progress=False)
    assert load_asset("sales", store=settings.store) == ["de", 1, 2]


def test_a_function_is_published_with_what_it_needs_to_be_alone(save: Save, settings: Settings) -> None:
    save(cell("def twice(n):\n    return 2 * n", "node:a", "asset:twice")).run(progress=False)
    assert load_asset("twice", store=settings.store)(4) == 8


def test_a_value_that_makes_sense_in_its_notebook_alone_fails_its_node(save: Save, settings: Settings) -> None:
    setup = cell("class Model:\n    pass", "setup")
    run = save(setup, cell("model = Model()", "node:fit", "asset:model")).run(progress=False)
    failure = run["fit"].failure
    assert failure is not None
    assert "cannot be handed on to another notebook: it relies on 'Model'" in failure.evalue
    assert published(settings) == []


# -- what is published


def test_what_a_node_does_not_bind_this_time_is_not_published(save: Save, settings: Settings) -> None:
    cells = cell("new = False", "parameters"), cell("if new:\n    news = 1", "node:a", "asset:news")
    pipeline = save(*cells)
    assert pipeline.run(progress=False).state is RunState.SUCCEEDED
    assert published(settings) == []
    pipeline.run(new=True, progress=False)
    assert published(settings) == ["news@1 a"]


def test_a_change_back_makes_the_result_of_then_the_newest_again(save: Save, settings: Settings) -> None:
    pipeline = save(*SALES)
    for country in ("de", "fr", "de", "de"):
        pipeline.run(country=country, changed=True, progress=False)
    assert load_asset("sales", store=settings.store) == ["de", 1, 2]
    assert [one.version for one in list_asset_versions("sales", settings)] == [3, 2, 1]


def test_a_check_that_is_reused_publishes_what_its_node_has_again(save: Save, settings: Settings) -> None:
    pipeline = save(*SALES, cell("assert len(clean) > 2", "check:clean/long"))
    for country in ("de", "fr", "de", "de"):
        pipeline.run(country=country, changed=True, progress=False)
    assert load_asset("sales", store=settings.store) == ["de", 1, 2]
    assert [one.version for one in list_asset_versions("sales", settings)] == [3, 2, 1]


def test_a_node_that_is_reused_publishes_nothing(save: Save, settings: Settings) -> None:
    pipeline = save(*SALES)
    pipeline.run(progress=False)
    again = pipeline.run(changed=True, progress=False)
    assert again["clean"].state is NodeState.REUSED
    assert published(settings) == ["sales@1 clean"]


def test_what_was_computed_before_it_was_to_be_published_is_published_when_it_is_reused(
    save: Save, settings: Settings
) -> None:
    first = save(SALES[0], SALES[1], cell("clean = [*rows, 2]", "node:clean", "out:clean")).run(progress=False)
    again = save(SALES[0], SALES[1], cell("clean = [*rows, 2]", "node:clean", "out:clean", "asset:sales=clean")).run(
        changed=True, progress=False
    )
    assert again["clean"].state is NodeState.REUSED
    (asset,) = list_assets(settings)
    assert (asset.run_id, asset.source_run_id) == (again.run_id, first.run_id)


def test_bad_data_is_not_published_and_the_retry_with_a_better_check_is(save: Save, settings: Settings) -> None:
    failed = save(*SALES, cell("assert len(clean) > 3", "check:clean/long")).run(progress=False)
    assert (failed.state, published(settings)) == (RunState.FAILED, [])
    save(*SALES, cell("assert len(clean) > 2", "check:clean/long"))
    retried = failed.retry(progress=False)
    assert (retried.state, retried["clean"].state) == (RunState.SUCCEEDED, NodeState.REUSED)
    assert published(settings) == ["sales@1 clean"]
    assert load_asset("sales", store=settings.store) == ["de", 1, 2]


def test_an_each_node_publishes_the_list_of_its_values(save: Save, settings: Settings) -> None:
    cells = cell("cities = ['rome', 'oslo']", "node:cities"), cell("up = city.upper()", "node:up", "each:city=cities")
    cells[1]["metadata"]["tags"].append("asset:up")
    save(*cells).run(progress=False)
    assert load_asset("up", store=settings.store) == ["ROME", "OSLO"]
    assert published(settings) == ["up@1 up"]


def test_nodes_of_a_sub_pipeline_publish_each_time_that_it_runs(save: Save, settings: Settings) -> None:
    save(*SALES, name="sales.ipynb")
    save(
        cell("countries = ['de', 'fr']", "node:countries"),
        cell("country = name", "node:sales", "each:name=countries", "notebook:sales.ipynb"),
    ).run(progress=False, jobs=1)
    found = list_asset_versions("sales", settings)
    assert {one.node for one in found} == {"sales[de]/clean", "sales[fr]/clean"}
    assert sorted(load_asset("sales", one.version, store=settings.store)[0] for one in found) == ["de", "fr"]


def test_a_node_that_runs_a_notebook_publishes_what_that_hands_out(save: Save, settings: Settings) -> None:
    save(*SALES, name="sales.ipynb")
    save(cell("country = 'fr'", "node:all", "notebook:sales.ipynb", "asset:french=clean")).run(progress=False)
    assert published(settings) == ["french@1 all", "sales@1 all/clean"]
    assert load_asset("french", store=settings.store) == ["fr", 1, 2]


def test_an_asset_of_another_notebook_is_told_of_as_long_as_that_is_there(save: Save, settings: Settings) -> None:
    theirs = save(*SALES, name="theirs.ipynb")
    theirs.run(progress=False)
    ours = save(*SALES).path
    assert [one.notebook for one in published_elsewhere({"sales"}, ours, settings)] == [str(theirs.path)]
    assert published_elsewhere({"sales"}, theirs.path, settings) == []
    assert published_elsewhere({"other"}, ours, settings) == []
    theirs.path.rename(theirs.path.with_name("renamed.ipynb"))
    assert published_elsewhere({"sales"}, ours, settings) == []


def test_who_publishes_nothing_has_no_store_opened(settings: Settings, tmp_path: Path) -> None:
    assert list(published_elsewhere({"sales"}, tmp_path / "new.ipynb", settings)) == []
    assert not Path(settings.store).exists()


# -- whether a node that loads one is reused


REPORT = (
    cell("from jupyter_dataops import load_asset", "setup"),
    cell("sales = load_asset('sales')", "node:read", "out:sales"),
    cell("print(sales)", "node:show"),
)


@pytest.fixture
def publish(save: Save, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Publish:
    """Publishes a version of ``sales`` for a country, in a notebook of its own."""
    monkeypatch.setenv("DATAOPS_STORE", settings.store)  # as every node finds it
    return lambda country: save(*SALES, name="sales.ipynb").run(country=country, progress=False)


def states(run: Run) -> str:
    return " ".join(f"{name}:{one.state.value}" for name, one in run.nodes.items())


def test_a_newer_version_with_other_content_runs_what_loads_it(publish: Publish, save: Save) -> None:
    publish("de")
    first = save(*REPORT).run(progress=False)
    assert states(first) == "read:succeeded show:succeeded"
    assert states(save(*REPORT).run(changed=True, progress=False)) == "read:reused show:reused"
    publish("fr")
    reason = f"an asset that it loads changed since run {first.run_id}"
    assert save(*REPORT).plan(changed=True).decisions[0].reason == reason
    again = save(*REPORT).run(changed=True, progress=False)
    assert states(again) == "read:succeeded show:succeeded"
    assert again["read"].reason.startswith(reason)
    (change,) = again.changes("read")[NodeName("read")]
    assert change.sentence == "asset `sales` has a newer version, with other content"
    publish("de")
    assert states(save(*REPORT).run(changed=True, progress=False)) == "read:reused show:reused"


def test_a_newer_version_with_the_same_content_changes_nothing(
    publish: Publish, save: Save, settings: Settings
) -> None:
    publish("de")
    first = save(*REPORT).run(progress=False)
    publish("de")
    assert published(settings) == ["sales@2 clean"]
    assert states(save(*REPORT).run(changed=True, progress=False)) == "read:reused show:reused"
    assert states(first.retry(progress=False)) == "read:reused show:reused"


def test_a_retry_knows_of_a_newer_version(publish: Publish, save: Save) -> None:
    publish("de")
    first = save(*REPORT).run(progress=False)
    publish("fr")
    assert states(first.retry(progress=False)) == "read:succeeded show:succeeded"


def test_a_version_published_for_the_first_time_runs_what_did_without(publish: Publish, save: Save) -> None:
    tries = "try:\n    sales = load_asset('sales')\nexcept Exception:\n    sales = None"
    cells = REPORT[0], cell(tries, "node:read", "out:sales", "cache:on"), REPORT[2]
    assert states(save(*cells).run(progress=False)) == "read:succeeded show:succeeded"
    assert states(save(*cells).run(progress=False)) == "read:reused show:succeeded"
    publish("de")
    assert states(save(*cells).run(progress=False)) == "read:succeeded show:succeeded"


def test_what_a_sub_pipeline_loads_counts(publish: Publish, save: Save) -> None:
    publish("de")
    save(*REPORT, name="report.ipynb")
    outer = cell("done = 1", "node:all", "notebook:report.ipynb", "out:sales")
    save(outer).run(progress=False)
    assert save(outer).run(changed=True, progress=False)["all"].state is NodeState.REUSED
    publish("fr")
    again = save(outer).run(changed=True, progress=False)
    assert states(again) == "all:succeeded all/read:succeeded all/show:succeeded"
    save(REPORT[0], REPORT[1], cell("print(len(sales))", "node:show"), name="report.ipynb")
    edited = save(outer).run(changed=True, progress=False)
    assert states(edited) == "all:succeeded all/read:reused all/show:succeeded"


def test_what_is_published_between_the_plan_and_the_start_is_noticed(publish: Publish, save: Save) -> None:
    publish("de")
    cells = REPORT[0], cell("n = 1", "node:n", "cache:off"), cell("sales = n, load_asset('sales')", "node:read")
    save(*cells).run(progress=False)
    planned = save(*cells).create_run(changed=True)
    publish("fr")
    ended = planned.execute(progress=False)
    assert states(ended) == "n:succeeded read:succeeded"
    assert "an asset that it loads changed since the run was made" in ended["read"].reason
    assert states(save(*cells).run(changed=True, progress=False)) == "n:succeeded read:succeeded"
    assert states(save(*cells).run(changed=True, progress=False)) == "n:succeeded read:reused"


def test_a_pipeline_may_load_what_it_publishes_itself(publish: Publish, save: Save) -> None:
    def cells(n: int) -> tuple[dict[str, Any], ...]:
        made = cell(f"rows = [{n}]", "node:make", "asset:sales=rows")
        return REPORT[0], made, cell("seen = load_asset('sales')", "node:read", "after:make", "out:seen")

    save(*cells(1)).run(progress=False)
    again = save(*cells(2)).run(changed=True, progress=False)
    assert (states(again), again["read"].load("seen")) == ("make:succeeded read:succeeded", [2])
    settled = save(*cells(2)).run(changed=True, progress=False)
    assert states(settled) == "make:reused read:succeeded"  # what it loaded was not what it was planned with
    assert states(save(*cells(2)).run(changed=True, progress=False)) == "make:reused read:reused"


def test_an_asset_that_no_text_names_speaks_against_reuse(publish: Publish, save: Save) -> None:
    publish("de")
    cells = REPORT[0], cell("name = 'sales'\nsales = load_asset(name)", "node:read", "out:sales")
    first = save(*cells).run(progress=False)
    again = save(*cells).run(changed=True, progress=False)
    assert again["read"].reason.startswith("its assets cannot be determined, so that no earlier result of it is used")
    retried = first.retry(progress=False)["read"]
    assert retried.reason.startswith(f"its assets may have changed since run {first.run_id}")


@pytest.mark.parametrize("setup", ["", "def read(): return load_asset(which, number)"])
def test_parameters_may_say_which_asset_and_version_it_is(publish: Publish, save: Save, setup: str) -> None:
    publish("de")
    cells = (
        cell("which = 'sales'\nnumber = None", "parameters"),
        REPORT[0],
        cell(setup, "setup"),
        cell(f"sales = {'read()' if setup else 'load_asset(which, number)'}", "node:read", "out:sales"),
    )
    assert states(save(*cells).run(progress=False)) == "read:succeeded"
    assert states(save(*cells).run(changed=True, progress=False)) == "read:reused"
    publish("fr")
    assert save(*cells).run(changed=True, progress=False)["read"].load("sales") == ["fr", 1, 2]
    first = save(*cells).run(changed=True, progress=False, number=1)
    assert (states(first), first["read"].load("sales")) == ("read:succeeded", ["de", 1, 2])
    publish("it")
    assert states(save(*cells).run(changed=True, progress=False, number=1)) == "read:reused"


def test_a_parameter_that_a_node_sets_anew_names_no_asset(publish: Publish, save: Save) -> None:
    publish("de")
    cells = (
        cell("which = 'other'", "parameters"),
        REPORT[0],
        cell("which = 'sales'", "node:choose"),
        cell("sales = load_asset(which)", "node:read", "out:sales"),
    )
    save(*cells).run(progress=False)
    assert states(save(*cells).run(changed=True, progress=False)) == "choose:reused read:succeeded"


def test_a_sub_pipeline_whose_parameters_name_an_asset_always_runs(publish: Publish, save: Save) -> None:
    publish("de")
    inner = cell("which = 'rates'", "parameters"), REPORT[0], cell("sales = load_asset(which)", "node:read")
    save(*inner, name="report.ipynb")
    outer = cell("which = 'sales'", "node:all", "notebook:report.ipynb", "out:sales")
    save(outer).run(progress=False)
    again = save(outer).run(changed=True, progress=False)
    assert states(again) == "all:succeeded all/read:reused"


def test_a_notebook_that_loads_nothing_has_no_store_opened_for_assets(
    save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asset_digests, "open_asset_store", None)
    pipeline = save(*SALES)
    pipeline.run(progress=False)
    assert pipeline.run(changed=True, progress=False).state is RunState.SUCCEEDED


def test_planning_makes_no_store(save: Save, settings: Settings) -> None:
    assert save(*REPORT).plan().decisions
    assert not Path(settings.store).exists()


def test_values_that_are_stored_together_have_contents_of_their_own(save: Save, settings: Settings) -> None:
    made = cell("rows = [1]\ntable = {'rows': rows}", "node:a", "asset:table", "asset:rows")
    save(made, cell("rows, table", "node:b")).run(progress=False)
    found = asset_digests.newest_assets(settings)(["table", "rows", "none"])
    assert len(set(found.values())) == 3


# -- who has loaded it


def test_who_has_loaded_what_is_not_there_is_refused(publish: Publish) -> None:
    publish("de")
    with pytest.raises(AssetNotFound, match="no version 2"):
        list_asset_uses("sales", 2)
    with pytest.raises(UsageError, match=r"whole number, not '1'\n  -> list_asset_uses\('sales', 1\)"):
        list_asset_uses("sales", "1")  # type: ignore[arg-type]

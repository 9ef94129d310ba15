"""A pipeline that worked; then one thing changes, and breaks it: that is named first. Without kernels."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from jupyter_dataops import Pipeline
from jupyter_dataops.events import NodeQueued, NodeStarted, RunCrashed, RunStarted
from jupyter_dataops.ids import NodeName, Token
from jupyter_dataops.plan.differences import Kind
from jupyter_dataops.records import RunnerRecord
from tests.support.clock import START
from tests.support.notebooks import cell, notebook

Save = Callable[..., Pipeline]

LOAD = "import pandas as pd\ndf = pd.DataFrame({'town': ['Bern', 'Genf'], 'price': [1.0, 2.0]})"
CLEAN = "kept = df[df['price'] > least]"
FIT = "assert len(kept) > 0, 'nothing is left to fit'\nmodel = scaled(kept['price'].max())"


def story(**changed: str) -> list[dict[str, Any]]:
    """load -> clean -> fit -> report."""
    return [
        cell(changed.get("parameters", "least = 0"), "parameters"),
        cell(changed.get("setup", "def scaled(x):\n    return x * 2"), "setup"),
        cell(changed.get("load", LOAD), "node:load"),
        cell(changed.get("clean", CLEAN), "node:clean"),
        cell(changed.get("fit", FIT), "node:fit"),
        cell("print(model)", "node:report"),
    ]


def broken(save: Save, given: dict[str, Any] | None = None, **changed: str) -> Any:
    """What is said of a run that fails after one that worked."""
    save(*story()).run(progress=False)
    run = save(*story(**changed)).run(given or {}, progress=False)
    assert run.state == "failed"
    return run.explain()


def test_an_edited_cell(save: Save) -> None:
    found = broken(save, fit=f"{FIT}\nmodel.shape[0]")
    first = found.differences[0]
    assert (found.failed.node, first.kind, first.is_pointed_at) == ("fit", Kind.CODE, False)
    assert "+model.shape[0]" in first.diff
    assert "Most likely since its last success in run" in found.verdict
    assert found.verdict.endswith("its code was edited.")


def test_an_edited_cell_above(save: Save) -> None:
    found = broken(save, clean="kept = df[df['price'] > 100]")
    assert found.failed.node == "fit"
    assert [(one.kind, one.node) for one in found.differences] == [(Kind.CODE, "clean"), (Kind.CONTENT, "fit")]
    assert "of `clean`, above it: its code was edited" in found.verdict


def test_edited_setup(save: Save) -> None:
    found = broken(save, setup="def scaled(x):\n    return x.undefined")
    [first] = found.differences
    assert (first.kind, first.sentence) == (Kind.SETUP, "setup that it uses was edited: `scaled`")


def test_a_given_parameter(save: Save) -> None:
    found = broken(save, {"least": 50})
    assert [(one.kind, one.node) for one in found.differences] == [(Kind.PARAMETERS, "clean"), (Kind.CONTENT, "fit")]
    assert found.differences[0].sentence == "parameter `least` is 50 and was 0"


def test_a_lost_column(save: Save) -> None:
    found = broken(save, load=LOAD.replace("price", "cost"))
    assert found.failed.node == "clean"
    first = found.differences[0]
    assert (first.kind, first.node, first.is_pointed_at) == (Kind.CONTENT, "clean", True)
    assert first.sentence == "`df` has lost the column `price` (from `load`)"
    assert [one.node for one in found.differences[1:]] == ["load"]
    assert found.verdict.endswith("(from `load`). That goes back to `load`: its code was edited.")


def test_values_inside_a_table(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same code reads something else: nothing but the content differs."""
    load = "import os, pandas as pd\ndf = pd.DataFrame({'price': [1.0, float(os.environ['PRICE'])]})"
    fit = "assert not kept['price'].isna().any(), 'price has holes'"
    save_both = story(load=load, clean="kept = df", fit=f"{fit}\nmodel = 1")
    monkeypatch.setenv("PRICE", "3.5")
    save(*save_both).run(progress=False)
    monkeypatch.setenv("PRICE", "nan")
    found = save(*save_both).run(progress=False).explain()
    [first, above] = found.differences
    assert (first.kind, above.kind, above.node) == (Kind.CONTENT, Kind.CONTENT, "clean")
    assert first.lines == ("`price`: 1 value changed, nulls 0 -> 1, max 3.5 -> 1.0",)
    assert first.is_pointed_at


def test_nothing_that_is_recorded(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = story(fit="import os\nmodel = 1 / int(os.environ['LUCK'])")
    monkeypatch.setenv("LUCK", "1")
    save(*cells).run(progress=False)
    monkeypatch.setenv("LUCK", "0")
    found = save(*cells).run(progress=False).explain()
    assert found.differences == ()
    assert "Nothing that is recorded differs since its last success" in found.verdict
    assert "may be flaky" in found.verdict


def test_a_declared_file_and_a_declared_variable(save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [
        cell("import os\nfrom pathlib import Path", "setup"),
        cell(
            f"n = 1 / int(Path({str(tmp_path / 'n.txt')!r}).read_text())\n1 / int(os.environ['SCALE'])",
            "node:a", "in:./n.txt", "env:SCALE",
        ),
    ]  # fmt: skip
    (tmp_path / "n.txt").write_text("1")
    monkeypatch.setenv("SCALE", "1")
    save(*cells).run(progress=False)
    (tmp_path / "n.txt").write_text("0")
    [first] = save(*cells).run(progress=False).explain().differences
    assert (first.kind, first.name) == (Kind.FILES, "./n.txt")
    (tmp_path / "n.txt").write_text("1")
    monkeypatch.setenv("SCALE", "0")
    [first] = save(*cells).run(progress=False).explain().differences
    assert (first.kind, first.sentence) == (Kind.ENVIRONMENT, "environment variable `SCALE` has another value")


def test_where_it_failed_is_shown_with_two_lines_around(save: Save) -> None:
    found = broken(save, fit="a = 1\nb = 2\nc = 3\nd = 4\nkept['prise']\nf = 6\ng = 7\nmodel = 8")
    place = found.place
    assert place.cell_index == 4
    assert "KeyError" in found.traceback_end
    assert [number for number, _ in place.source] == [1, 2, 3]  # this executor does not tell the line


def test_a_run_that_succeeded_has_nothing_to_explain(save: Save) -> None:
    found = save(*story()).run(progress=False).explain()
    assert found.verdict == "The run succeeded: there is nothing to explain."
    assert (found.failed, found.differences) == (None, ())


def test_a_node_that_never_succeeded_says_so(save: Save) -> None:
    found = save(*story(fit="1 / 0")).run(progress=False).explain()
    assert found.verdict == (
        "`fit` failed first: ZeroDivisionError: division by zero. It has not succeeded in an earlier run, so there is "
        "nothing to compare with."
    )
    assert found.compared_with is None
    assert found.place is not None


def test_it_is_compared_with_the_last_success_of_the_node_not_with_the_last_run(save: Save) -> None:
    worked = save(*story()).run(progress=False)
    save(*story(clean="1 / 0")).run(progress=False)
    found = save(*story(fit="1 / 0")).run(progress=False).explain()
    assert found.compared_with.run_id == worked.run_id


def test_a_reused_success_leads_to_the_run_that_computed_it(save: Save) -> None:
    worked = save(*story()).run(progress=False)
    worked.retry(progress=False)
    found = save(*story(fit="1 / 0")).run(progress=False).explain()
    assert found.compared_with.run_id == worked.run_id
    assert found.differences[0].kind is Kind.CODE


def test_later_runs_do_not_explain_earlier_ones(save: Save) -> None:
    failed = save(*story(fit="1 / 0")).run(progress=False)
    save(*story()).run(progress=False)
    assert failed.explain().compared_with is None


def test_of_several_failures_the_first_counts_and_the_others_are_named(save: Save) -> None:
    cells = [cell("1 / 0", "node:a"), cell("2 / 0", "node:b")]
    found = save(*cells).run(jobs=1, progress=False).explain()
    assert (found.failed.node, found.others) == ("a", ("b",))


def test_what_a_node_below_handled_is_not_to_blame(save: Save) -> None:
    cells = [
        cell("1 / 0", "node:try"),
        cell("x = 1", "node:instead", "after:try", "trigger:one_failed"),
        cell("x.shape", "node:use"),
    ]
    found = save(*cells).run(jobs=1, progress=False).explain()
    assert (found.failed.node, found.others) == ("use", ("try",))


def test_an_element_whose_failure_was_tolerated_is_not_to_blame(save: Save) -> None:
    cells = [
        cell("cities = ['de', 'xx']", "node:cities"),
        cell("code = {'de': 49}[city]", "node:score", "each:city=cities", "tolerate:1"),
        cell("code.shape", "node:use"),
    ]
    found = save(*cells).run(jobs=1, progress=False).explain()
    assert (found.failed.node, found.others) == ("use", ("score[xx]",))


def test_a_queued_run_and_a_cancelled_one_say_what_they_are(save: Save) -> None:
    queued = save(*story()).create_run()
    assert queued.explain().verdict == "No runner has taken the run yet."
    queued.cancel("enough")
    assert queued.explain().verdict.startswith("The run was stopped: enough")


def test_a_crashed_run_says_what_was_going_on(save: Save) -> None:
    run = save(*story()).create_run()
    token, later = Token("t"), START + timedelta(seconds=30)
    key: dict[str, Any] = {"run_id": run.run_id, "at": START}
    attempt = {"attempt": 1, "token": Token("a"), "notebook": "n", "log": "l", "reason": "asked"}
    events = [
        RunStarted(**key, token=token, control="c", runner=RunnerRecord("elsewhere/1", 1, 0.0), lease_until=later),
        NodeQueued(**key, node=NodeName("load"), reason="ready"),
        NodeStarted(**key, node=NodeName("load"), **attempt),
        RunCrashed(**key, reason="its runner died while `load` was running", lease_until=later),
    ]
    with run.store() as store:
        for event in events:
            store.apply(event, token if not isinstance(event, RunStarted) else None)
    found = run.explain()
    assert found.going_on == ("load",)
    assert found.verdict == (
        "The code is not to blame as far as is known: its runner died while `load` was running. `resume` goes on with it."
    )


def fanned(numbers: str) -> list[dict[str, Any]]:
    return [cell(f"numbers = {numbers}", "node:load"), cell("r = 1 / n[0]", "node:score", "each:n=numbers")]


def test_of_a_failed_group_the_child_is_explained_by_its_own_past(save: Save) -> None:
    """Keys of elements that are no plain values are made from the content: the same key, the same element."""
    save(*fanned("[[1], [2]]")).run(progress=False)
    found = save(*fanned("[[1], [0]]")).run(progress=False).explain()
    assert found.failed.node.startswith("score[")
    assert "score" not in found.others
    assert found.compared_with is None


def test_a_childs_code_is_that_of_its_node(save: Save) -> None:
    cells = fanned("[[1], [2]]")
    save(*cells).run(progress=False)
    cells[1] = cell("r = n[0].imag.nothing", "node:score", "each:n=numbers")
    found = save(*cells).run(progress=False).explain()
    assert found.failed.parent == "score"
    assert (found.differences[0].kind, found.differences[0].node) == (Kind.CODE, found.failed.node)
    assert found.place.cell_index == 1


def test_an_inner_node_is_explained_with_the_cells_of_its_own_notebook(save: Save, tmp_path: Path) -> None:
    def sub_notebook(source: str) -> None:
        made = notebook(cell("scale = 1", "parameters"), cell("x = 2 * scale", "node:a"), cell(source, "node:b"))
        (tmp_path / "sub.ipynb").write_text(json.dumps(made))

    cells = [cell("scale = 3", "node:etl", "notebook:sub.ipynb")]
    sub_notebook("y = x")
    save(*cells).run(progress=False)
    sub_notebook("# mend me\ny = x.nothing")
    found = save(*cells).run(progress=False).explain()
    assert found.failed.node == "etl/b"
    assert found.others == ()
    assert found.place.notebook == "sub.ipynb"
    assert [text for _, text in found.place.source] == ["# mend me", "y = x.nothing"]
    [first] = found.differences
    assert (first.kind, first.node) == (Kind.CODE, "etl/b")


def test_as_json_it_has_the_documented_keys(save: Save) -> None:
    described = broken(save, fit=f"{FIT}\nmodel.shape[0]").to_json()
    assert list(described) == [
        "run_id", "state", "verdict", "node", "attempt", "cause", "error", "place", "traceback", "facts", "others",
        "going_on", "compared_with", "differences",
    ]  # fmt: skip
    assert list(described["place"]) == ["notebook", "cell_id", "cell_index", "line", "source"]
    assert list(described["compared_with"]) == ["run_id", "finished_at"]
    assert list(described["differences"][0]) == [
        "kind", "node", "name", "sentence", "old", "new", "diff", "lines", "facts", "pointed_at",
    ]  # fmt: skip
    assert "IndexError" in described["traceback"]

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_dataops import Pipeline
from jupyter_dataops.api.restoring import beginning_of, loads_in, restore_code
from jupyter_dataops.errors import ArtifactMissing, EnvironmentRefused, NodeNotFound, UsageError
from tests.support.notebooks import cell

CELLS = (
    cell("n = 2", "parameters"),
    cell("import math\nimport json\ndef area(r):\n    return math.pi * r * n", "setup"),
    cell("rows = [1, 2]\nshape = area", "node:load"),
    cell("from collections import Counter\ntotal = sum(rows)", "node:sum"),
    cell("out = row * n", "node:each", "each:row=rows"),
    cell("print(Counter(rows), shape(1), total, out)\n1 / 0", "node:show"),
    cell("assert total > 100", "check:sum/large", "severity:warn"),
)


def test_a_node_is_restored_with_parameters_setup_imports_and_inputs(save: Callable[..., Pipeline]) -> None:
    run = save(*CELLS).run({"n": 3}, progress=False)
    namespace = {"mine": 1}
    done = run["show"].restore(namespace)
    assert (namespace["n"], namespace["rows"], namespace["total"], namespace["mine"]) == (3, [1, 2], 3, 1)
    assert namespace["shape"](1) == namespace["area"](1) == pytest.approx(9.42, abs=0.01)
    assert namespace["Counter"]("aa") == {"a": 2}
    assert repr(done).startswith(f"`show` as in run {run.run_id}, attempt 1: ")


def test_a_failed_node_says_with_what_it_failed(save: Callable[..., Pipeline]) -> None:
    run = save(cell("x = 1", "node:a"), cell("y = x\n1 / 0", "node:b")).run(progress=False)
    assert repr(run["b"].restore({})).splitlines()[1] == (
        "it failed with ZeroDivisionError: division by zero: run its cells, edit them; `%debug` works then"
    )


def test_a_child_has_its_element_and_a_check_what_it_looks_at(save: Callable[..., Pipeline]) -> None:
    run = save(*CELLS).run(progress=False)
    element: dict[str, object] = {}
    run["each[2]"].restore(element)
    assert element["row"] == 2
    checked: dict[str, object] = {}
    run["check:sum/large"].restore(checked)
    assert checked["total"] == 3


def test_a_node_in_another_notebook_has_the_parameters_that_it_was_given(save: Callable[..., Pipeline]) -> None:
    save(cell("day = 0", "parameters"), cell("y = day\n1 / 0", "node:calc"), name="sub.ipynb")
    run = save(cell("day = 7", "node:sub", "notebook:sub.ipynb", "out:y")).run(progress=False)
    namespace: dict[str, object] = {}
    done = run["sub/calc"].restore(namespace)
    assert (namespace["day"], done.beginning.notebook) == (7, "sub.ipynb")


def test_an_attempt_has_the_inputs_that_it_had(save: Callable[..., Pipeline]) -> None:
    run = save(*CELLS).run(progress=False)
    path = run["show"].notebook_path()
    other = run["each"].outputs["out"].artifact.digest
    path.write_text(path.read_text().replace(run["load"].outputs["rows"].artifact.digest, other))
    namespace: dict[str, object] = {}
    run["show"].restore(namespace, attempt=1)
    assert namespace["rows"] == [2, 4]
    path.unlink()
    run["show"].restore(namespace)
    assert namespace["rows"] == [1, 2]
    with pytest.raises(UsageError, match="no attempt 2"):
        run["show"].restore({}, attempt=2)


def test_a_node_that_has_not_run_is_restored_as_it_would_begin(save: Callable[..., Pipeline]) -> None:
    run = save(cell("x = 1", "node:a"), cell("1 / x", "node:b")).create_run()
    assert run["b"].restore({}).beginning.attempt == 0


def test_what_every_node_starts_with_may_not_run_here(save: Callable[..., Pipeline], tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    run = save(cell(f"open({str(tmp_path / 'there')!r}).close()", "setup"), cell("x = 1", "node:a")).run(progress=False)
    (tmp_path / "there").unlink()
    with pytest.raises(EnvironmentRefused, match=r"FileNotFoundError.*\(cell 1 \(setup\)\)"):
        run["a"].restore({})


def test_setup_under_a_magic_that_runs_it_here_needs_no_ipython(save: Callable[..., Pipeline]) -> None:
    run = save(cell("%%time\nk = 3", "setup"), cell("x = k", "node:a")).create_run()
    namespace: dict[str, object] = {}
    run["a"].restore(namespace)
    assert namespace["k"] == 3


def test_what_is_not_there_is_refused(save: Callable[..., Pipeline]) -> None:
    run = save(*CELLS).run(progress=False)
    with pytest.raises(NodeNotFound):
        beginning_of(run, "nobody")
    digest = run["load"].outputs["rows"].artifact.digest.partition(":")[2]
    for path in (Path(run.settings.store) / "artifacts").rglob(digest):
        path.unlink()
    with pytest.raises(ArtifactMissing):
        run["sum"].restore({})


def test_the_code_names_run_node_attempt_and_store_and_binds_nothing(save: Callable[..., Pipeline]) -> None:
    run = save(*CELLS).run(progress=False)
    code = restore_code(run, beginning_of(run, "each[2]"))
    assert code == (
        f"__import__('jupyter_dataops').restore('{run.run_id}', 'each[2]', attempt=1, store={run.settings.store!r})"
    )


def test_only_loads_are_taken_from_a_notebook() -> None:
    source = 'import os\nos = 1\nx = f("a", "b")\ny = __dataops__.load("z", "blake3:1")\n__dataops__.watch("y")'
    assert [(one.variable, one.name, one.digest) for one in loads_in(source)] == [("y", "z", "blake3:1")]
